"""The tables of the active-learning study."""

from collections.abc import Mapping, Sequence

import numpy as np

from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.query.strategies import STRATEGIES
from barometer.stats import Estimate
from pipelines.markdown import estimate, table
from pipelines.studies.active_learning.curves import Comparison
from pipelines.studies.active_learning.loop import Oracle
from pipelines.studies.active_learning.settings import ActiveLearningSettings, LearnerName
from pipelines.studies.active_learning.summary import Found, Row

_EXPLAINED = (
    "Brackets: {confidence:.0%} intervals over {seeds} replicates (Student's t; bootstrap for deficiency and numbers "
    "of labels), not corrected for multiple comparisons; p is corrected. Deficiency (Baram, El-Yaniv and Luz 2004): "
    "what the curve lacks to the accuracy with the whole pool, over what that of random sampling lacks; below 1 is "
    "better. "
    "*As random at {labels}*: labels until the mean curve reaches the accuracy at which random sampling ends."
)
_DIFFERENCES = (
    "Difference of each strategy's normalised area to random sampling, by learner and batch size, with its interval; "
    "filled marks are shown to differ after Holm's correction, hollow ones are not."
)


def body(
    params: ActiveLearningSettings, found: Mapping[LearnerName, Found], oracle: Oracle, confidence: float
) -> list[str]:
    """All lines between the main plot and the limits."""
    lines = [f"![{_DIFFERENCES}](differences.png)", "", f"*{_DIFFERENCES}*", ""]
    lines += ["## Every strategy, learner and batch size", ""]
    lines += [_EXPLAINED.format(confidence=confidence, seeds=params.seeds, labels=params.labels), ""]
    for name, one in found.items():
        for size in dict.fromkeys(row.query_size for row in one.rows):
            lines += [f"### {one.title}, batches of {size}", "", *_figures(params, one, one.at(size)), ""]
        lines += _left_out(params, name)
    lines += ["## Which classes are asked for", "", *_balance(params, found, oracle), ""]
    return [*lines, "## Time of a choice", "", *_times(params, found)]


def points(comparison: Comparison) -> str:
    """A difference of accuracies in points, signed, with its interval."""
    difference = comparison.difference
    return f"{100 * difference.value:+.1f} points [{100 * difference.low:.1f}, {100 * difference.high:.1f}]"


def labels_shown(figure: Estimate, most: int) -> str:
    """A number of labels with its interval, such as `310 [260, > 500]`; `not within 500` where it is censored."""
    if not np.isfinite(figure.value):
        return f"not within {most}"
    low, high = (f"{bound:.0f}" if np.isfinite(bound) else f"> {most}" for bound in (figure.low, figure.high))
    return f"{figure.value:.0f} [{low}, {high}]"


def _figures(params: ActiveLearningSettings, found: Found, rows: Sequence[Row]) -> list[str]:
    header = [
        "strategy",
        "mean accuracy %",
        "against random",
        "p (Holm)",
        "deficiency",
        f"as random at {params.labels}",
    ]
    header += [f"labels to {100 * found.target:.1f} %", f"accuracy % at {params.labels}", "macro-F1 %"]
    shown = [
        [
            STRATEGIES[row.strategy].title,
            estimate(row.area),
            points(row.against_random) if row.against_random else "",
            f"{row.against_random.adjusted:.2g}" if row.against_random else "",
            _deficiency(row),
            labels_shown(row.matched, params.labels) if row.against_random else str(params.labels),
            labels_shown(row.needed, params.labels),
            estimate(row.final),
            estimate(row.macro_f1),
        ]
        for row in rows
    ]
    target = f"{params.target_share:.0%} of the {100 * found.full:.1f} % with the whole pool"
    return [*table(header, shown), "", f"{100 * found.target:.1f} % is {target}."]


def _deficiency(row: Row) -> str:
    if row.against_random is None:
        return "1"
    return estimate(row.deficiency, 1, 2) if np.isfinite(row.deficiency.value) else "undefined"


def _left_out(params: ActiveLearningSettings, name: LearnerName) -> list[str]:
    missing = params.left_out(name) if params.learners[name].strategies is None else []
    if not missing:
        return []
    shown = ", ".join(f"{STRATEGIES[s].title} (needs {_NEEDS[STRATEGIES[s].needs]})" for s in missing)
    return [f"Left out, because `{name}` gives only probabilities: {shown}.", ""]


_NEEDS = {"samples": "Monte-Carlo draws", "vectors": "representations", "probabilities": "probabilities"}


def _balance(params: ActiveLearningSettings, found: Mapping[LearnerName, Found], oracle: Oracle) -> list[str]:
    shares = np.bincount(oracle.pool, minlength=N_CLASSES) / len(oracle.pool)
    rows = [["the pool", *(f"{share:.0%}" for share in shares)]]
    rows += [
        [f"{name}, {STRATEGIES[row.strategy].title}", *(f"{share:.0%}" for share in row.balance)]
        for name, one in found.items()
        for row in one.at(params.main_query_size)
    ]
    lead = f"Shares of the classes among all that was asked for in batches of {params.main_query_size}:"
    return [lead, "", *table(["asked by", *FIELD_NAMES], rows)]


def _times(params: ActiveLearningSettings, found: Mapping[LearnerName, Found]) -> list[str]:
    size = params.main_query_size
    times = {name: {row.strategy: row.milliseconds for row in one.at(size)} for name, one in found.items()}
    strategies = list(dict.fromkeys(strategy for by_strategy in times.values() for strategy in by_strategy))
    rows = [
        [STRATEGIES[s].title, *(f"{times[name][s]:.1f}" if s in times[name] else "" for name in times)]
        for s in strategies
    ]
    lead = (
        f"Median milliseconds from the probabilities of the whole pool to a batch of {size}, Monte-Carlo draws "
        "included; unlike all other numbers here, these vary from run to run:"
    )
    return [lead, "", *table(["strategy", *times], rows)]
