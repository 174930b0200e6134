from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.stats import Estimate, rate
from pipelines.studies.label_quality.analysis import Detection, Opinion
from pipelines.studies.label_quality.page import label_quality_page
from pipelines.studies.label_quality.tables import Quality

LABELS = np.tile([0, 1, 2], 100)
SUSPECT = np.arange(300) % 3 == 2  # every third label, each given as positive
JOINT = np.array([[0.30, 0.02, 0.00], [0.03, 0.30, 0.00], [0.08, 0.02, 0.25]])
SHOWN = Estimate(0.5, 0.4, 0.6)
REVIEW = Path("outputs/studies/label_quality/review.csv")


def quality() -> Quality:
    everyone = np.ones(300, dtype=bool)
    opinion = Opinion(SUSPECT, np.full(300, 0.5), JOINT)
    return Quality(
        labels=LABELS,
        suggested=np.zeros(300, dtype=np.int64),
        suspect=SUSPECT,
        opinions={"bert": opinion, "tfidf": replace(opinion, joint=np.eye(3) / 3)},
        accuracies={"bert": 0.79, "tfidf": 0.74},
        overlap=1.0,
        listed=100,
        all_suspects=rate(SUSPECT, everyone),
        rates={"expert": rate(SUSPECT, everyone)},
        ratios={"differed_over_agreed": Estimate(2.7, 2.2, 3.4)},
        detection=Detection(SHOWN, SHOWN, Estimate(0.86, 0.84, 0.87), SHOWN),
        check_accuracy=0.695,
        flip_share=0.05,
        flip_repeats=3,
        confidence=0.95,
    )


def test_the_finding_has_the_count_the_check_and_the_annotators() -> None:
    finding = label_quality_page(quality(), REVIEW, None).finding
    assert "Every model suspects 100 of 300 labels (33.3 [28.2, 38.8] %)" in finding
    assert "estimates that 0.0 to 15.0 % are wrong" in finding
    assert "50.0 [40.0, 60.0] % of what it suspects was falsified, against 5 % by chance" in finding
    assert finding.endswith("are suspected 2.70 [2.20, 3.40] times as often as those whose annotators agreed.")


def test_a_check_that_finds_nothing_is_said_plainly() -> None:
    poor = replace(quality(), detection=Detection(SHOWN, SHOWN, Estimate(0.52, 0.48, 0.56), SHOWN))
    finding = label_quality_page(poor, REVIEW, None).finding
    assert "does not show that the method finds falsified labels better than chance does: AUROC 0.52" in finding


def test_a_ratio_that_may_be_one_is_not_shown_to_differ() -> None:
    even = replace(quality(), ratios={"crowd_over_expert": Estimate(1.1, 0.9, 1.3)})
    finding = label_quality_page(even, REVIEW, None).finding
    assert finding.endswith(
        "Crowd labels are not shown to be suspected more or less often than expert labels (ratio 1.10 [0.90, 1.30])."
    )


def test_pairs_and_overlapping_classes() -> None:
    page = label_quality_page(quality(), REVIEW, None)
    assert "most are given as positive and suggested as negative (100)" in page.caption
    # of bert's joint and a perfect one: (0.08 + 0.00) / 2, (0.02 + 0.03) / 2, (0.00 + 0.02) / 2
    assert any(
        "Negative and Positive (4.0% of all labels); Negative and Neutral (2.5% of all labels); "
        "Neutral and Positive (1.0% of all labels)" in line
        for line in page.body
    )


def test_texts_are_quoted_only_where_they_are_given_and_cannot_break_the_table() -> None:
    worst = pd.DataFrame(
        {"text": ["Up | down"], "current_label": ["Positive"], "suggested_label": ["Negative"], "quality": [0.0123]}
    )
    assert "| Up \\| down | Positive | Negative | 0.01 |" in label_quality_page(quality(), REVIEW, worst).body
    assert "## The worst labels" not in label_quality_page(quality(), REVIEW, None).body
