"""Parameters of the active-learning study, and what must hold between them and the data."""

from collections.abc import Sequence
from typing import Annotated, Literal, NoReturn

from pydantic import Field

from barometer.query.strategies import STRATEGIES
from barometer.settings import Positive, Section, SettingsError, Share
from pipelines.studies.active_learning.learners import LEARNERS

WHERE = "experiment.active_learning"
BASELINE = "random"
StrategyName = Literal[
    "random", "least_confidence", "margin", "entropy", "variation_ratio", "bald", "k_center", "badge"
]
LearnerName = Literal["head", "tfidf", "bert"]


class LearnerPlan(Section):
    """How one learner is studied: batch sizes, and strategies (none: all of the study's that it can serve)."""

    query_sizes: Annotated[list[Positive], Field(min_length=1)]
    strategies: Annotated[list[StrategyName], Field(min_length=1)] | None = None


class HeadSettings(Section):
    """The network over frozen vectors: width of its hidden layer, dropout after it, and full-batch AdamW."""

    hidden: Positive
    dropout: Share
    steps: Positive
    lr: Annotated[float, Field(gt=0)]
    weight_decay: Annotated[float, Field(ge=0)]


class ActiveLearningSettings(Section):
    """Parameters of the study.

    Attributes:
        pool: at most so many headlines may be asked for.
        initial: labels known before the first question, drawn at random.
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
        """The strategies to run with a learner: those it is asked for, or all that it can serve."""
        named = self.learners[learner].strategies
        return named if named is not None else [s for s in self.strategies if _serves(learner, s)]

    def left_out(self, learner: LearnerName) -> list[StrategyName]:
        """The study's strategies that this learner cannot serve."""
        return [s for s in self.strategies if not _serves(learner, s)]


def _serves(learner: LearnerName, strategy: StrategyName) -> bool:
    return STRATEGIES[strategy].needs in LEARNERS[learner].offers


def check(settings: ActiveLearningSettings, pool: int) -> None:
    """Check the parameters against each other and against a pool of `pool` headlines (already cut to `pool`).

    Raises:
        SettingsError: naming the key, the value and what was expected.
    """
    if settings.labels > pool:
        _refuse("labels", settings.labels, f"the pool has {pool} headlines")
    if settings.initial >= settings.labels:
        _refuse("initial", settings.initial, f"expected fewer than labels = {settings.labels}")
    _check_strategies("strategies", settings.strategies)
    for learner, plan in settings.learners.items():
        _check_plan(settings, learner, plan, pool)
    _check_main(settings)


def _check_plan(settings: ActiveLearningSettings, learner: LearnerName, plan: LearnerPlan, pool: int) -> None:
    key = f"learners.{learner}"
    most = settings.labels - settings.initial
    for size in plan.query_sizes:
        if size > most:
            expected = f"expected at most {most}, which is labels - initial, of a pool of {pool}"
            _refuse(f"{key}.query_sizes", size, expected)
    _check_once(f"{key}.query_sizes", plan.query_sizes)
    if settings.main_query_size not in plan.query_sizes:
        _refuse(f"{key}.query_sizes", plan.query_sizes, f"expected main_query_size = {settings.main_query_size} in it")
    if plan.strategies is None:
        return
    _check_strategies(f"{key}.strategies", plan.strategies)
    for strategy in plan.strategies:
        if not _serves(learner, strategy):
            served = ", ".join(name for name in STRATEGIES if STRATEGIES[name].needs in LEARNERS[learner].offers)
            needs = STRATEGIES[strategy].needs
            _refuse(f"{key}.strategies", strategy, f"{learner} gives no {needs}; expected some of {served}")


def _check_strategies(key: str, strategies: Sequence[StrategyName]) -> None:
    if BASELINE not in strategies:
        _refuse(key, list(strategies), f"expected {BASELINE!r} in it, to which all are compared")
    _check_once(key, strategies)


def _check_once(key: str, values: Sequence[object]) -> None:
    if len(set(values)) < len(values):
        _refuse(key, list(values), "expected each once")


def _check_main(settings: ActiveLearningSettings) -> None:
    if settings.main_learner not in settings.learners:
        _refuse("main_learner", settings.main_learner, f"expected one of learners: {', '.join(settings.learners)}")
    # Production has one set of probabilities and neither draws nor representations.
    possible = [s for s in settings.strategies_of(settings.main_learner) if STRATEGIES[s].needs == "probabilities"]
    if settings.chosen not in possible:
        expected = f"expected one that {settings.main_learner} runs and that needs only probabilities: "
        _refuse("chosen", settings.chosen, expected + ", ".join(possible))


def _refuse(key: str, value: object, expected: str) -> NoReturn:
    raise SettingsError(f"{WHERE}.{key} = {value!r}: {expected}")
