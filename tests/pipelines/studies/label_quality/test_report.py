from dataclasses import replace
from typing import Any

import numpy as np

from barometer.stats import Estimate, rate
from pipelines.studies.label_quality.analysis import Check, ModelOpinion, Result, Worst
from pipelines.studies.label_quality.confident_learning import Detection
from pipelines.studies.report import pages

JOINT = [[0.30, 0.02, 0.00], [0.03, 0.30, 0.00], [0.08, 0.02, 0.25]]
SHOWN = Estimate(0.5, 0.4, 0.6)
RUN = {"command": "dvc repro", "date": "2024-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {}}
SUSPECT = np.arange(300) % 3 == 2  # every third label, each given as positive
RESULT = Result(
    class_counts=[100, 100, 100],
    models={"bert": ModelOpinion(0.79, 100, 0.15), "tfidf": ModelOpinion(0.74, 100, 0.0)},
    shared=rate(SUSPECT, np.ones(300, dtype=bool)),
    overlap=1.0,
    listed=100,
    given=[2] * 100,
    suggested=[0] * 100,
    joint=np.mean([JOINT, np.eye(3) / 3], axis=0).tolist(),
    rates={"expert": rate(SUSPECT, np.ones(300, dtype=bool))},
    ratios={"differed_over_agreed": Estimate(2.7, 2.2, 3.4)},
    check=Check(Detection(SHOWN, SHOWN, Estimate(0.86, 0.84, 0.87), SHOWN), 0.695, 0.05, 3),
    confidence=0.95,
    review="outputs/studies/label_quality/review.csv",
    worst=[],
)


def finding(**changes: Any) -> str:
    return pages("label_quality", "demo", replace(RESULT, **changes), RUN)[1]["finding"]


def test_finding_has_count_check_and_annotators() -> None:
    found = finding()
    assert "Every model suspects 100 of 300 labels (33.3 [28.2, 38.8]%)" in found
    assert "estimates that 0.0 to 15.0% are wrong" in found
    assert "50.0 [40.0, 60.0]% of the labels it suspects were flipped, against 5% by chance" in found
    assert found.endswith("are suspected 2.70 [2.20, 3.40] times as often as those whose annotators agreed.")


def test_failed_check_is_reported() -> None:
    poor = replace(RESULT.check, detection=replace(RESULT.check.detection, auroc=Estimate(0.52, 0.48, 0.56)))
    expected = "does not show that the method finds flipped labels better than chance: AUROC 0.52"
    assert expected in finding(check=poor)


def test_ratio_near_one_shows_nothing() -> None:
    assert finding(ratios={"crowd_over_expert": Estimate(1.1, 0.9, 1.3)}).endswith(
        "Crowd labels are not shown to be suspected more or less often than expert labels (ratio 1.10 [0.90, 1.30])."
    )


def test_one_model_is_named_alone() -> None:
    assert finding(models={"bert": ModelOpinion(0.79, 100, 0.15)}).startswith("bert suspects 100 of 300 labels")


def test_caption_and_confused_classes() -> None:
    page, summary = pages("label_quality", "demo", RESULT, RUN)
    assert "most are given as positive and suggested as negative (100)" in summary["caption"]
    # of bert's joint and a perfect one: (0.08 + 0.00) / 2, (0.02 + 0.03) / 2, (0.00 + 0.02) / 2
    assert (
        "Negative and Positive (4.0% of all labels);\nNegative and Neutral (2.5% of all labels);\n"
        "Neutral and Positive (1.0% of all labels)." in page
    )


def test_no_suspect_leaves_caption_whole() -> None:
    _, summary = pages("label_quality", "demo", replace(RESULT, given=[], suggested=[]), RUN)
    assert summary["caption"].startswith("Left: suspected labels by given and suggested class. Right:")


def test_quoted_text_cannot_break_table() -> None:
    quoted = replace(RESULT, worst=[Worst("Up | down", "Positive", "Negative", 0.0123)])
    assert "| Up \\| down | Positive | Negative | 0.01 |" in pages("label_quality", "demo", quoted, RUN)[0]
    assert "## The worst labels" not in pages("label_quality", "demo", RESULT, RUN)[0]
