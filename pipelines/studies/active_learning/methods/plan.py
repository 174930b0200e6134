"""Parameters of the active-learning study, and what must hold between them and the data."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from barometer.query.strategies import STRATEGIES
from barometer.settings import Positive, Section, SettingsError, Share
from pipelines.studies.active_learning.analysis import BASELINE
from pipelines.studies.active_learning.methods.learners import LEARNERS, HeadSettings

WHERE = "experiment.active_learning"
StrategyName = Literal[
    "random", "least_confidence", "margin", "entropy", "variation_ratio", "bald", "k_center", "badge"
]
LearnerName = Literal["head", "tfidf", "bert"]


class LearnerPlan(Section):
    """How one learner is studied: batch sizes, and strategies (none: all of the study's that it can serve)."""

    query_sizes: Annotated[list[Positive], Field(min_length=1)]
    strategies: Annotated[list[StrategyName], Field(min_length=1)] | None = None


class ActiveLearningSettings(Section):
    """Parameters of the study.

    Attributes:
        pool: the most headlines that the pool may hold.
        initial: labels known before the first query, drawn at random.
        labels: where a run ends.
        seeds: paired replicates.
        target_share: of the accuracy with the whole pool; how many labels reach it is reported.
        passes: Monte-Carlo draws with dropout.
        chosen: the strategy of production.
        main_learner, main_query_size: what the finding and the curves are about.
        strategies: what is compared; `random` is the baseline.
        learners: which learners, each with its plan.
    """

    pool: Positive
    initial: Positive
    labels: Positive
    seeds: Annotated[int, Field(ge=3)]
    target_share: Share
    passes: Annotated[int, Field(ge=2)]
    chosen: StrategyName
    main_learner: LearnerName
    main_query_size: Positive
    strategies: Annotated[list[StrategyName], Field(min_length=2)]
    learners: Annotated[dict[LearnerName, LearnerPlan], Field(min_length=1)]
    head: HeadSettings

    def strategies_of(self, learner: LearnerName) -> list[StrategyName]:
        """The strategies to run with a learner: those named for it, or all that it can serve."""
        named = self.learners[learner].strategies
        return named if named is not None else [s for s in self.strategies if _serves(learner, s)]

    def left_out(self, learner: LearnerName) -> list[StrategyName]:
        """The study's strategies that this learner cannot serve, if it is to run all others."""
        if self.learners[learner].strategies is not None:
            return []
        return [s for s in self.strategies if not _serves(learner, s)]


def _serves(learner: str, strategy: str) -> bool:
    return STRATEGIES[strategy].needs in LEARNERS[learner].offers


def check(settings: ActiveLearningSettings, pool: int) -> None:
    """Check the parameters against each other and against a pool of `pool` headlines (already cut to `pool`).

    Raises:
        SettingsError: naming the key, the value and what was expected.
    """
    for key, value, holds, expected in _rules(settings, pool):
        if not holds:
            raise SettingsError(f"{WHERE}.{key} = {value!r}: {expected}")


_Rule = tuple[str, object, bool, str]  # key, value, whether it may be so, what was expected


def _rules(settings: ActiveLearningSettings, pool: int) -> Iterator[_Rule]:
    labels, main, learners = settings.labels, settings.main_learner, settings.learners
    yield "labels", labels, labels <= pool, f"the pool has {pool} headlines"
    yield "initial", settings.initial, settings.initial < labels, f"expected fewer than labels = {labels}"
    yield from _strategy_rules("strategies", settings.strategies)
    for learner in learners:
        yield from _plan_rules(settings, learner, pool)
    yield "main_learner", main, main in learners, f"expected one of learners: {', '.join(learners)}"
    # Production has one set of probabilities and neither draws nor representations.
    possible = [s for s in settings.strategies_of(main) if STRATEGIES[s].needs == "probabilities"]
    expected = f"expected one that {main} runs and that needs only probabilities: {', '.join(possible)}"
    yield "chosen", settings.chosen, settings.chosen in possible, expected


def _plan_rules(settings: ActiveLearningSettings, learner: LearnerName, pool: int) -> Iterator[_Rule]:
    plan, key, main = settings.learners[learner], f"learners.{learner}", settings.main_query_size
    most, sizes = settings.labels - settings.initial, plan.query_sizes
    for size in sizes:
        expected = f"expected at most {most}, which is labels - initial, of a pool of {pool}"
        yield f"{key}.query_sizes", size, size <= most, expected
    yield f"{key}.query_sizes", sizes, len(set(sizes)) == len(sizes), "expected each once"
    yield f"{key}.query_sizes", sizes, main in sizes, f"expected main_query_size = {main} in it"
    if plan.strategies is not None:
        yield from _strategy_rules(f"{key}.strategies", plan.strategies)
        served = ", ".join(name for name in STRATEGIES if _serves(learner, name))
        for strategy in plan.strategies:
            expected = f"{learner} gives no {STRATEGIES[strategy].needs}; expected some of {served}"
            yield f"{key}.strategies", strategy, _serves(learner, strategy), expected


def _strategy_rules(key: str, names: Sequence[StrategyName]) -> Iterator[_Rule]:
    yield key, names, BASELINE in names, f"expected {BASELINE!r} in it, to which all are compared"
    yield key, names, len(set(names)) == len(names), "expected each once"
