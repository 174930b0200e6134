"""The words of the learning curve's report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from barometer.stats import Estimate
from pipelines.markdown import estimate, table
from pipelines.studies.learning_curve.findings import OUT_OF_REACH, Extrapolation
from pipelines.studies.study import Page

Curves = Mapping[str, Extrapolation]
_NOT_IDENTIFIED = 0.05


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what conditions the curves came about.

    Attributes:
        available: headlines of the training part.
        tested: headlines of the test part.
        left_out: by model, sizes in the parameters that the training part does not reach.
        seeds: by model.
        auxiliary: whether the pipeline's own models also learn from other corpora.
        min_steps: of a model trained in steps.
        confidence: of all intervals.
    """

    available: int
    tested: int
    left_out: Mapping[str, list[int]]
    seeds: Mapping[str, int]
    auxiliary: bool
    min_steps: int
    confidence: float


def learning_curve_page(curves: Curves, conditions: Conditions) -> Page:
    """Make the page from the curves by model."""
    seeds = " and ".join(f"{count} ({name})" for name, count in conditions.seeds.items())
    return Page(
        title="Would more labels help?",
        question="How do the models' scores grow with the number of labelled headlines, and would more labels help?",
        method=(
            "Every model learns from nested, stratified parts of the training data, from several seeds each: "
            f"{seeds}; all are scored on the same {conditions.tested:,} test headlines. A power law, "
            "error(n) = a + b n^-c (Hestness et al. 2017; Viering and Loog 2022), is fitted to the mean accuracy and "
            f"extrapolated; {conditions.confidence:.0%} intervals resample seeds and test headlines, and how many of "
            "the smallest sizes the fit leaves out. "
            "As a backtest, the law of the smaller sizes must foretell the accuracy at full size."
        ),
        finding=" ".join([*[_answer(name, curve) for name, curve in curves.items()], _backtests(curves)]),
        figure="learning_curve.png",
        caption=_caption(curves, conditions),
        body=list(_body(curves, conditions)),
        limits=_limits(conditions),
    )


def _answer(name: str, curve: Extrapolation) -> str:
    first = curve.ahead[0]
    gain = f"{first.multiple:g} times the labels at hand would add {estimate(first.gain)} points of accuracy"
    if not curve.helps:
        return f"It is not shown that more labels would help {name}: {gain}, on the fitted curve, or nothing at all."
    return f"More labels would help {name}: {gain}, and one point more takes {more_labels(curve.more_labels)}."


def more_labels(figure: Estimate) -> str:
    """So many more labels, or that no number in reach suffices."""
    if not np.isfinite(figure.value):
        least = f"; at the least {_rounded(figure.low)}" if np.isfinite(figure.low) else ""
        return f"more than {OUT_OF_REACH} times the labels at hand{least}"
    high = _rounded(figure.high) if np.isfinite(figure.high) else "out of reach"
    return f"about {_rounded(figure.value)} more labels [{_rounded(figure.low)}, {high}]"


def _rounded(count: float) -> str:
    """Two significant digits: more would claim what an extrapolation does not know."""
    return f"{int(float(f'{count:.2g}')):,}"


def _backtests(curves: Curves) -> str:
    tests = {name: curve.backtest for name, curve in curves.items() if curve.backtest}
    if not tests:
        return "No run at full size was there to test the extrapolation."
    shown = "; ".join(
        f"{name} {100 * test.predicted.value:.1f} % foretold, {100 * test.seen.value:.1f} % seen"
        for name, test in tests.items()
    )
    failed = [name for name, test in tests.items() if not test.holds]
    if failed:
        return (
            f"The backtest at full size fails for {' and '.join(failed)} ({shown}), so what is foretold there is a "
            "rough guide at most."
        )
    return f"The backtest at full size holds ({shown})."


def _caption(curves: Curves, conditions: Conditions) -> str:
    ends = ", ".join(
        f"{name} from {100 * curve.points[0].accuracy.value:.0f} % at {curve.points[0].size:,} "
        f"to {100 * curve.points[-1].accuracy.value:.0f} % at {curve.points[-1].size:,}"
        for name, curve in curves.items()
    )
    return (
        f"Accuracy against the number of training headlines (logarithmic): {ends}. Solid lines are means over seeds, "
        "with the range of the single runs; dashed lines are the fitted power laws with their "
        f"{conditions.confidence:.0%} intervals, stars the models trained on everything and diamonds what the smaller "
        "sizes foretold of them. Right of the vertical line the curves are extrapolated."
    )


def _body(curves: Curves, conditions: Conditions) -> Iterator[str]:
    yield "## Scores by training size"
    yield ""
    for name, curve in curves.items():
        yield from (f"**{name}**", "", *_points_table(curve), "")
    yield from _notes(conditions)
    yield from ("", "## Beyond the labels at hand", "", *_ahead_table(curves, conditions), "")
    for name, curve in curves.items():
        yield f"- {_more_sentence(name, curve)}"
    yield from ("", "## How far the curve can be trusted", "", *_law_table(curves), "", *_trust(curves, conditions))


def _points_table(curve: Extrapolation) -> list[str]:
    rows = [
        [
            f"{point.size:,}",
            estimate(point.accuracy),
            "" if np.isnan(point.deviation) else f"{100 * point.deviation:.1f}",
            estimate(point.macro_f1),
        ]
        for point in curve.points
    ]
    return table(["training headlines", "accuracy %", "deviation between seeds", "macro-F1 %"], rows)


def _notes(conditions: Conditions) -> Iterator[str]:
    yield (
        f"A last row without a deviation is a single run on all {conditions.available:,} training headlines. A model "
        f"that is trained in steps takes at least {conditions.min_steps}, on small sizes in more epochs, so that the "
        "curve shows a want of labels and not of training."
    )
    for name, sizes in conditions.left_out.items():
        listed = ", ".join(f"{size:,}" for size in sizes)
        yield f"Left out for {name}, because the training part has no more than {conditions.available:,}: {listed}."


def _ahead_table(curves: Curves, conditions: Conditions) -> list[str]:
    rows = [
        [name, f"{ahead.multiple * conditions.available:,.0f}", estimate(ahead.accuracy), estimate(ahead.gain)]
        for name, curve in curves.items()
        for ahead in curve.ahead
    ]
    return table(["", "training headlines", "accuracy %", "gain, points"], rows)


def _more_sentence(name: str, curve: Extrapolation) -> str:
    return (
        f"One more point of accuracy for {name}: {more_labels(curve.more_labels)}; in reach in "
        f"{curve.reachable:.0%} of the resampled curves. The last step that was really trained, from "
        f"{curve.points[-2].size:,} to {curve.points[-1].size:,}, gained {estimate(curve.last_step)} points."
    )


def _law_table(curves: Curves) -> list[str]:
    rows = []
    for name, curve in curves.items():
        test = curve.backtest
        tested = [estimate(test.predicted), estimate(test.seen), estimate(test.miss)] if test else [""] * 3
        exponent = estimate(curve.exponent, 1, 2)
        rows.append([name, estimate(curve.asymptote), exponent, f"{100 * curve.undetermined:.0f}", *tested])
    header = ["", "a, error that remains %", "c, exponent", "undetermined fits %"]
    return table([*header, "foretold at full size %", "seen %", "foretold minus seen"], rows)


def _trust(curves: Curves, conditions: Conditions) -> Iterator[str]:
    for name, curve in curves.items():
        if curve.undetermined > _NOT_IDENTIFIED:
            yield (
                f"- The law of {name} is not identified: {curve.undetermined:.0%} of the resampled fits are flat or "
                "end at a bound of the exponent, so its a and c mean little by themselves."
            )
        if curve.asymptote.low < curve.resolution:
            yield f"- No ceiling is shown for {name}: the error that remains with endless labels may be zero."
        if curve.backtest and not curve.backtest.holds:
            side = "more" if curve.backtest.miss.value > 0 else "less"
            yield f"- The backtest fails for {name}: its smaller sizes promise {side} than came."
    if conditions.auxiliary:
        yield (
            "- The pipeline's own models also learn from auxiliary corpora, so they are no point of these curves: "
            "a backtest is made only of a model that is trained here on the whole training part (`all`)."
        )


def _limits(conditions: Conditions) -> str:
    return (
        "The curve holds for more labels of the same kind, from the same sources, years and annotators; it says "
        "nothing of cleaner labels, other eras or a larger backbone. A power law is an assumption: the backtest checks "
        "it at one size, not beyond. Parts of different seeds come from the same "
        f"{conditions.available:,} headlines and overlap, the more the larger they are, so the deviation between seeds "
        "is too small there; with few seeds a bootstrap over them is coarse. Hyper-parameters are those chosen for the "
        "full size, and larger parts are still trained for more steps. As b is not negative, no gain is negative: one "
        "counts as shown only where its interval lies above the worth of a single test headline."
    )
