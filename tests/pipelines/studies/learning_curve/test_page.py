from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from barometer.stats import Estimate
from pipelines.studies.learning_curve.findings import Ahead, Backtest, CurvePoint, Extrapolation
from pipelines.studies.learning_curve.page import Conditions, learning_curve_page, more_labels

CONDITIONS = Conditions(7516, 928, {}, {"bert": 3}, False, 40, 0.95)
SCORE = Estimate(0.7, 0.68, 0.72)
GAIN = Estimate(0.02, 0.01, 0.03)
HELD = Backtest(Estimate(0.78, 0.75, 0.81), Estimate(0.79, 0.77, 0.81), Estimate(-0.01, -0.03, 0.01))


def curve(gain: Estimate = GAIN, **changes: Any) -> Extrapolation:
    found = Extrapolation(
        points=[
            CurvePoint(250, Estimate(0.61, 0.59, 0.63), SCORE, 0.01),
            CurvePoint(7516, Estimate(0.79, 0.77, 0.81), SCORE, float("nan")),
        ],
        asymptote=Estimate(0.1, 0.05, 0.15),
        exponent=Estimate(0.3, 0.2, 0.4),
        undetermined=0.0,
        ahead=[Ahead(2, Estimate(0.81, 0.79, 0.83), gain)],
        last_step=Estimate(0.05, 0.03, 0.07),
        more_labels=Estimate(2143.0, 1790.0, 3333.0),
        reachable=1.0,
        backtest=HELD,
        grid=np.zeros((1, 4)),
        resolution=1 / 928,
    )
    return replace(found, **changes)


def test_a_gain_that_is_shown_is_an_answer_with_the_labels_it_takes() -> None:
    page = learning_curve_page({"bert": curve()}, CONDITIONS)
    assert page.finding == (
        "More labels would help bert: 2 times the labels at hand would add 2.0 [1.0, 3.0] points of accuracy, and one "
        "point more takes about 2,100 more labels [1,800, 3,300]. "
        "The backtest at full size holds (bert 78.0 % foretold, 79.0 % seen)."
    )
    assert "bert from 61 % at 250 to 79 % at 7,516" in page.caption


def test_a_gain_below_one_test_headline_is_not_shown() -> None:
    page = learning_curve_page({"bert": curve(Estimate(0.01, 0.0005, 0.03))}, CONDITIONS)
    assert page.finding.startswith("It is not shown that more labels would help bert: ")


def test_a_failed_backtest_is_said_in_the_finding() -> None:
    missed = replace(HELD, miss=Estimate(-0.04, -0.07, -0.01))
    page = learning_curve_page({"bert": curve(backtest=missed), "tfidf": curve()}, CONDITIONS)
    assert "The backtest at full size fails for bert (" in page.finding
    assert "- The backtest fails for bert: its smaller sizes promise less than came." in page.body
    assert not any("fails for tfidf" in line for line in page.body)


def test_without_a_backtest_the_reason_is_given() -> None:
    auxiliary = replace(CONDITIONS, auxiliary=True)
    page = learning_curve_page({"bert": curve(backtest=None)}, auxiliary)
    assert page.finding.endswith("No run at full size was there to test the extrapolation.")
    assert any("auxiliary corpora" in line for line in page.body)


def test_what_the_fit_does_not_determine_is_said() -> None:
    page = learning_curve_page({"bert": curve(undetermined=0.4, asymptote=Estimate(0.1, 0.0, 0.2))}, CONDITIONS)
    assert any("law of bert is not identified: 40% of the resampled fits" in line for line in page.body)
    assert any("No ceiling is shown for bert" in line for line in page.body)
    settled = learning_curve_page({"bert": curve()}, CONDITIONS)
    assert not any("not identified" in line or "No ceiling" in line for line in settled.body)


def test_sizes_beyond_the_training_part_are_named() -> None:
    page = learning_curve_page({"bert": curve()}, replace(CONDITIONS, left_out={"bert": [8000, 16000]}))
    assert "Left out for bert, because the training part has no more than 7,516: 8,000, 16,000." in page.body


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Estimate(950.0, 900.0, np.inf), "about 950 more labels [900, out of reach]"),
        (Estimate(np.inf, 52345.0, np.inf), "more than 100 times the labels at hand; at the least 52,000"),
        (Estimate(np.inf, np.inf, np.inf), "more than 100 times the labels at hand"),
    ],
)
def test_labels_out_of_reach(figure: Estimate, words: str) -> None:
    assert more_labels(figure) == words
