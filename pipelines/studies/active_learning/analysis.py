"""The numbers of the active-learning study and its verdicts, and the tables derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from barometer.query.strategies import STRATEGIES, Need
from barometer.stats import Censored, Estimate

BASELINE = "random"
Verdict = Literal["better", "worse", "open"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The paired difference of two strategies' areas.

    Attributes:
        difference: mean over replicates, with the interval of Student's t.
        p_value: two-sided paired t-test, after Holm's correction over its family of tests.
        verdict: by that p-value; `open` is not shown to differ.
    """

    difference: Estimate
    p_value: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Curve:
    """The learning curve of one strategy with one batch size: T checkpoints, S replicates.

    Attributes:
        labels, accuracy, macro_f1: of each checkpoint; accuracy with its pointwise interval.
        areas: normalised area under the accuracy curve of each replicate.
        finals: accuracy of each replicate with all labels of the run.
        area, final, final_macro_f1: means over replicates.
        against_random: area minus that of random sampling; None for random sampling itself.
        deficiency: against random sampling; undefined where that lacks nothing.
        needed: labels until the mean curve reaches the target accuracy.
        matched: labels until the mean curve reaches the accuracy at which random sampling ends.
        balance: shares of the classes among the queried headlines, class order.
        milliseconds: median time of a choice.
    """

    query_size: int
    strategy: str
    labels: Sequence[int]
    accuracy: Sequence[Estimate]
    macro_f1: Sequence[float]
    areas: Sequence[float]
    finals: Sequence[float]
    area: Estimate
    final: Estimate
    final_macro_f1: Estimate
    against_random: Comparison | None
    deficiency: Censored
    needed: Censored
    matched: Censored
    balance: Sequence[float]
    milliseconds: float

    @property
    def title(self) -> str:
        """The strategy's name in words."""
        return STRATEGIES[self.strategy].title


@dataclass(frozen=True, slots=True)
class LearnerResult:
    """The curves of one learner.

    Attributes:
        title: of the learner.
        full: its accuracy with every label of the pool.
        target: the accuracy whose cost in labels is reported.
        curves: by batch size, then by strategy.
        left_out: the study's strategies that it cannot serve.
    """

    title: str
    full: float
    target: float
    curves: Sequence[Curve]
    left_out: Sequence[str]

    @property
    def not_served(self) -> Mapping[str, Need]:
        """The strategies left out, by title, with what each would need."""
        return {STRATEGIES[name].title: STRATEGIES[name].needs for name in self.left_out}

    @property
    def by_size(self) -> Mapping[int, Sequence[Curve]]:
        """The curves of each batch size."""
        sizes = dict.fromkeys(curve.query_size for curve in self.curves)
        return {size: [curve for curve in self.curves if curve.query_size == size] for size in sizes}

    def compared(self, query_size: int, verdict: Verdict) -> Sequence[Curve]:
        """The curves of one batch size with this verdict against random sampling, the best area first."""
        judged = [c for c in self.by_size[query_size] if c.against_random and c.against_random.verdict == verdict]
        return sorted(judged, key=lambda curve: -curve.area.value)


@dataclass(frozen=True, slots=True)
class Result:
    """All findings of the study.

    Attributes:
        learners: by name.
        chosen: the strategy of production.
        rivals: areas of the other strategies that production could use minus that of the chosen one; one family.
        main_learner, main_query_size: what the finding is about.
        pool_shares: shares of the classes in the pool, class order.
        pool, tested: headlines of the pool and of the test part.
        initial, labels: where a run starts and ends.
        seeds: replicates.
        target_share: of the accuracy with the whole pool, which makes the target.
        confidence: of all intervals and tests.
    """

    learners: Mapping[str, LearnerResult]
    chosen: str
    rivals: Mapping[str, Comparison]
    main_learner: str
    main_query_size: int
    pool_shares: Sequence[float]
    pool: int
    tested: int
    initial: int
    labels: int
    seeds: int
    target_share: float
    confidence: float

    @property
    def ahead(self) -> Mapping[str, Comparison]:
        """The rivals that are shown to be better than the chosen strategy, by title."""
        return {STRATEGIES[name].title: test for name, test in self.rivals.items() if test.verdict == "better"}

    @property
    def choice(self) -> Verdict | Literal["beaten", "baseline"]:
        """The verdict on the chosen strategy: beaten by a rival, else the baseline itself, else against random."""
        if self.ahead:
            return "beaten"
        own = next(c for c in self.main if c.strategy == self.chosen).against_random
        return "baseline" if own is None else own.verdict

    @property
    def main(self) -> Sequence[Curve]:
        """The curves that the finding is about."""
        return self.learners[self.main_learner].by_size[self.main_query_size]


def metrics(result: Result) -> dict[str, object]:
    """Figures by learner, batch size and strategy; a number of labels that was not reached is left out."""
    return {
        name: {"full_pool_accuracy": one.full}
        | {
            f"query_size_{size}": {curve.strategy: _figures(curve) for curve in curves}
            for size, curves in one.by_size.items()
        }
        for name, one in result.learners.items()
    }


def _figures(curve: Curve) -> dict[str, float]:
    figures = {
        "area": curve.area.value,
        "final_accuracy": curve.final.value,
        "final_macro_f1": curve.final_macro_f1.value,
        "deficiency": curve.deficiency.value,
        "labels_to_target": curve.needed.value,
    }
    if curve.against_random is not None:
        figures["area_against_random"] = curve.against_random.difference.value
        figures["labels_to_match_random"] = curve.matched.value
        figures["p_holm"] = curve.against_random.p_value
    return {name: value for name, value in figures.items() if value is not None}


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """Every checkpoint of every curve, one row each; mean curves of the main batch size side by side; every run."""
    checkpoints, runs = [], []
    side_by_side: dict[str, Any] = {}
    for learner, one in result.learners.items():
        for curve in one.curves:
            names = {"learner": learner, "query_size": curve.query_size, "strategy": curve.strategy}
            mean, low, high = np.array([(e.value, e.low, e.high) for e in curve.accuracy]).T
            scores = {"labels": curve.labels, "accuracy": mean, "low": low, "high": high, "macro_f1": curve.macro_f1}
            checkpoints.append(pd.DataFrame(names | scores))
            replicates = {"replicate": range(len(curve.areas)), "area": curve.areas, "final_accuracy": curve.finals}
            runs.append(pd.DataFrame(names | replicates))
            if curve.query_size == result.main_query_size:
                side_by_side |= {"labels": curve.labels, f"{learner}_{curve.strategy}": mean}
    return {
        "curves.csv": pd.concat(checkpoints, ignore_index=True).round(6),
        "learning_curves.csv": pd.DataFrame(side_by_side).round(6),
        "areas.csv": pd.concat(runs, ignore_index=True).round(6),
    }
