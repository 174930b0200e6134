"""The words of the report on the behavioural tests."""

from barometer.checks.gap import Gap
from barometer.checks.results import Interval
from pipelines.studies.checklist.tables import MODELS, TITLES, Comparison, checklist_body
from pipelines.studies.study import Page


def checklist_page(found: Comparison) -> Page:
    """Make the page from the counts."""
    tests = len(found.rates)
    return Page(
        title="What the models can and cannot read",
        question="Do the models do what any reader of headlines does, above all read a negation to its end?",
        method=(
            f"{tests} behavioural tests of {int(found.rates['cases'].iloc[0])} cases each (CheckList, Ribeiro et al. "
            "2020), made from templates and held-out headlines, are put to both models as exported. Minimum "
            "functionality tests (MFT) demand a class, invariance tests (INV) that a change without meaning leaves the "
            "class, directional tests (DIR) that news moves the score P(positive) - P(negative) the right way. "
            "Intervals are Wilson's; the negation gap has paired bootstrap intervals over cases and over phrasings; "
            "single tests are compared by exact McNemar tests with Holm's correction at 5 %."
        ),
        finding=" ".join([_negation(found), _test_by_test(found), _functionality(found)]),
        figure="failure_rates.png",
        caption=(
            f"Failure rate of {tests} behavioural tests by capability, with 95 % intervals; left is better. "
            f"On negation tf-idf fails {_percent(found.mean_rate('tfidf', 'MFT', 'Negation'))} and "
            f"BERT {_percent(found.mean_rate('bert', 'MFT', 'Negation'))} of the cases."
        ),
        body=list(checklist_body(found)),
        limits=(
            "The phrasings and their demands are the project's own plain English: the rates hold for them, not for "
            "the share of news that is negated. Wilson's intervals and McNemar's tests are about further cases of the "
            "same phrasings. A negated harm need only not be Negative and a negated gain not Positive, so a model "
            "that leans to Neutral passes them without reading the negation (the directional tests of negation do not "
            "forgive that), and one that always gives the same answer passes every test of invariance: the tests "
            "complement accuracy on held-out headlines and do not replace it. Models that read lower-cased text "
            "cannot fail the test of upper and lower case."
        ),
    )


def _negation(found: Comparison) -> str:
    """The headline number, and what may be said of it."""
    tfidf, bert = (found.mean_rate(name, "MFT", "Negation").value for name in MODELS)
    cases, phrasings = found.gap.over_cases, found.gap.over_phrasings
    figures = (
        f"{_points(cases)} points, 95 % interval {_bounds(cases)} over cases and {_bounds(phrasings)} over phrasings"
    )
    opening = f"On the tests of negation tf-idf fails {tfidf:.1%} of the cases and BERT {bert:.1%}: a gap of {figures}."
    return f"{opening} {_verdict(found.gap)} {_level(tfidf, bert)} {_added(found)}"


def _verdict(gap: Gap) -> str:
    if gap.over_cases.low <= 0 <= gap.over_cases.high:
        return "The models are not shown to differ in reading negation."
    better, worse = ("BERT", "tf-idf") if gap.over_cases.value > 0 else ("tf-idf", "BERT")
    if gap.over_phrasings.low <= 0 <= gap.over_phrasings.high:
        return f"{better} reads these phrasings better than {worse}; for other phrasings that is not shown."
    return f"{better} reads negation better than {worse}."


def _level(tfidf: float, bert: float) -> str:
    if min(tfidf, bert) >= 0.5:
        return "Neither can be relied on: both fail more often than not."
    if max(tfidf, bert) < 0.5:
        return "Both pass more often than they fail."
    better, worse = ("BERT", "tf-idf") if bert < tfidf else ("tf-idf", "BERT")
    return f"{better} passes more often than it fails, {worse} does not."


def _added(found: Comparison) -> str:
    """The tests of negation that a leaning towards one class cannot pass."""
    rates = " and ".join(f"{_percent(found.mean_rate(name, 'DIR', 'Negation'))} ({TITLES[name]})" for name in MODELS)
    return f"A negation that is added to a plain sentence does not move the score its way in {rates} of the cases."


def _functionality(found: Comparison) -> str:
    rates = {name: found.mean_rate(name, "MFT").value for name in MODELS}
    said = [
        f"{TITLES[name]} fails {rate:.1%} and {'may ship' if rate <= found.maximum else 'may not'}"
        for name, rate in rates.items()
    ]
    limit = f"a model that ships may fail {found.maximum:.0%} of all minimum functionality cases"
    return f"By the threshold of the gate, {limit}: {'; '.join(said)}."


def _test_by_test(found: Comparison) -> str:
    """On which tests the models differ beyond chance; those that speak against BERT are named."""
    bert, tfidf = found.better_on("bert"), found.better_on("tfidf")
    opening = f"Test by test, BERT fails less often on {len(bert)} of {len(found.rates)} tests"
    if not tfidf:
        return f"{opening} and tf-idf on none."
    return f"{opening} and tf-idf on {len(tfidf)} ({', '.join(tfidf)})."


def _percent(rate: Interval) -> str:
    return f"{rate.value:.1%}"


def _points(figure: Interval) -> str:
    return f"{100 * figure.value:.1f}"


def _bounds(figure: Interval) -> str:
    return f"[{100 * figure.low:.1f}, {100 * figure.high:.1f}]"
