"""The words of the active-learning study, made from its numbers."""

from collections.abc import Mapping, Sequence

from barometer.query.strategies import STRATEGIES
from pipelines.markdown import estimate
from pipelines.studies.active_learning.curves import Comparison
from pipelines.studies.active_learning.loop import Oracle
from pipelines.studies.active_learning.settings import BASELINE, ActiveLearningSettings, LearnerName
from pipelines.studies.active_learning.summary import Found, Row, against_chosen
from pipelines.studies.active_learning.tables import body, points
from pipelines.studies.study import Page

_LIMITS = (
    "Intervals and tests are over initial sets and model seeds, on one pool and one test part; another corpus may rank "
    "the strategies otherwise. The labels are the merged ones of the corpus: a person who is asked about an unclear "
    "headline errs more often than about an average one, which a simulation cannot show. The pool holds only "
    "headlines that somebody chose to label; a stream of news holds more that are irrelevant or repeated. The network "
    "over frozen vectors stands in for fine-tuning, which is too slow for so many runs and may rank them otherwise. "
    "Production's strategy was chosen after a first look at such runs on both corpora, so its result here is no "
    "independent confirmation."
)


def page(params: ActiveLearningSettings, found: Mapping[LearnerName, Found], oracle: Oracle, confidence: float) -> Page:
    """Make the page from what was found with every learner; `oracle` tells sizes and class shares."""
    findings = [comparison_with_random(params, one, confidence) for one in found.values()]
    return Page(
        title="Active learning",
        question="Does a model learn more from the same number of labels if it asks for the headlines it is unsure of?",
        method=_method(params, found, oracle),
        finding=" ".join([*findings, choice(params, found[params.main_learner], confidence)]),
        figure="learning_curves.png",
        caption=_caption(params, confidence),
        body=body(params, found, oracle, confidence),
        limits=_LIMITS,
    )


def _method(params: ActiveLearningSettings, found: Mapping[LearnerName, Found], oracle: Oracle) -> str:
    learners = " and ".join(f"a {one.title} (`{name}`)" for name, one in found.items())
    return (
        f"Pool-based simulation on {len(oracle.pool)} labelled headlines: from {params.initial} labels drawn at "
        f"random, a model learns from scratch, asks for a batch, and so on up to {params.labels} labels; accuracy is "
        f"measured on {len(oracle.test)} held-out headlines. It is done with {learners}; each of {params.seeds} "
        "replicates gives all strategies the same initial set and model seeds. A curve is summed up by its normalised "
        "area, the mean accuracy on the way; areas are compared with random sampling by paired t-tests, corrected "
        "after Holm over all strategies and batch sizes of a learner."
    )


def _caption(params: ActiveLearningSettings, confidence: float) -> str:
    return (
        f"Accuracy against labels with batches of {params.main_query_size}: mean and {confidence:.0%} band over "
        f"{params.seeds} replicates, every strategy (blue) beside random sampling (grey), one block of panels for each "
        f"learner. The dotted line is {params.target_share:.0%} of the accuracy with the whole pool."
    )


def verdict(comparison: Comparison, confidence: float) -> str:
    """`better`, `worse` or `open` (not shown to differ), by the corrected p-value."""
    if comparison.adjusted >= 1 - confidence:
        return "open"
    return "better" if comparison.difference.value > 0 else "worse"


def comparison_with_random(params: ActiveLearningSettings, found: Found, confidence: float) -> str:
    """One sentence: how good random sampling is, and which strategies are shown to be better or worse."""
    rows = found.at(params.main_query_size)
    area = next(row.area for row in rows if row.strategy == BASELINE)
    by_verdict: dict[str, list[Row]] = {"better": [], "worse": [], "open": []}
    for row in rows:
        if row.against_random is not None:
            by_verdict[verdict(row.against_random, confidence)].append(row)
    opening = (
        f"A {found.title} that asks at random for batches of {params.main_query_size} is right on {estimate(area)} % "
        f"of headlines, averaged over the way to {params.labels} labels"
    )
    better, worse, undecided = (by_verdict[key] for key in ("better", "worse", "open"))
    if not better and not worse:
        return f"{opening}; {_none_differs(undecided)}."
    parts = [f"it learns more by {_listed(better)}" if better else "no strategy is shown to help"]
    if worse:
        parts.append(f"it learns less by {_listed(worse)}")
    if undecided:
        parts.append(f"not shown to differ: {', '.join(STRATEGIES[row.strategy].title for row in undecided)}")
    return f"{opening}; {'; '.join(parts)}."


def _none_differs(rows: Sequence[Row]) -> str:
    if len(rows) == 1:
        return f"{_listed(rows)} is not shown to differ from that"
    ordered = sorted(rows, key=lambda row: row.area.value)
    ends = f"from {_listed(ordered[:1])} to {_listed(ordered[-1:])}"
    return f"none of {len(rows)} strategies is shown to differ from that, {ends}"


def _listed(rows: Sequence[Row]) -> str:
    best_first = sorted(rows, key=lambda row: -row.area.value)
    return ", ".join(f"{STRATEGIES[row.strategy].title} ({_effect(row)})" for row in best_first)


def _effect(row: Row) -> str:
    assert row.against_random is not None
    return points(row.against_random)


def choice(params: ActiveLearningSettings, found: Found, confidence: float) -> str:
    """Say whether the numbers support the strategy by which production asks.

    It is compared with random sampling, and with the other strategies that need only one set of probabilities, which
    is what production has; these form one family of tests.
    """
    size, chosen = params.main_query_size, params.chosen
    own = next(row.against_random for row in found.at(size) if row.strategy == chosen)
    rivals = [
        row.strategy
        for row in found.at(size)
        if row.strategy != chosen and STRATEGIES[row.strategy].needs == "probabilities"
    ]
    tests = against_chosen(found.runs, chosen, rivals, size, confidence)
    ahead = [name for name in rivals if verdict(tests[name], confidence) == "better"]
    opening = f"Production asks by `{chosen}`; with the {found.title} the numbers"
    if ahead:
        names = ", ".join(f"{STRATEGIES[name].title} ({points(tests[name])})" for name in ahead)
        return f"{opening} speak against that choice, because these do better: {names}."
    others = ", and none of the others that it could use is shown to do better."
    if own is None:
        return f"{opening} speak for nothing else: it is the baseline{others}"
    conclusions = {
        "better": f"{opening} support that choice: it beats random sampling{others}",
        "worse": f"{opening} speak against that choice, because it does worse than random sampling.",
        "open": f"{opening} do not show that it beats random sampling{others}",
    }
    return conclusions[verdict(own, confidence)]
