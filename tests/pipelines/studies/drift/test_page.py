import numpy as np
import pytest

from barometer.drift.measure import DriftResult, Measure
from barometer.drift.words import DriftedNgram
from barometer.stats import Estimate
from pipelines.studies.drift.analysis import Comparison, LeftOut
from pipelines.studies.drift.findings import (
    confounding,
    control_finding,
    drift_finding,
    masking_finding,
    outlet_finding,
    strength,
)
from pipelines.studies.drift.page import build_page, newest
from pipelines.studies.drift.sides import AdversarialValidationSettings

OUTLET = {"corpora": ["demo"], "sources": ["a.example"]}


def settings(**changes: object) -> AdversarialValidationSettings:
    values: dict[str, object] = {
        "reference": {"corpora": ["demo"], "until": "2019-12-31"},
        "newer": {"corpora": ["demo", "more"], "since": "2020-01-01", "labelled": False},
        "by": None,
        "one_source": {"reference": OUTLET, "newer": OUTLET},
        "features": ["word"],
        "masking": [False, True],
        "sample": 1500,
        "min_texts": 20,
        "near_duplicate_similarity": 0.9,
        "folds": 5,
        "repeats": 2,
        "permutations": 999,
        "penalty": 1.0,
        "confidence": 0.95,
        "top_ngrams": 3,
        "min_headlines": 3,
        "prior_words": 50,
    }
    return AdversarialValidationSettings.model_validate(values | changes)


def around(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value, value - half, value + half)


def made(
    auc: float,
    *,
    pair: str = "compared",
    group: str = "all",
    p_value: float = 0.001,
    control: float = 0.5,
    shift: float | None = 0.4,
    half: float = 0.02,
) -> Comparison:
    measures = [
        Measure("word", masked, around(auc, half), around(control), p_value, np.array([auc, auc + 0.01] * 5))
        for masked in (False, True)
    ]
    ngrams = [DriftedNgram("etf", 5.5, 0.0, 0.02), DriftedNgram("ico sale", -4.25, 0.03, 0.0)]
    result = DriftResult(1063, 1500, 5, measures, {False: [], True: ngrams})
    return Comparison(pair, group, shift, result, [p_value, p_value])  # type: ignore[arg-type]


def test_the_finding_says_how_well_the_sets_are_told_apart_or_that_it_is_not_shown() -> None:
    assert drift_finding([made(0.83)]) == (
        "The newer headlines are **told apart well** by a classifier of words and pairs of words, numbers and dates "
        "masked: ROC AUC 0.83 [0.81, 0.85], p = 0.001."
    )
    assert "**not shown to differ**" in drift_finding([made(0.53, p_value=0.2)])
    assert "**not shown to differ**" in drift_finding([made(0.51, p_value=0.01)])  # its interval holds 0.5


@pytest.mark.parametrize(
    ("auc", "words"),
    [(0.95, "almost without fail"), (0.8, "well"), (0.75, "fairly well"), (0.65, "weakly"), (0.55, "barely")],
)
def test_strength_has_words(auc: float, words: str) -> None:
    assert strength(auc) == words


def test_several_years_are_counted_and_spanned() -> None:
    years = [made(0.9, group="2023"), made(0.6, group="2021", p_value=0.3), made(0.97, group="2025")]
    assert drift_finding(years) == (
        "A classifier of words and pairs of words, numbers and dates masked tells the headlines of a year from the "
        "reference in **2 of 3 years**; the ROC AUC runs from 0.60 [0.58, 0.62] in 2021 to 0.97 [0.95, 0.99] in 2025."
    )
    assert newest(years).group == "2025"


def test_one_outlet_is_compared_with_as_many_headlines_of_all() -> None:
    lower = outlet_finding([made(0.6, pair="one_source"), made(0.75, pair="size_matched")], "a.example")
    assert "they are told apart there too: AUC 0.60 [0.58, 0.62], against 0.75 [0.73, 0.77]" in lower
    assert "0.15 [0.12, 0.18] more, which a change in the mix of outlets would explain" in lower
    alike = outlet_finding([made(0.75, pair="one_source"), made(0.76, pair="size_matched")], "a.example")
    assert "not shown to be more" in alike
    assert "nothing shows that the mix of outlets made the drift" in alike
    neither = outlet_finding([made(0.53, pair="one_source", p_value=0.4), made(0.76, pair="size_matched")], "a.example")
    assert "they are not shown to differ there" in neither
    assert outlet_finding([made(0.8)], "") == ""


def test_one_outlet_over_years_is_counted() -> None:
    years = [made(auc, pair="one_source", group=year) for year, auc in (("2021", 0.6), ("2022", 0.8))]
    years += [made(0.8, pair="size_matched", group=year) for year in ("2021", "2022")]
    found = outlet_finding(years, "a.example")
    assert "told apart in 2 of 2 years (AUC 0.60 to 0.80); in 1 less well than as many headlines" in found
    assert "in none is that shown to be less well" in outlet_finding(
        [*years[1:2], *years[1:2], *years[2:]], "a.example"
    )


def test_a_control_off_chance_is_reported_and_too_many_destroy_trust() -> None:
    fine = [made(0.9, control=0.49) for _ in range(6)]
    assert control_finding(fine, 0.95).startswith("Random halves of the reference set cannot be told apart")
    one_off = control_finding([*fine, made(0.9, control=0.53)], 0.95)
    assert "2 of 14 intervals miss 0.5, which chance explains" in one_off
    many = control_finding([*fine, *[made(0.9, control=0.6) for _ in range(4)]], 0.95)
    assert "8 of 20 intervals miss 0.5, **more than chance explains" in many


def test_the_confounding_of_outlets_is_quantified_or_said_to_be_unknown() -> None:
    assert confounding([made(0.8, shift=0.4)]).startswith("Outlet and date are confounded: 40 % of the newer headlines")
    assert confounding([made(0.8, shift=0.4), made(0.8, shift=1.0)]).startswith(
        "Outlet and date are confounded: 40 to 100 %"
    )
    assert confounding([made(0.8, shift=0.07)]).startswith("Outlet and date are hardly confounded: only 7 %")
    assert "cannot be told from a change of outlets" in confounding([made(0.8, shift=None)])


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Estimate(-0.1, -0.12, -0.08), "they give part of the difference away"),
        (Estimate(0.0, -0.01, 0.01), "they are not shown to matter"),
        (Estimate(0.1, 0.08, 0.12), "without them the sets are told apart better"),
    ],
)
def test_masking_says_what_its_interval_shows(effect: Estimate, words: str) -> None:
    assert words in masking_finding([("all", effect)])
    assert "in 1 of 2 years" in masking_finding(
        [("2021", Estimate(-0.2, -0.3, -0.1)), ("2022", Estimate(0, -0.1, 0.1))]
    )


def test_a_page_of_one_comparison_says_what_was_compared_and_confounded_beside_every_figure() -> None:
    comparisons = [made(0.83), made(0.6, pair="one_source"), made(0.75, pair="size_matched")]
    page = build_page(comparisons, [], settings())
    assert "reference (demo, to 2019-12-31) and newer (demo + more, unlabelled, from 2020-01-01)" in page.method
    assert "numbers and dates masked or not" in page.method
    assert "Holm" not in page.method
    body = "\n".join(page.body)
    assert "| all outlets | 1,063 / 1,500 | 0.83 [0.81, 0.85]* | 0.83 [0.81, 0.85]* | 0.50 to 0.50 |" in body
    assert "| only a.example | 1,063 / 1,500 | 0.60" in body
    assert "| all outlets | etf (5.5) | ico sale (-4.2) |" in body
    assert "Left out" not in body
    for place in (page.caption, page.limits, *(line for line in page.body if line.startswith("!["))):
        assert "Outlet and date are confounded: 40 %" in place


def test_a_page_by_year_lists_the_years_and_what_was_left_out() -> None:
    comparisons = [made(0.83, group="2021"), made(0.53, group="2022", p_value=0.4)]
    left_out = [LeftOut("compared", "2013", "the newer set has 3 texts")]
    page = build_page(comparisons, left_out, settings(by="year", one_source=None))
    body = "\n".join(page.body)
    assert "adjusted for the number of years (Holm)" in page.method
    assert "| all outlets | 2022 | 1,063 / 1,500 | 0.53 [0.51, 0.55] |" in body
    assert "| all outlets | 2013 | the newer set has 3 texts |" in body
    assert "in the newer headlines of 2022" in body


def test_a_page_without_masking_has_no_section_on_it() -> None:
    comparison = made(0.8)
    only = DriftResult(50, 50, 5, comparison.result.measures[:1], {False: comparison.result.ngrams[True]})
    page = build_page(
        [Comparison("compared", "all", None, only, [0.5])], [], settings(masking=[False], one_source=None)
    )
    assert "masked" not in page.method
    assert "What numbers and dates give away" not in page.body
    assert "Hollow" not in page.caption
