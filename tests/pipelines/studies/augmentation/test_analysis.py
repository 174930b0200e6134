import numpy as np
import pytest

from pipelines.studies.augmentation.analysis import FAILURE_RATE, NONE, REPEAT, effects, mean_figures

pytestmark = pytest.mark.usefixtures("no_garbage_search")
LABELS = np.tile([0, 1, 2], 40)


def predictions(right: float, seed: int) -> np.ndarray:
    """Six seeds of predictions, each right on about this share of the headlines."""
    rng = np.random.default_rng(seed)
    wrong = (LABELS + 1) % 3
    return np.stack([np.where(rng.random(len(LABELS)) < right, LABELS, wrong) for _ in range(6)])


@pytest.mark.slow
def test_a_better_method_is_found() -> None:
    base = predictions(0.6, 0)
    predicted = {"none": base, "repeat": base, "good": predictions(0.85, 1), "same": predictions(0.6, 2)}
    rates = {"none": np.full(6, 0.4), "repeat": np.full(6, 0.4), "good": np.linspace(0.2, 0.3, 6)}
    rates["same"] = np.full(6, 0.4)
    means = mean_figures(LABELS, predicted, rates)
    found = effects(LABELS, predicted, rates, NONE)
    assert means["none"]["accuracy"] == pytest.approx((base == LABELS).mean())
    good = found["accuracy"]["good"]
    assert good.difference.value == pytest.approx(means["good"]["accuracy"] - means["none"]["accuracy"])
    assert good.difference.low > 0.1
    assert good.p_adjusted < 0.001
    assert (good.sign, good.seeds_above) == (1, 6)
    assert found["accuracy"]["same"].sign == 0
    assert found["accuracy"]["repeat"].p_value == 1
    assert found["macro_f1"]["good"].difference.value == pytest.approx(
        means["good"]["macro_f1"] - means["none"]["macro_f1"]
    )
    assert found[FAILURE_RATE]["good"].difference.value == pytest.approx(-0.15)
    assert found[FAILURE_RATE]["good"].sign == -1
    assert set(effects(LABELS, predicted, rates, REPEAT)["accuracy"]) == {"good", "same"}


def test_without_control_nothing_is_compared() -> None:
    base = predictions(0.6, 0)
    rates = {"none": np.full(6, 0.4), "swap": np.full(6, 0.4)}
    assert effects(LABELS, {"none": base, "swap": base}, rates, REPEAT) == {}
    assert set(effects(LABELS, {"none": base, "swap": base}, rates, NONE)) == {"accuracy", "macro_f1", FAILURE_RATE}
