"""All comparisons of the study of drift: which could be made, and p-values that count how many were."""

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from barometer.drift.auc import corrected_interval
from barometer.drift.draw import DriftError, Features
from barometer.drift.measure import DriftResult, Embed, Measure, measure_drift
from barometer.settings import SettingsError
from barometer.stats import Estimate, holm
from pipelines.studies.drift.sides import KEY, AdversarialValidationSettings, PairName, Task

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Comparison:
    """A comparison that was made.

    Attributes:
        pair, group: as in its `Task`.
        outlet_shift: how far the two mixes of outlets are apart, from 0 to 1; None where a side names none.
        result: what was found.
        adjusted: p-value of each measure, adjusted for the groups of its pair (Holm).
    """

    pair: PairName
    group: str
    outlet_shift: float | None
    result: DriftResult
    adjusted: list[float]

    @property
    def main(self) -> Measure:
        """The measure that a summary quotes: the first kind of features, masked if that was asked for."""
        first = [m for m in self.result.measures if m.features == self.result.measures[0].features]
        return max(first, key=lambda measure: measure.masked)

    def masking_effect(self, features: Features, confidence: float) -> Estimate | None:
        """AUC with masking less AUC without, paired by fold; None unless both were measured."""
        by_masking = {m.masked: m for m in self.result.measures if m.features == features}
        if len(by_masking) < 2:
            return None
        differences = by_masking[True].fold_aucs - by_masking[False].fold_aucs
        return corrected_interval(differences, self.result.folds, confidence)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A comparison that could not be made, and why."""

    pair: PairName
    group: str
    reason: str


def compare_all(
    tasks: Sequence[Task],
    settings: AdversarialValidationSettings,
    new_rng: Callable[[], np.random.Generator],
    embed: Embed | None,
) -> tuple[list[Comparison], list[LeftOut]]:
    """Make every comparison that has enough texts.

    One outlet has fewer headlines than all, and a classifier that learns from fewer finds less. So for each comparison
    of one outlet there is another of as many headlines from all.

    Args:
        tasks: what to compare.
        settings: how.
        new_rng: gives equal generators, so that groups share the sample of their reference set.
        embed: for embedding features, see `measure_drift`.

    Raises:
        SettingsError: if no comparison of interest has enough texts, or the permutations are too few for the groups.
    """
    _check_permutations(tasks, settings.permutations)
    made: list[Comparison] = []
    left_out: list[LeftOut] = []
    whole = {task.group: task for task in tasks if task.pair == "compared"}
    queue = deque(tasks)
    with tqdm(total=len(queue), desc="comparing", unit="pair of sets") as progress:
        while queue:
            task = queue.popleft()
            found = _compare(task, settings, new_rng(), embed)
            if isinstance(found, LeftOut):
                left_out.append(found)
            else:
                made.append(found)
                if task.pair == "one_source" and task.group in whole:
                    queue.append(_cut(whole[task.group], found.result, new_rng()))
                    progress.total = (progress.total or 0) + 1
            progress.update()
    if not any(comparison.pair == "compared" for comparison in made):
        reasons = "; ".join(f"{left.group}: {left.reason}" for left in left_out)
        raise SettingsError(f"{KEY}.min_texts = {settings.min_texts}: nothing can be compared ({reasons})")
    return _adjusted(made), left_out


def _check_permutations(tasks: Sequence[Task], permutations: int) -> None:
    """Refuse so few permutations that no p-value, adjusted for the number of groups, could reach 0.05."""
    groups = max(Counter(task.pair for task in tasks).values(), default=1)
    needed = math.ceil(groups / SIGNIFICANT - 1e-9) - 1
    if permutations < needed:
        raise SettingsError(
            f"{KEY}.permutations = {permutations}: {groups} groups need at least {needed}, "
            f"or no adjusted p-value could be {SIGNIFICANT} or less"
        )


def _compare(
    task: Task, settings: AdversarialValidationSettings, rng: np.random.Generator, embed: Embed | None
) -> Comparison | LeftOut:
    old, new = task.reference["text"].tolist(), task.newer["text"].tolist()
    try:
        result = measure_drift(old, new, rng, settings, embed)
    except DriftError as error:
        return LeftOut(task.pair, task.group, str(error))
    raw = [measure.p_value for measure in result.measures]
    return Comparison(task.pair, task.group, task.outlet_shift, result, raw)


def _cut(task: Task, size: DriftResult, rng: np.random.Generator) -> Task:
    """As many headlines of each side, at most, as another comparison has."""
    old = task.reference.sample(min(size.reference, len(task.reference)), random_state=rng)
    new = task.newer.sample(min(size.newer, len(task.newer)), random_state=rng)
    return Task("size_matched", task.group, old, new)


def _adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Adjust the p-values of each kind of features for the groups of its pair."""
    by_pair: dict[PairName, list[list[float]]] = {}
    for comparison in comparisons:
        by_pair.setdefault(comparison.pair, []).append(comparison.adjusted)
    corrected = {pair: iter(_holm_columns(rows)) for pair, rows in by_pair.items()}
    return [replace(comparison, adjusted=next(corrected[comparison.pair])) for comparison in comparisons]


def _holm_columns(rows: list[list[float]]) -> list[list[float]]:
    columns = [holm(column) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]
