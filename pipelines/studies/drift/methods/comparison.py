"""All comparisons of the study: which could be made, what each found, and p-values that count how many there are."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from barometer.drift.auc import corrected_interval
from barometer.drift.measure import DriftError, DriftResult, Embed, Features, Measure, measure_drift
from barometer.drift.words import DriftedNgram
from barometer.settings import SettingsError
from barometer.stats import Estimate, holm
from pipelines.studies.drift.methods.sides import SECTION, DriftStudySettings, PairName, Task

SIGNIFICANT = 0.05
CHANCE = 0.5
_ALIKE = 0.1  # mixes of outlets closer than this are hardly a confounder
# Bounds of Hosmer, Lemeshow and Sturdivant 2013, section 5.2.4, with words for two sets instead of a test.
_STRENGTH = ((0.9, "almost perfectly"), (0.8, "well"), (0.7, "fairly well"), (0.6, "weakly"), (0.0, "barely"))


def difference(a: Estimate, b: Estimate) -> Estimate:
    """a minus b, of different texts, with an interval from theirs (MOVER, Zou and Donner 2008)."""
    value = a.value - b.value
    below = float(np.hypot(a.value - a.low, b.high - b.value))
    above = float(np.hypot(a.high - a.value, b.value - b.low))
    return Estimate(value, value - below, value + above)


@dataclass(frozen=True)
class Comparison:
    """A comparison that was made.

    Attributes:
        pair, group: as in its `Task`.
        outlet_shift: distance of the two mixes of outlets, from 0 to 1; None where a set names none.
        drift: what was measured.
        adjusted: p-value of each measure, adjusted for the groups of its pair (Holm).
    """

    pair: PairName
    group: str
    outlet_shift: float | None
    drift: DriftResult
    adjusted: Sequence[float]

    @property
    def main(self) -> Measure:
        """The measure that a summary quotes: the first kind of features, masked if that was requested."""
        first = [m for m in self.drift.measures if m.features == self.drift.measures[0].features]
        return max(first, key=lambda measure: measure.masked)

    @property
    def p_value(self) -> float:
        """The adjusted p-value of the main measure."""
        return self.adjusted[list(self.drift.measures).index(self.main)]

    @property
    def differs(self) -> bool:
        """Whether the main measure shows that the sets differ, given how many comparisons were made."""
        return self.p_value <= SIGNIFICANT and self.main.auc.low > CHANCE

    @property
    def strength(self) -> str:
        """How well the main measure separates the sets, in words."""
        return next(words for bound, words in _STRENGTH if self.main.auc.value >= bound)

    @property
    def hardly_confounded(self) -> bool:
        """Whether the mixes of outlets are known and close."""
        return self.outlet_shift is not None and self.outlet_shift < _ALIKE

    @property
    def significant(self) -> Sequence[tuple[Estimate, bool]]:
        """The AUC of each measure, and whether its adjusted p-value is significant."""
        return [(m.auc, p <= SIGNIFICANT) for m, p in zip(self.drift.measures, self.adjusted, strict=True)]

    @property
    def controls(self) -> Sequence[Estimate]:
        """The AUC of random halves of the reference set, by measure."""
        return [measure.control for measure in self.drift.measures]

    @property
    def ngrams(self) -> Sequence[DriftedNgram]:
        """The n-grams that drifted most, by falling z, masked if that was requested."""
        return self.drift.ngrams[self.main.masked]

    def masking_effect(self, features: Features, confidence: float) -> Estimate | None:
        """AUC with masking minus AUC without, paired by fold; None unless both were measured."""
        aucs = {m.masked: np.asarray(m.fold_aucs) for m in self.drift.measures if m.features == features}
        return corrected_interval(aucs[True] - aucs[False], self.drift.folds, confidence) if len(aucs) == 2 else None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A comparison that could not be made, and why."""

    pair: PairName
    group: str
    reason: str


def compare_all(
    tasks: Sequence[Task], settings: DriftStudySettings, new_rng: Callable[[], np.random.Generator], embed: Embed | None
) -> tuple[list[Comparison], list[LeftOut]]:
    """Make every comparison that has enough texts.

    One outlet has fewer headlines than all, and a classifier trained on fewer finds less. So each comparison of one
    outlet gets a counterpart of the same number of headlines from all outlets.

    Args:
        tasks: what to compare.
        settings: how.
        new_rng: gives equal generators, so that groups share the sample of their reference set.
        embed: for embedding features, see `measure_drift`.

    Raises:
        SettingsError: if no comparison of interest has enough texts, or the permutations are too few for the groups.
    """
    _check_permutations(tasks, settings.permutations)
    whole = {task.group: task for task in tasks if task.pair == "compared"}
    found = [_compare(task, settings, new_rng(), embed) for task in tqdm(tasks, desc="comparing", unit="pair of sets")]
    matched = [
        _cut(whole[c.group], c.drift, new_rng())
        for c in found
        if isinstance(c, Comparison) and c.pair == "one_source" and c.group in whole
    ]
    found += [
        _compare(task, settings, new_rng(), embed) for task in tqdm(matched, desc="same size", disable=not matched)
    ]
    made = [comparison for comparison in found if isinstance(comparison, Comparison)]
    left_out = [left for left in found if isinstance(left, LeftOut)]
    if not any(comparison.pair == "compared" for comparison in made):
        reasons = "; ".join(f"{left.group}: {left.reason}" for left in left_out)
        raise SettingsError(f"{SECTION}.min_texts = {settings.min_texts}: nothing can be compared ({reasons})")
    return _adjusted(made), left_out


def _check_permutations(tasks: Sequence[Task], permutations: int) -> None:
    """Refuse too few permutations for any p-value, adjusted for the number of groups, to reach 0.05."""
    groups = max(Counter(task.pair for task in tasks).values(), default=1)
    needed = math.ceil(groups / SIGNIFICANT - 1e-9) - 1
    if permutations < needed:
        raise SettingsError(
            f"{SECTION}.permutations = {permutations}: {groups} groups need at least {needed}, "
            f"or no adjusted p-value could be {SIGNIFICANT} or less"
        )


def _compare(
    task: Task, settings: DriftStudySettings, rng: np.random.Generator, embed: Embed | None
) -> Comparison | LeftOut:
    old, new = task.reference["text"].tolist(), task.newer["text"].tolist()
    try:
        found = measure_drift(old, new, rng, settings, embed)
    except DriftError as error:
        return LeftOut(task.pair, task.group, str(error))
    return Comparison(task.pair, task.group, task.outlet_shift, found, [m.p_value for m in found.measures])


def _cut(task: Task, size: DriftResult, rng: np.random.Generator) -> Task:
    """At most as many headlines in each set as another comparison has."""
    old = task.reference.sample(min(size.reference, len(task.reference)), random_state=rng)
    new = task.newer.sample(min(size.newer, len(task.newer)), random_state=rng)
    return Task("size_matched", task.group, old, new)


def _adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Adjust the p-values of each kind of features for the groups of its pair."""
    adjusted: dict[tuple[PairName, str], list[float]] = {}
    for pair in {comparison.pair for comparison in comparisons}:
        groups = [comparison for comparison in comparisons if comparison.pair == pair]
        columns = [holm(column) for column in zip(*(c.adjusted for c in groups), strict=True)]
        adjusted |= {(pair, c.group): list(row) for c, row in zip(groups, zip(*columns, strict=True), strict=True)}
    return [replace(comparison, adjusted=adjusted[comparison.pair, comparison.group]) for comparison in comparisons]
