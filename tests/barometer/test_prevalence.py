"""The value of a headline, and what a card says of it."""

import json

import pytest

from barometer.prevalence import Prevalence, from_calibration


def test_without_calibration_value_is_positive_probability() -> None:
    for calibration in ({}, {"temperature": 1.2}, {"index": None}):
        found = from_calibration(calibration)
        assert found == Prevalence() and found.variance is None
        assert found.value([0.2, 0.3, 0.5]) == 0.5


def test_a_card_gives_weights_and_errors() -> None:
    index = {"weights": [-0.2, -0.5, 1.5], "variance": 0.2, "bias_variance": 1e-4}
    found = from_calibration(json.loads(json.dumps({"index": index})))
    assert found == Prevalence((-0.2, -0.5, 1.5), 0.2, 1e-4)
    assert found.value((0.5, 0.3, 0.2)) == pytest.approx(0.05)
    assert found.value((1.0, 0.0, 0.0)) == -0.2


def test_other_than_three_weights_are_refused() -> None:
    with pytest.raises(ValueError, match=r"index\.weights = \[1, 2\]; expected three numbers"):
        from_calibration({"index": {"weights": [1, 2], "variance": None, "bias_variance": 0}})


def test_other_than_three_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Prevalence().value([0.5, 0.5])
