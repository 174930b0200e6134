import numpy as np
import pytest

from pipelines.studies.augmentation.compare import FAILURE_RATE, compare

LABELS = np.tile([0, 1, 2], 40)


def predictions(right: float, seed: int) -> np.ndarray:
    """Six seeds of predictions, each right on about this share of the headlines."""
    rng = np.random.default_rng(seed)
    wrong = (LABELS + 1) % 3
    return np.stack([np.where(rng.random(len(LABELS)) < right, LABELS, wrong) for _ in range(6)])


@pytest.mark.slow
def test_a_better_method_is_found_and_an_equal_one_is_not() -> None:
    base = predictions(0.6, 0)
    found = compare(
        LABELS,
        {"none": base, "repeat": base, "good": predictions(0.85, 1), "same": predictions(0.6, 2)},
        {"none": np.full(6, 0.4), "repeat": np.full(6, 0.4), "good": np.linspace(0.2, 0.3, 6), "same": np.full(6, 0.4)},
    )
    assert found.means["none"]["accuracy"] == pytest.approx((base == LABELS).mean())
    good = found.against_none["accuracy"]["good"]
    assert good.value == pytest.approx(found.means["good"]["accuracy"] - found.means["none"]["accuracy"])
    assert good.low > 0.1
    assert good.p_adjusted < 0.001
    assert good.seeds_above == 6
    assert found.against_none["accuracy"]["same"].p_adjusted > 0.05
    assert found.against_none["accuracy"]["repeat"].p_value == 1
    assert found.against_none["macro_f1"]["good"].value == pytest.approx(
        found.means["good"]["macro_f1"] - found.means["none"]["macro_f1"]
    )
    assert found.against_none[FAILURE_RATE]["good"].value == pytest.approx(-0.15)
    assert set(found.against_repeat["accuracy"]) == {"good", "same"}


def test_without_the_control_nothing_is_compared_with_it() -> None:
    base = predictions(0.6, 0)
    rates = {"none": np.full(6, 0.4), "swap": np.full(6, 0.4)}
    found = compare(LABELS, {"none": base, "swap": base}, rates)
    assert found.against_repeat == {}
    assert set(found.against_none) == {"accuracy", "macro_f1", FAILURE_RATE}
