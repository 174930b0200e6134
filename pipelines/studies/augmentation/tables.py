"""The tables of the augmentation report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from barometer.stats import Estimate
from pipelines.markdown import estimate, table
from pipelines.studies.augmentation.compare import FAILURE_RATE, NONE, Comparison
from pipelines.studies.augmentation.crossed import Effect
from pipelines.studies.augmentation.methods import METHODS, REPEAT, AugmentationSettings

SIGNIFICANT = 0.05
_SHOWN_EXAMPLES = 2


@dataclass(frozen=True)
class Conditions:
    """Under what conditions the methods were compared.

    Attributes:
        params: of the study.
        pool: headlines of the training part, of which each seed draws `params.train_size`.
        tested: headlines of the test part.
        behavioural_tests, behavioural_cases: size of the suite of behavioural tests.
        missing: why a chosen method was not run, by method.
        changed: share of the copies that differ from their original, by method.
        refused: copies left out because they resembled a held-out text, by method.
        confidence: of all intervals.
        examples: `method`, `original`, `altered`, `changed`; None where they may not be shown.
    """

    params: AugmentationSettings
    pool: int
    tested: int
    behavioural_tests: int
    behavioural_cases: int
    missing: Mapping[str, str]
    changed: Mapping[str, float]
    refused: Mapping[str, int]
    confidence: float
    examples: pd.DataFrame | None


def points(effect: Effect) -> str:
    """A difference with its interval, in percentage points, with its sign."""
    sign = "+" if effect.value > 0 else ""
    return sign + estimate(Estimate(effect.value, effect.low, effect.high))


def is_shown(effect: Effect) -> bool:
    """Whether a difference is shown, after correction over the methods."""
    return effect.p_adjusted < SIGNIFICANT


def body(found: Comparison, conditions: Conditions) -> Iterator[str]:
    """The lines below the figure."""
    yield from ("## Against no augmentation", "", *_scores(found), "", _how_to_read(conditions), "")
    if found.against_repeat:
        yield from ("## Against the same texts again", "", *_beyond_repetition(found), "")
        yield (
            "A copy, altered or not, does something by being there: an n-gram that occurs once occurs twice, and "
            f"training in steps takes more of them. `{REPEAT}` does only that, so a method is worth its alterations as "
            "far as it beats that control."
        )
        yield ""
    yield from ("## Behavioural tests", "", *_failures(found), "", "A negative difference is an improvement.", "")
    yield from ("## The copies", "", *_copies(conditions), "")
    yield from (f"- `{name}` was not run: {reason}." for name, reason in conditions.missing.items())
    if conditions.examples is not None:
        yield from ("", "## Examples", "", *_examples(conditions.examples))


def _scores(found: Comparison) -> list[str]:
    rows = []
    for name, means in found.means.items():
        row = [f"`{name}`"]
        for figure in ("accuracy", "macro_f1"):
            effect = found.against_none[figure].get(name)
            row.append(f"{100 * means[figure]:.1f}")
            row += [points(effect), f"{effect.p_adjusted:.2g}"] if effect else ["", ""]
        seeds = found.against_none["accuracy"][name].seeds_above if name != NONE else None
        rows.append([*row, "" if seeds is None else str(seeds)])
    header = ["", "accuracy %", "difference, points", "p", "macro-F1 %", "difference, points", "p", "seeds ahead"]
    return table(header, rows)


def _how_to_read(conditions: Conditions) -> str:
    return (
        f"Means over {conditions.params.seeds} seeds; differences from `{NONE}` with {conditions.confidence:.0%} "
        "intervals (each for itself) and p-values corrected over the methods (Holm 1979); seeds in which the accuracy "
        "was higher."
    )


def _beyond_repetition(found: Comparison) -> list[str]:
    accuracy, macro_f1 = found.against_repeat["accuracy"], found.against_repeat["macro_f1"]
    rows = [
        [f"`{name}`", points(e), f"{e.p_adjusted:.2g}", points(macro_f1[name]), f"{macro_f1[name].p_adjusted:.2g}"]
        for name, e in accuracy.items()
    ]
    return table(["", "accuracy, points", "p", "macro-F1, points", "p"], rows)


def _failures(found: Comparison) -> list[str]:
    rows = []
    for name, means in found.means.items():
        row = [f"`{name}`", f"{100 * means[FAILURE_RATE]:.1f}"]
        for family in (found.against_none, found.against_repeat):
            effect = family.get(FAILURE_RATE, {}).get(name)
            row += [points(effect), f"{effect.p_adjusted:.2g}"] if effect else ["", ""]
        rows.append(row)
    return table(["", "failure rate %", f"from `{NONE}`, points", "p", f"from `{REPEAT}`, points", "p"], rows)


def _copies(conditions: Conditions) -> list[str]:
    rows = [
        [f"`{name}`", METHODS[name].title, f"{100 * share:.0f}", f"{conditions.refused[name]:,}"]
        for name, share in conditions.changed.items()
    ]
    return table(["", "alteration", "copies altered %", "refused"], rows)


def _examples(examples: pd.DataFrame) -> Iterator[str]:
    for name, rows in examples[examples["changed"] == 1].groupby("method", sort=False):
        yield f"- `{name}`"
        for row in rows.head(_SHOWN_EXAMPLES).itertuples():
            yield f"    - {row.original} → {row.altered}"
