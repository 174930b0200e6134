from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipelines.studies.drift.analysis import Result
from pipelines.studies.drift.methods.comparison import Comparison, LeftOut
from pipelines.studies.report import pages

RUN = {"command": "dvc repro", "date": "2024-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {}}
Made = Callable[..., Comparison]
Results = Callable[..., Result]


def summary(result: Result) -> dict[str, str]:
    return pages("drift", "demo", result, RUN)[1]


def body(result: Result) -> str:
    return pages("drift", "demo", result, RUN)[0]


def test_finding_says_how_well(made: Made, result: Results) -> None:
    assert summary(result(made(0.83)))["finding"] == (
        "A classifier on words and pairs of words with numbers and dates masked separates the newer headlines **well** "
        "from the reference: ROC AUC 0.83 [0.81, 0.85], p = 0.001. "
        "Random halves of the reference set cannot be separated, as expected (AUC 0.50 to 0.50)."
    )


def test_finding_admits_no_difference(made: Made, result: Results) -> None:
    found = summary(result(made(0.53, p_value=0.2)))["finding"]
    assert found.startswith("The newer headlines are **not shown to differ** from the reference in words and pairs")


def test_years_are_counted(made: Made, result: Results) -> None:
    years = [made(0.9, group="2023"), made(0.6, group="2021", p_value=0.3), made(0.97, group="2025")]
    assert summary(result(*years, by="year"))["finding"].startswith(
        "A classifier on words and pairs of words with numbers and dates masked separates the headlines of a year from "
        "the reference in **2 of 3 years**; the ROC AUC ranges from 0.60 [0.58, 0.62] in 2021 to 0.97 [0.95, 0.99] in "
        "2025."
    )


@pytest.mark.parametrize(
    ("one", "p_value", "expected"),
    [
        (0.6, 0.001, "A change in the mix of outlets would explain the gap of 0.15 [0.12, 0.18]; so would an outlet"),
        (0.74, 0.001, "The gap of 0.01 [-0.02, 0.04] is not significant, so nothing shows that the mix of outlets"),
        (0.53, 0.4, "Within one outlet (a.example) no difference is shown: AUC 0.53 [0.51, 0.55], against 0.75"),
    ],
)
def test_one_outlet_is_compared(made: Made, result: Results, one: float, p_value: float, expected: str) -> None:
    pair = made(one, pair="one_source", p_value=p_value), made(0.75, pair="size_matched")
    assert expected in summary(result(made(0.8), *pair))["finding"]


def test_one_outlet_over_years(made: Made, result: Results) -> None:
    years = [made(0.8, group=year) for year in ("2021", "2022")]
    years += [made(0.8, pair="size_matched", group=year) for year in ("2021", "2022")]
    outlet = [made(auc, pair="one_source", group=year) for year, auc in (("2021", 0.6), ("2022", 0.8))]
    found = summary(result(*years, *outlet))["finding"]
    assert "separated in 2 of 2 years (AUC 0.60 to 0.80); in 1 of them less well than the same number" in found
    alike = [outlet[1], replace(outlet[1], group="2021")]
    assert "no year shows this to be less well" in summary(result(*years, *alike))["finding"]


def test_controls_off_chance_are_reported(made: Made, result: Results) -> None:
    fine = [made(0.9, control=0.49, group=str(2000 + k)) for k in range(6)]
    few = summary(result(*fine, made(0.9, control=0.53)))["finding"]
    assert "2 of 14 intervals miss 0.5, as chance explains." in few
    many = summary(result(*fine, *[made(0.9, control=0.6) for _ in range(4)]))["finding"]
    assert "8 of 20 intervals miss 0.5, **more than chance explains, so the figures must not be trusted**." in many


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ([0.4], "Outlet and date are confounded: 40% of the newer headlines"),
        ([0.4, 1.0], "Outlet and date are confounded: 40 to 100% of the newer headlines"),
        ([0.07], "Outlet and date are hardly confounded: only 7% of the newer headlines"),
        ([None], "One set names no outlets, so drift over time cannot be distinguished from a change of outlets."),
    ],
)
def test_confounding_stands_beside_every_figure(
    made: Made, result: Results, shifts: list[float | None], expected: str
) -> None:
    page, quoted = pages("drift", "demo", result(*[made(0.8, shift=shift) for shift in shifts]), RUN)
    assert expected in quoted["caption"]
    assert expected in quoted["limits"]
    assert f"**{expected}" in page


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (-0.1, "they account for part of the difference"),
        (0.0, "no effect is shown"),
        (0.1, "the sets are separated better without them"),
    ],
)
def test_masking_has_a_verdict(made: Made, result: Results, effect: float, words: str) -> None:
    assert f"- words and pairs of words: masking changes the AUC by {effect:.3f}" in body(
        result(made(0.8, masking=effect))
    )
    assert words in body(result(made(0.8, masking=effect)))


def test_masking_over_years_is_counted(made: Made, result: Results) -> None:
    page = body(result(made(0.8, group="2021", masking=-0.2), made(0.8, group="2022")))
    assert "significantly in 1 of 2 years; the largest change is -0.200 [-0.200, -0.200], in 2021." in page


def test_page_of_one_comparison(made: Made, result: Results) -> None:
    comparisons = made(0.83), made(0.6, pair="one_source"), made(0.75, pair="size_matched")
    page, quoted = pages("drift", "demo", result(*comparisons), RUN)
    sets = "reference (demo, to 2019-12-31) and newer (demo + more, unlabelled, from 2020-01-01)"
    assert sets in quoted["method"]
    assert "with and without masking of numbers and dates" in quoted["method"]
    assert "Holm" not in quoted["method"]
    assert "| all outlets | 1,063 / 1,500 | 0.83 [0.81, 0.85]* | 0.83 [0.81, 0.85]* | 0.50 to 0.50 |" in page
    assert "| only a.example | 1,063 / 1,500 | 0.60" in page
    assert "| all outlets | etf (5.5) | ico sale (-4.2) |" in page
    assert "Left out" not in page


def test_page_by_year(made: Made, result: Results) -> None:
    comparisons = made(0.83, group="2021"), made(0.53, group="2022", p_value=0.4)
    left_out = (LeftOut("compared", "2013", "the newer set has 3 texts"),)
    page, quoted = pages("drift", "demo", result(*comparisons, left_out=left_out, by="year", one_source=None), RUN)
    assert "adjusted for the number of years (Holm)" in quoted["method"]
    assert "| all outlets | 2022 | 1,063 / 1,500 | 0.53 [0.51, 0.55] |" in page
    assert "| all outlets | 2013 | the newer set has 3 texts |" in page
    assert "in the newer headlines of 2022" in page


def test_page_without_masking(made: Made, result: Results) -> None:
    comparison = made(0.8)
    drift = replace(comparison.drift, measures=comparison.drift.measures[:1], ngrams={False: comparison.ngrams})
    settings: dict[str, Any] = {"masking": [False], "one_source": None}
    page, quoted = pages("drift", "demo", result(replace(comparison, drift=drift, adjusted=[0.5]), **settings), RUN)
    assert "mask" not in quoted["method"]
    assert "What numbers and dates reveal" not in page
    assert "Hollow" not in quoted["caption"]


def test_summary_has_the_public_key(made: Made, result: Results) -> None:
    assert summary(result(made(0.8)))["study"] == "adversarial_validation"
