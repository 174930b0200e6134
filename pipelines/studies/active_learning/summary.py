"""All figures of a simulation, strategy by strategy, and whether production asks by a strategy that deserves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from barometer.query.diversity import Floats, Indices
from barometer.stats import Estimate
from pipelines.studies.active_learning.curves import (
    Comparison,
    bootstrap,
    compare,
    deficiency,
    labels_needed,
    mean_estimate,
    normalised_area,
)
from pipelines.studies.active_learning.loop import Runs
from pipelines.studies.active_learning.settings import BASELINE


@dataclass(frozen=True)
class Row:
    """The figures of one strategy with one batch size.

    Attributes:
        area: normalised area under the accuracy curve.
        final: accuracy with all labels of the run.
        macro_f1: with all labels of the run.
        against_random: its area less that of random sampling; None for random sampling itself.
        deficiency: against random sampling; 1 for random sampling itself.
        needed: labels until the mean curve reaches the target; infinite where it does not.
        matched: labels until the mean curve reaches where random sampling ends; infinite where it does not.
        balance: shares of the classes among what was asked for, shape (3,), class order.
        milliseconds: median time of a choice.
    """

    query_size: int
    strategy: str
    area: Estimate
    final: Estimate
    macro_f1: Estimate
    against_random: Comparison | None
    deficiency: Estimate
    needed: Estimate
    matched: Estimate
    balance: tuple[float, ...]
    milliseconds: float


@dataclass(frozen=True)
class Found:
    """What was found with one learner.

    Attributes:
        title: of the learner.
        full: its accuracy with every label of the pool.
        target: the accuracy whose price in labels is reported.
        runs: learning curves by (query size, strategy).
        rows: their figures, in the same order.
    """

    title: str
    full: float
    target: float
    runs: Mapping[tuple[int, str], Runs]
    rows: Sequence[Row]

    def at(self, query_size: int) -> list[Row]:
        """The rows of one batch size."""
        return [row for row in self.rows if row.query_size == query_size]


def summarise(
    runs: Mapping[tuple[int, str], Runs],
    full: float,
    target: float,
    rng: np.random.Generator,
    *,
    samples: int,
    confidence: float,
) -> list[Row]:
    """One row for each key of `runs`, in their order; tests against random sampling form one family.

    Args:
        runs: of one learner, by (query size, strategy), with random sampling for every query size.
        full: accuracy with every label of the pool.
        target: accuracy that is to be reached.
        rng: draws the bootstrap.
        samples: resamples of the bootstrap.
        confidence: of all intervals.
    """
    areas = {key: normalised_area(run.labels, run.accuracy) for key, run in runs.items()}
    tested = [key for key in runs if key[1] != BASELINE]
    pairs = [(areas[key], areas[key[0], BASELINE]) for key in tested]
    comparisons = dict(zip(tested, compare(pairs, confidence), strict=True))
    rows = []
    for (size, strategy), run in runs.items():
        spread = partial(bootstrap, rng=rng, samples=samples, confidence=confidence)
        both = [run.accuracy, runs[size, BASELINE].accuracy]
        reach = partial(labels_needed, run.labels)
        rows.append(
            Row(
                query_size=size,
                strategy=strategy,
                area=mean_estimate(areas[size, strategy], confidence),
                final=mean_estimate(run.accuracy[:, -1], confidence),
                macro_f1=mean_estimate(run.macro_f1[:, -1], confidence),
                against_random=comparisons.get((size, strategy)),
                deficiency=spread(partial(deficiency, full), both),
                needed=spread(partial(reach, target=target), [run.accuracy]),
                matched=spread(partial(_matched, run.labels), both),
                balance=tuple(float(share) for share in run.queried.sum(axis=0) / run.queried.sum()),
                milliseconds=1000 * float(np.median(run.seconds)),
            )
        )
    return rows


def against_chosen(
    runs: Mapping[tuple[int, str], Runs], chosen: str, rivals: Sequence[str], query_size: int, confidence: float
) -> dict[str, Comparison]:
    """Each rival's area less that of the chosen strategy, as one family of tests."""
    areas = {name: normalised_area(runs[query_size, name].labels, runs[query_size, name].accuracy) for name in rivals}
    own = runs[query_size, chosen]
    pairs = [(area, normalised_area(own.labels, own.accuracy)) for area in areas.values()]
    return dict(zip(areas, compare(pairs, confidence), strict=True))


def _matched(labels: Indices, scores: Floats, baseline: Floats) -> float:
    return labels_needed(labels, scores, float(baseline[-1]))
