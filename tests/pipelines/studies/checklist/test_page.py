"""The words of the checklist's report follow from the counts."""

from typing import Any

import pandas as pd
import pytest

from barometer.checks.gap import Gap
from barometer.checks.results import Interval
from pipelines.studies.checklist.page import checklist_page
from pipelines.studies.checklist.tables import Comparison

RATES = pd.DataFrame(
    [
        ("rise denied", "Negation", "MFT", "not Positive", 100, 80, 60, 30, 10, 0.002),
        ("fall denied", "Negation", "MFT", "not Negative", 100, 90, 70, 30, 10, 0.002),
        ("plain words", "Vocabulary", "MFT", "Positive", 100, 10, 0, 10, 0, 0.01),
        ("other coin", "Entities", "INV", "same class", 100, 2, 9, 1, 8, 0.04),
        ("negation added", "Negation", "DIR", "score rises", 100, 50, 40, 20, 10, 0.2),
        ("hack added", "Direction", "DIR", "score falls", 100, 9, 8, 2, 1, 1.0),
    ],
    columns=["test", "capability", "kind", "expected", "cases", "tfidf", "bert", "tfidf_only", "bert_only", "p_value"],
)


def case(test: str, text: str, margin: float, source: str = "template", original: str = "") -> dict[str, Any]:
    scores = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}
    before = {f"original_{name}": value for name, value in zip(scores, (0.1, 0.2, 0.7), strict=True)}
    kinds = RATES.set_index("test").loc[test, ["capability", "kind", "expected"]].to_dict()
    return {
        "test": test, **kinds, "source": source, "original": original, "text": text,
        "original_class": "Positive" if original else "", "class": "Negative", **before, **scores,
        "margin": margin, "failed": int(margin < 0),
    }  # fmt: skip


CASES = pd.DataFrame(
    [
        case("fall denied", "BTC will not fall", -0.2, "a"),
        case("fall denied", "BTC will not crash", -0.9, "b"),
        case("fall denied", "ETH will not crash", -0.8, "b"),
        case("fall denied", "BTC will not sink", 0.4, "c"),
        case("other coin", "A real title about ETH", -0.99, "headline", "A real title about BTC"),
        case("other coin", "ADA unchanged", -0.5, "d", "BTC unchanged"),
        case("hack added", "Kraken hacked", -0.1, "e", "Kraken opens"),
    ]
)
CLEAR, PHRASINGS, CHANCE = (0.1, 0.3), (-0.05, 0.4), (-0.1, 0.2)


def comparison(
    *, rates: pd.DataFrame = RATES, gap: float = 0.2, over_cases: tuple[float, float] = CLEAR,
    over_phrasings: tuple[float, float] = CLEAR, maximum: float = 0.5, real_titles: bool = False,
) -> Comparison:  # fmt: skip
    found = Gap(Interval(gap, *over_cases), Interval(gap, *over_phrasings))
    return Comparison(rates, {"tfidf": CASES, "bert": CASES}, found, maximum, 2, real_titles)


def test_the_negation_gap_is_the_headline() -> None:
    finding = checklist_page(comparison()).finding
    assert finding.startswith(
        "On the tests of negation tf-idf fails 85.0% of the cases and BERT 65.0%: a gap of 20.0 points, 95 % interval "
        "[10.0, 30.0] over cases and [10.0, 30.0] over phrasings. BERT reads negation better than tf-idf. "
        "Neither can be relied on: both fail more often than not."
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (comparison(over_cases=CHANCE), "The models are not shown to differ in reading negation."),
        (
            comparison(over_phrasings=PHRASINGS),
            "BERT reads these phrasings better than tf-idf; for other phrasings that is not shown.",
        ),
        (
            comparison(gap=-0.2, over_cases=(-0.3, -0.1), over_phrasings=(-0.3, -0.1)),
            "tf-idf reads negation better than BERT.",
        ),
        (comparison(rates=RATES.assign(tfidf=9, bert=8)), "Both pass more often than they fail."),
        (comparison(rates=RATES.assign(tfidf=70, bert=8)), "BERT passes more often than it fails, tf-idf does not."),
        (comparison(rates=RATES.assign(tfidf=8, bert=70)), "tf-idf passes more often than it fails, BERT does not."),
        (comparison(), "BERT fails less often on 3 of 6 tests and tf-idf on 1 (other coin)."),
        (comparison(rates=RATES.assign(p_value=0.2)), "BERT fails less often on 0 of 6 tests and tf-idf on none."),
        (comparison(), "tf-idf fails 60.0% and may not; BERT fails 43.3% and may ship."),
        (comparison(), "does not move the score its way in 50.0% (tf-idf) and 40.0% (BERT) of the cases."),
        (comparison(maximum=0.4), "tf-idf fails 60.0% and may not; BERT fails 43.3% and may not."),
    ],
)
def test_the_words_follow_from_the_numbers(found: Comparison, words: str) -> None:
    assert words in checklist_page(found).finding


def test_every_test_has_its_row_with_intervals_and_a_p_value() -> None:
    body = checklist_page(comparison()).body
    assert "| rise denied | Negation | MFT | not Positive | 80.0 [71.1, 86.7] | 60.0 [50.2, 69.1] | 0.002 |" in body
    assert "| Negation | MFT | 2 | 85.0 [79.4, 89.3] | 65.0 [58.2, 71.3] |" in body
    assert "| fall denied | Negation | MFT |" in "\n".join(
        checklist_page(comparison(rates=RATES.assign(p_value=1e-9))).body
    )
    assert any(
        line.endswith("| < 0.001 |") for line in checklist_page(comparison(rates=RATES.assign(p_value=1e-9))).body
    )


def test_the_worst_failures_come_first_and_from_different_phrasings() -> None:
    found = comparison()
    assert found.worst("bert", "fall denied")["text"].tolist() == ["BTC will not crash", "BTC will not fall"]
    body = "\n".join(checklist_page(found).body)
    assert "- BERT: “BTC will not crash” is called Negative (P = 0.70)" in body
    assert "- tf-idf: “BTC unchanged” → “ADA unchanged”: Positive → Negative" in body
    assert "“Kraken opens” → “Kraken hacked”: score +0.60 → -0.60" in body
    assert "ETH will not crash" not in body and "BTC will not sink" not in body


def test_titles_of_a_real_corpus_stay_out_of_the_report() -> None:
    assert "A real title" not in "\n".join(checklist_page(comparison()).body)
    assert "A real title" in "\n".join(checklist_page(comparison(real_titles=True)).body)
