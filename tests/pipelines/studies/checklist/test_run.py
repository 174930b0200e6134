"""From results to tables, metrics and figures, and from two tables of cases to a comparison."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.checks.check import Case
from barometer.checks.results import Outcome, TestResult
from barometer.labels import CLASS_NAMES
from pipelines.studies.checklist import compare as compare_checklists
from pipelines.studies.checklist import run as checklist
from pipelines.studies.checklist.figures import plot_failure_rates
from pipelines.studies.checklist.tables import Comparison
from pipelines.tables import read_table, write_table

POSITIVE, NEGATIVE = [0.1, 0.1, 0.8], [0.9, 0.05, 0.05]


def outcome(case: Case, *rows: list[float], margin: float) -> Outcome:
    return Outcome(case, np.array(rows), margin >= 0, margin)


def results(*margins: float) -> list[TestResult]:
    """A test of negation with these margins, one of entities that fails half, one of direction that passes."""
    negation = tuple(
        outcome(Case(f"BTC won't fall {i}%", source=f"p{i % 3}"), NEGATIVE, margin=m) for i, m in enumerate(margins)
    )
    swapped = Case("NA, says ETH", "NA, says BTC")
    entities = (
        outcome(swapped, POSITIVE, NEGATIVE, margin=-0.7),
        outcome(Case("Up, ETH", "Up, BTC", "p"), POSITIVE, POSITIVE, margin=1.0),
    )
    direction = (outcome(Case("Kraken; hacked", "Kraken", "p"), POSITIVE, NEGATIVE, margin=1.5),)
    return [
        TestResult("fall denied", "Negation", "MFT", "not Negative", negation),
        TestResult("other coin", "Entities", "INV", "same class", entities),
        TestResult("hack added", "Direction", "DIR", "score falls", direction),
    ]


def test_every_case_is_a_row_and_survives_the_file(tmp_path: Path) -> None:
    write_table(tmp_path / "cases.csv", checklist.case_table(results(-0.2, 0.3)))
    table = read_table(tmp_path / "cases.csv")
    assert table["failed"].tolist() == [1, 0, 1, 0, 0]
    swapped = table.iloc[2]
    assert (swapped["original"], swapped["text"], swapped["source"]) == ("NA, says BTC", "NA, says ETH", "headline")
    assert (swapped["original_class"], swapped["class"]) == (CLASS_NAMES[2], CLASS_NAMES[0])
    assert (swapped["original_positive"], swapped["negative"]) == (0.8, 0.9)
    assert table["original"].tolist()[:2] == ["", ""] and table["original_class"].tolist()[:2] == ["", ""]


def test_metrics_are_about_one_model_version_and_plain_data() -> None:
    found = json.loads(json.dumps(checklist.metrics(results(-0.2, -0.1, -0.3, 0.3), "abc", 0.5)))
    assert found["model_version"] == "abc"
    assert found["minimum_functionality"] == {"failure_rate": 0.75, "maximum": 0.5, "reached": 0}
    assert found["invariance"]["failure_rate"] == 0.5 and found["direction"]["failure_rate"] == 0
    assert found["tests"] == {"fall_denied": 0.75, "other_coin": 0.5, "hack_added": 0}


def test_the_rate_table_has_wilsons_interval() -> None:
    row = checklist.rate_table(results(-0.2, -0.1, -0.3, 0.3)).iloc[0]
    assert (row["cases"], row["failures"], row["failure_rate"]) == (4, 3, 0.75)
    assert (row["low"], row["high"]) == pytest.approx((0.3006, 0.9544), abs=1e-3)


def test_texts_are_predicted_in_batches_and_in_order(tfidf_artifact: Path) -> None:
    from barometer.predictor import Predictor

    predictor = Predictor.load(tfidf_artifact, threads=1)
    texts = [f"Bitcoin drops {i}%" for i in range(300)]
    np.testing.assert_allclose(
        checklist.predict_in_batches(predictor, texts), predictor.predict_proba(texts), atol=1e-6
    )


def test_an_unknown_model_is_refused() -> None:
    from barometer.settings import SettingsError

    with pytest.raises(SettingsError, match="unknown model 'gpt'; expected one of tfidf, bert"):
        checklist.main("gpt")


def side_by_side() -> dict[str, pd.DataFrame]:
    return {
        "tfidf": checklist.case_table(results(-0.2, -0.1, -0.3, 0.3, -0.2)),
        "bert": checklist.case_table(results(-0.2, 0.1, 0.3, 0.3, 0.2)),
    }


def test_counts_of_both_models_stand_side_by_side() -> None:
    rates = compare_checklists.rates_side_by_side(side_by_side())
    negation = rates.iloc[0]
    assert (negation["test"], negation["cases"], negation["tfidf"], negation["bert"]) == ("fall denied", 5, 4, 1)
    assert (negation["tfidf_only"], negation["bert_only"]) == (3, 0)
    assert negation["p_value"] == pytest.approx(3 * 2 / 8)  # exact McNemar of 3 against 0, three tests
    assert rates["test"].tolist() == ["fall denied", "other coin", "hack added"]


def test_models_that_were_given_other_cases_are_not_compared() -> None:
    cases = side_by_side()
    compare_checklists.same_cases(cases)
    cases["bert"].loc[0, "text"] = "another"
    with pytest.raises(ValueError, match="the cases of tfidf and bert differ; run `dvc repro checklist`"):
        compare_checklists.same_cases(cases)


def test_the_plot_is_drawn_alike_each_time(tmp_path: Path) -> None:
    from barometer.checks.gap import failure_gap

    cases = side_by_side()
    names, failed = cases["tfidf"]["test"].to_numpy(dtype=str), cases["tfidf"]["failed"].to_numpy(dtype=bool)
    gap = failure_gap(names, names, failed, ~failed, np.random.default_rng(0), 50)
    found = Comparison(compare_checklists.rates_side_by_side(cases), cases, gap, 0.5, 1, False)
    for name in ("a.png", "b.png"):
        plot_failure_rates(tmp_path / name, found)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 5000


def test_numbers_for_tracking_hold_the_gap_and_both_models(tmp_path: Path) -> None:
    from barometer.checks.gap import Gap
    from barometer.checks.results import Interval

    cases = side_by_side()
    gap = Gap(Interval(0.6, 0.2, 1.0), Interval(0.6, 0.1, 1.0))
    found = Comparison(compare_checklists.rates_side_by_side(cases), cases, gap, 0.5, 1, False)
    metrics = compare_checklists.metrics(found)
    assert metrics["negation_gap"] == {
        "over_cases": {"value": 0.6, "low": 0.2, "high": 1.0},
        "over_phrasings": {"value": 0.6, "low": 0.1, "high": 1.0},
    }
    assert metrics["failure_rate"]["tfidf"]["negation"] == 0.8  # type: ignore[index]
    assert metrics["tests_passed_better"] == {"tfidf": 0, "bert": 0}
