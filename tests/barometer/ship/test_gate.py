"""The gate passes what is shown to be as good as the champion and better than guessing, and nothing else."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.models.base import Floats
from barometer.prevalence import Prevalence
from barometer.settings import MarginSettings
from barometer.ship.gate import JudgedSet, answers, judge, majority_baseline
from barometer.ship.verdict import Verdict

LABELS = np.arange(900) % 3
MARGINS = MarginSettings(accuracy=0.04, macro_f1=0.04, log_loss=0.07, index_error=0.03)


def model(predicted: "np.ndarray[tuple[int], np.dtype[np.int64]]", certainty: float = 0.8) -> Floats:
    """Answers whose arg max is `predicted`, with the plain barometer."""
    rest = (1 - certainty) / 2
    return answers(rest + (certainty - rest) * np.eye(3)[predicted], Prevalence())


def with_errors(*wrong: int, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]" = LABELS) -> Floats:
    """A model that is right but for the texts at these places."""
    predicted = labels.copy()
    predicted[list(wrong)] = (predicted[list(wrong)] + 1) % 3
    return model(predicted)


def verdict(
    challenger: Floats, champion: Floats | None, failing: float = 0.0, strict: bool = True, samples: int = 200
) -> Verdict:
    judged = JudgedSet("fresh", LABELS[: len(challenger)], challenger, champion, strict)
    return judge([judged], "champion 3", failing, 0.15, MARGINS, np.random.default_rng(0), samples)


def test_the_same_model_passes() -> None:
    found = verdict(with_errors(*range(90)), with_errors(*range(90)))
    assert found.passed
    assert all((e.value, e.low, e.high) == (0, 0, 0) for e in found.sets[0].differences.values())


def test_a_better_model_passes() -> None:
    found = verdict(with_errors(), with_errors(*range(180)))
    assert found.passed and found.sets[0].differences["accuracy"].value == pytest.approx(0.2)
    assert found.sets[0].figures["accuracy"] == 1 and found.sets[0].champion["accuracy"] == pytest.approx(0.8)


def test_a_clearly_worse_model_says_why() -> None:
    found = verdict(with_errors(*range(180)), with_errors())
    assert not found.passed
    assert "on fresh accuracy -0.200 [" in found.reason and "may be worse by more than 0.04" in found.reason
    assert "macro f1 -0.2" in found.reason and "log loss +0" in found.reason


def test_few_headlines_cannot_show_equality() -> None:
    challenger, champion = with_errors(*range(0, 60, 2)), with_errors(*range(1, 60, 2))
    large, small = verdict(challenger, champion), verdict(challenger[:60], champion[:60])
    assert large.sets[0].differences["accuracy"].value == small.sets[0].differences["accuracy"].value == 0
    assert large.passed and not small.passed


def test_small_held_out_parts_are_lenient() -> None:
    challenger, champion = with_errors(*range(0, 60, 4))[:60], with_errors(*range(1, 60, 4))[:60]
    assert verdict(challenger, champion, strict=False).passed and not verdict(challenger, champion).passed
    assert "is worse" in verdict(with_errors(*range(30))[:60], with_errors()[:60], strict=False).reason


def test_losing_a_rare_class_fails() -> None:
    labels = np.array([1] * 560 + [0] * 40)
    champion, challenger = labels.copy(), np.where(np.arange(600) < 20, 0, 1)
    champion[:40] = 0  # pays for the rare class with as many errors
    judged = JudgedSet("fresh", labels, model(challenger), model(champion))
    failures = judge([judged], "it", 0, 1, MARGINS, np.random.default_rng(0), samples=300).sets[0].failures
    assert any(failure.startswith("macro f1") for failure in failures)


def test_overconfidence_alone_fails() -> None:
    predicted = np.where(np.arange(900) < 200, (LABELS + 1) % 3, LABELS)
    found = verdict(model(predicted, certainty=0.999), model(predicted, certainty=0.8))
    assert [failure.split(" +")[0] for failure in found.sets[0].failures] == ["log loss"]


def test_a_biased_barometer_alone_fails() -> None:
    champion = with_errors()
    challenger = champion.copy()
    challenger[:, 3] += 0.2
    found = verdict(challenger, champion)
    assert [failure.split(" +")[0] for failure in found.sets[0].failures] == ["index error"]


def test_every_set_has_to_agree() -> None:
    good, bad = with_errors(), with_errors(*range(300))
    sets = [JudgedSet("real", LABELS, good, good), JudgedSet("written", LABELS, bad, good)]
    found = judge(sets, "it", 0, 1, MARGINS, np.random.default_rng(0), samples=200)
    assert not found.passed and found.yardsticks == ("real", "written") and "on written" in found.reason


@pytest.mark.parametrize("seed", range(3))
def test_guessing_is_refused_without_champions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance = answers(rng.dirichlet([1, 1, 1], 900), Prevalence())
    for guess in (chance, model(np.ones(900, dtype=int)), model(rng.permutation(LABELS))):
        found = verdict(guess, None)
        assert not found.passed and "not above the majority class (33.3%)" in found.reason


def test_the_baseline_answers_class_shares() -> None:
    np.testing.assert_array_equal(majority_baseline(np.array([1, 1, 1, 0]), 5), [[0.25, 0.75, 0.0]] * 5)


def test_no_yardstick_means_no_pass() -> None:
    found = judge([], "it", 0, 1, MARGINS, np.random.default_rng(0))
    assert not found.passed and "no yardstick is at hand" in found.reason


@pytest.mark.parametrize(("rate", "passed", "words"), [(0.15, True, "reached: 15.0% "), (0.16, False, "missed: 16.0%")])
def test_failing_behavioural_tests_refuse(rate: float, passed: bool, words: str) -> None:
    found = verdict(with_errors(), with_errors(*range(180)), rate)
    assert found.passed is passed and words in found.reason


def test_answers_must_be_finite_and_whole() -> None:
    broken = with_errors()
    broken[5, 0] = np.nan
    with pytest.raises(ValueError, match="fresh: answers of shape"):
        verdict(broken, None)
    with pytest.raises(ValueError, match="expected finite ones"):
        verdict(with_errors(), with_errors()[:10])


def test_one_seed_gives_the_same_decision() -> None:
    one, two = (verdict(with_errors(*range(20)), with_errors(*range(40, 55))) for _ in range(2))
    assert one == two


def test_the_verdict_is_plain_data() -> None:
    found = verdict(with_errors(1), with_errors())
    assert json.loads(json.dumps(asdict(found)))["sets"][0]["differences"]["accuracy"]["low"] <= 0
    numbers = found.numbers()
    assert numbers["fresh.headlines"] == 900 and numbers["functionality.may_fail"] == 0.15
    assert numbers["fresh.accuracy.difference.low"] <= numbers["fresh.accuracy.difference"] < 0
    assert set(replace(found, sets=()).numbers()) == {"functionality.failure_rate", "functionality.may_fail"}


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_worse_by_twice_the_margin_never_passes(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    wrong = rng.permutation(900)
    champion = with_errors(*wrong[: int(share * 300)])
    challenger = with_errors(*wrong[: int(share * 300) + 72])  # 8% of 900
    assert not verdict(challenger, champion, samples=100).passed
