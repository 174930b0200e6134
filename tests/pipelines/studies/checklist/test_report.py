"""The words of the report follow from the counts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barometer.stats import Estimate
from pipelines.studies.checklist.analysis import Compared, Failure, Result
from pipelines.studies.checklist.figures import draw
from pipelines.studies.checklist.gap import Gap
from pipelines.studies.report import pages

RUN = {"command": "dvc repro", "date": "2024-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {}}
CLEAR, PHRASINGS, CHANCE, REVERSED = (0.1, 0.3), (-0.05, 0.4), (-0.1, 0.2), (-0.3, -0.1)
DENIED = Failure("BTC will not crash", "", "", "Negative", 0.7, 0.0, -0.6)
SWAPPED = Failure("ADA unchanged", "BTC unchanged", "Positive", "Negative", 0.7, 0.6, -0.6)
HACKED = Failure("Kraken hacked", "Kraken opens", "Positive", "Negative", 0.7, 0.6, -0.6)


def counted(*row: Any, worst: tuple[Failure, ...] = ()) -> Compared:
    *names, cases, tfidf, bert, tfidf_only, bert_only, p_value = row
    alone = {"tfidf": tfidf_only, "bert": bert_only}
    return Compared(*names, cases, {"tfidf": tfidf, "bert": bert}, alone, p_value, {"tfidf": worst, "bert": worst})


TESTS = [
    counted("rise denied", "Negation", "MFT", "not Positive", 100, 80, 60, 30, 10, 0.002),
    counted("fall denied", "Negation", "MFT", "not Negative", 100, 90, 70, 30, 10, 0.002, worst=(DENIED,)),
    counted("plain words", "Vocabulary", "MFT", "Positive", 100, 10, 0, 10, 0, 0.01),
    counted("other coin", "Entities", "INV", "same class", 100, 2, 9, 1, 8, 0.04, worst=(SWAPPED,)),
    counted("negation added", "Negation", "DIR", "score rises", 100, 50, 40, 20, 10, 0.2),
    counted("hack added", "Direction", "DIR", "score falls", 100, 9, 8, 2, 1, 1.0, worst=(HACKED,)),
]


def made(
    *, gap: float = 0.2, over_cases: tuple[float, float] = CLEAR, over_phrasings: tuple[float, float] = CLEAR,
    maximum: float = 0.5, real_titles: bool = False, **changes: Any,
) -> Result:  # fmt: skip
    """The result of these tests, in each of which some figures are changed."""
    tests = [replace(test, **changes) for test in TESTS]
    found = Gap(Estimate(gap, *over_cases), Estimate(gap, *over_phrasings))
    return Result({"tfidf": "a", "bert": "b"}, tests, found, maximum, real_titles)


def finding(**changes: Any) -> str:
    return pages("checklist", "demo", made(**changes), RUN)[1]["finding"]


def page(**changes: Any) -> str:
    return pages("checklist", "demo", made(**changes), RUN)[0]


def test_the_negation_gap_comes_first() -> None:
    assert finding().startswith(
        "On the tests of negation tf-idf fails 85.0% of the cases and BERT 65.0%: a gap of 20.0 points, 95% interval "
        "[10.0, 30.0] over cases and [10.0, 30.0] over phrasings. BERT reads negation better than tf-idf. "
        "Neither can be relied on: both fail more often than not."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"over_cases": CHANCE}, "The models are not shown to differ in reading negation."),
        (
            {"over_phrasings": PHRASINGS},
            "BERT reads these phrasings better than tf-idf; for other phrasings that is not shown.",
        ),
        (
            {"gap": -0.2, "over_cases": REVERSED, "over_phrasings": REVERSED},
            "tf-idf reads negation better than BERT.",
        ),
        ({"failed": {"tfidf": 9, "bert": 8}}, "Both pass more often than they fail."),
        ({"failed": {"tfidf": 70, "bert": 8}}, "BERT passes more often than it fails, tf-idf does not."),
        ({"failed": {"tfidf": 8, "bert": 70}}, "tf-idf passes more often than it fails, BERT does not."),
        ({}, "BERT fails less often on 3 of 6 tests and tf-idf on 1 (other coin)."),
        ({"p_value": 0.2}, "BERT fails less often on 0 of 6 tests and tf-idf on none."),
        ({}, "at most 50% of all minimum functionality cases: tf-idf fails 60.0% and may not; BERT fails 43.3% and"),
        ({}, "does not move the score as it should in 50.0% (tf-idf) and 40.0% (BERT) of the cases."),
        ({"maximum": 0.4}, "tf-idf fails 60.0% and may not; BERT fails 43.3% and may not."),
    ],
)
def test_the_words_follow_the_numbers(changes: dict[str, Any], words: str) -> None:
    assert words in finding(**changes)


def test_every_test_has_its_row() -> None:
    lines = page().splitlines()
    assert "| rise denied | Negation | MFT | not Positive | 80.0 [71.1, 86.7] | 60.0 [50.2, 69.1] | 0.002 |" in lines
    assert "| Negation | MFT | 2 | 85.0 [79.4, 89.3] | 65.0 [58.2, 71.3] |" in lines
    assert "| < 0.001 |" in page(p_value=1e-9)


def test_worst_failures_read_by_kind() -> None:
    lines = page().splitlines()
    assert "- BERT: “BTC will not crash” is called Negative (P = 0.70)" in lines
    assert "- tf-idf: “BTC unchanged” → “ADA unchanged”: Positive → Negative" in lines
    assert "- BERT: “Kraken opens” → “Kraken hacked”: score +0.60 → -0.60" in lines
    assert "**hack added** (DIR, expected: score falls)" in lines
    assert not any(line.startswith("**plain words**") for line in lines)


def test_the_source_of_examples_is_stated() -> None:
    assert "From templates only;" in page()
    assert "held-out headlines of the demo corpus, which is synthetic" in page(real_titles=True)


def test_the_plot_is_drawn_alike(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draw(made(), tmp_path / name)
    first, second = ((tmp_path / name / "failure_rates.png").read_bytes() for name in ("a", "b"))
    assert first == second and len(first) > 5000
