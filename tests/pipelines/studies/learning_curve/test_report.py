from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from barometer.stats import Censored, Estimate
from pipelines.studies.learning_curve.analysis import Ahead, Backtest, Curve, CurvePoint, Result, metrics, tables
from pipelines.studies.report import pages

RUN = {"command": "dvc repro", "date": "2024-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {}}
SCORE = Estimate(0.7, 0.68, 0.72)
HELD = Backtest(Estimate(0.78, 0.75, 0.81), Estimate(0.79, 0.77, 0.81), Estimate(-0.01, -0.03, 0.01))
CURVE = Curve(
    points=[
        CurvePoint(250, Estimate(0.61, 0.59, 0.63), SCORE, 0.01, 0.6, 0.62),
        CurvePoint(7516, Estimate(0.79, 0.77, 0.81), SCORE, None, 0.79, 0.79),
    ],
    asymptote=Estimate(0.1, 0.05, 0.15),
    exponent=Estimate(0.3, 0.2, 0.4),
    undetermined=0.0,
    ahead=[Ahead(2, Estimate(0.81, 0.79, 0.83), Estimate(0.02, 0.01, 0.03))],
    last_step=Estimate(0.05, 0.03, 0.07),
    more_labels=Censored(2143.0, 1790.0, 3333.0),
    reachable=1.0,
    backtest=HELD,
    grid=[(250.0, 0.6, 0.5, 0.7)],
    resolution=1 / 928,
)
RESULT = Result({"bert": CURVE}, {"bert": 3}, {}, 7516, 928, auxiliary=False, min_steps=40, confidence=0.95)
FAILED = replace(CURVE, backtest=replace(HELD, miss=Estimate(-0.04, -0.07, -0.01)))
Report = Callable[..., tuple[str, dict[str, str]]]


@pytest.fixture
def report() -> Report:
    """The page on one line, and its summary, of the curves given by model and other changes to RESULT."""

    def write(curves: dict[str, Curve], **changes: Any) -> tuple[str, dict[str, str]]:
        page, summary = pages("learning_curve", "demo", replace(RESULT, curves=curves, **changes), RUN)
        return " ".join(page.split()), summary

    return write


def test_shown_gain_names_the_labels(report: Report) -> None:
    _, summary = report({"bert": CURVE})
    assert summary["finding"] == (
        "More labels would help bert: 2 times the available labels would add 2.0 [1.0, 3.0] points of accuracy, and "
        "one point more takes about 2,100 more labels [1,800, 3,300]. "
        "The backtest at full size holds (bert 78.0% predicted, 79.0% measured)."
    )
    assert "bert from 61% at 250 to 79% at 7,516." in summary["caption"]
    assert "with several seeds each: 3 (bert); all are scored" in summary["method"]


def test_gain_below_one_headline_is_not_shown(report: Report) -> None:
    small = replace(CURVE, ahead=[replace(CURVE.ahead[0], gain=Estimate(0.01, 0.0005, 0.03))])
    assert report({"bert": small})[1]["finding"].startswith("It is not shown that more labels would help bert: ")


def test_failed_backtest_is_in_the_finding(report: Report) -> None:
    page, summary = report({"bert": FAILED, "tfidf": CURVE})
    assert "The backtest at full size fails for bert (" in summary["finding"]
    assert "- The backtest fails for bert: its smaller sizes predict less than was measured." in page
    assert "fails for tfidf" not in page


def test_missing_backtest_has_a_reason(report: Report) -> None:
    page, summary = report({"bert": replace(CURVE, backtest=None)}, auxiliary=True)
    assert summary["finding"].endswith("There was no run at full size to test the extrapolation.")
    assert "auxiliary corpora" in page


def test_undetermined_laws_are_named(report: Report) -> None:
    page, _ = report({"bert": replace(CURVE, undetermined=0.4, asymptote=Estimate(0.1, 0.0, 0.2))})
    assert "law of bert is not identified: 40% of the resampled fits" in page
    assert "No ceiling is shown for bert" in page
    settled, _ = report({"bert": CURVE})
    assert "not identified" not in settled
    assert "No ceiling" not in settled


def test_sizes_beyond_training_are_named(report: Report) -> None:
    page, _ = report({"bert": CURVE}, left_out={"bert": [8000, 16000]})
    assert "Left out for bert, because the training part has only 7,516: 8,000, 16,000." in page


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Censored(950.0, 900.0, None), "about 950 more labels [900, out of reach];"),
        (Censored(None, 52345.0, None), "more than 100 times the available labels, at least 52,000;"),
        (Censored(None, None, None), "more than 100 times the available labels;"),
    ],
)
def test_labels_out_of_reach(report: Report, figure: Censored, words: str) -> None:
    assert f"accuracy for bert: {words}" in report({"bert": replace(CURVE, more_labels=figure)})[0]


def test_metrics_follow_the_result() -> None:
    curve = replace(CURVE, more_labels=Censored(None, 5.0, None), backtest=None)
    found: Any = metrics(replace(RESULT, curves={"bert": curve}))["bert"]
    assert found["accuracy_by_size"] == {250: 0.61, 7516: 0.79}
    assert found["gain"] == {"2x": {"value": 0.02, "low": 0.01, "high": 0.03}}
    assert found["more_labels_for_a_point"] == {"value": None, "low": 5.0, "high": None}
    assert found["backtest_miss"] is None


def test_tables_follow_the_result() -> None:
    found = tables(RESULT)
    assert found["learning_curve.csv"].loc[0].tolist() == ["bert", 250, 0.61, 0.59, 0.63, 0.7, 0.68, 0.72]
    assert found["fitted.csv"].loc[0].tolist() == ["bert", 250.0, 0.6, 0.5, 0.7]
