from collections.abc import Callable

import numpy as np
import pytest
from pydantic import TypeAdapter

from barometer.stats import Estimate
from pipelines.studies.drift.analysis import Result, metrics, tables
from pipelines.studies.drift.methods.comparison import Comparison, LeftOut, difference


def test_a_difference_combines_both_margins() -> None:
    found = difference(Estimate(0.8, 0.77, 0.82), Estimate(0.7, 0.68, 0.74))
    assert found.value == pytest.approx(0.1)
    assert found.low == pytest.approx(0.1 - 0.05)  # 3-4-5 triangle of the margins that face each other
    assert found.high == pytest.approx(0.1 + np.hypot(0.02, 0.02))


def test_a_result_survives_json(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    found = result(made(0.8), made(0.7, shift=None), left_out=(LeftOut("compared", "2013", "too few"),))
    adapter = TypeAdapter(Result)
    assert adapter.validate_json(adapter.dump_json(found)) == found


@pytest.mark.parametrize(
    ("auc", "p_value", "differs"),
    [(0.83, 0.001, True), (0.53, 0.2, False), (0.51, 0.01, False)],  # the last interval contains 0.5
)
def test_significance_needs_interval_too(
    made: Callable[..., Comparison], auc: float, p_value: float, differs: bool
) -> None:
    assert made(auc, p_value=p_value).differs == differs


@pytest.mark.parametrize(
    ("auc", "words"),
    [(0.95, "almost perfectly"), (0.8, "well"), (0.75, "fairly well"), (0.65, "weakly"), (0.55, "barely")],
)
def test_strength_has_words(made: Callable[..., Comparison], auc: float, words: str) -> None:
    assert made(auc).strength == words


def test_the_newest_year_is_found(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    years = [made(0.9, group="2023"), made(0.6, group="2025"), made(0.97, pair="one_source", group="2026")]
    assert result(*years).newest.group == "2025"


def test_one_outlet_meets_its_counterpart(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    found = result(
        made(0.9, group="2021"),
        made(0.6, pair="one_source", group="2021"),
        made(0.7, pair="one_source", group="2022"),
        made(0.75, pair="size_matched", group="2021"),
    )
    (pair,) = found.outlet_gaps
    assert (pair.one.group, pair.gap.value) == ("2021", pytest.approx(0.15))


def test_chance_explains_few_controls_off(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    fine = [made(0.9, control=0.49) for _ in range(6)]
    assert result(*fine).controls_off == 0
    few = result(*fine, made(0.9, control=0.53))
    assert (few.controls_off, len(few.controls), few.controls_credible) == (2, 14, True)
    many = result(*fine, *[made(0.9, control=0.6) for _ in range(4)])
    assert (many.controls_off, many.controls_credible) == (8, False)


def test_masking_is_measured_in_pairs(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    effects = result(made(0.8, masking=-0.1)).masking_effects["word"]
    assert effects["all"].value == pytest.approx(-0.1)
    assert effects["all"].high < 0
    assert result(made(0.8)).comparisons[0].masking_effect("embedding", 0.95) is None


def test_metrics_and_tables_hold_every_measure(made: Callable[..., Comparison], result: Callable[..., Result]) -> None:
    found = result(made(0.8), made(0.6, pair="one_source"))
    assert set(metrics(found)) == {"compared", "one_source"}
    assert metrics(found)["compared"]["all"]["word_masked"]["auc_low"] == pytest.approx(0.78)
    written = tables(found)
    assert written["auc.csv"]["comparison"].tolist() == [
        f"{pair} all word {masked}" for pair in ("compared", "one_source") for masked in ("whole", "masked")
    ]
    assert written["ngrams.csv"][["ngram", "z"]].to_numpy().tolist() == [["etf", 5.5], ["ico sale", -4.25]] * 2
