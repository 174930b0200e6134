import re
from functools import cache
from typing import Any

import numpy as np
import pytest

from barometer.settings import validate
from barometer.stats import Estimate
from pipelines.studies.active_learning.curves import Comparison
from pipelines.studies.active_learning.loop import Oracle, Runs
from pipelines.studies.active_learning.page import choice, comparison_with_random, page, verdict
from pipelines.studies.active_learning.settings import WHERE, ActiveLearningSettings
from pipelines.studies.active_learning.summary import Found, summarise
from pipelines.studies.active_learning.tables import labels_shown, points

LABELS = np.array([50, 100, 150])
ORACLE = Oracle(np.repeat([0, 1, 2], [50, 25, 25]), np.arange(30) % 3)
RISES = {"random": 0.05, "margin": 0.1, "entropy": 0.05, "least_confidence": 0.0, "bald": 0.05}


def params(**changes: Any) -> ActiveLearningSettings:
    values: dict[str, Any] = {
        "pool": 100,
        "initial": 50,
        "labels": 150,
        "seeds": 8,
        "target_share": 0.95,
        "passes": 5,
        "chosen": "margin",
        "main_learner": "head",
        "main_query_size": 50,
        "strategies": list(RISES),
        "learners": {"head": {"query_sizes": [50]}, "tfidf": {"query_sizes": [50]}},
        "head": {"hidden": 8, "dropout": 0.5, "steps": 10, "lr": 0.01, "weight_decay": 0.1},
    }
    return validate(ActiveLearningSettings, values | changes, WHERE)


@cache
def found(title: str = "little network", **rises: float) -> Found:
    """Eight curves for each strategy that rise from 0.5 by so much a batch, with a little noise."""
    rng, runs = np.random.default_rng(0), {}
    for strategy, rise in rises.items():
        accuracy = 0.5 + rise * np.arange(3) + 0.004 * rng.normal(size=(8, 3))
        queried = np.tile([60, 20, 20], (8, 1))
        runs[50, strategy] = Runs(LABELS, accuracy, accuracy, queried, np.full((8, 2), 0.0123))
    rows = summarise(runs, 0.72, 0.95 * 0.72, np.random.default_rng(1), samples=100, confidence=0.95)
    return Found(title, 0.72, 0.95 * 0.72, runs, rows)


def test_better_worse_and_open_strategies_are_named() -> None:
    sentence = comparison_with_random(params(), found(**RISES), 0.95)
    assert re.match(r"A little network that asks at random for batches of 50 is right on 5\d\.\d \[", sentence)
    assert re.search(r"it learns more by margin \(\+[45]\.\d points \[.*\]\);", sentence)
    assert re.search(r"it learns less by least confidence \(-[45]\.\d points", sentence)
    assert sentence.endswith("not shown to differ: entropy, BALD.")


def test_no_help_is_said_plainly() -> None:
    worse = comparison_with_random(params(), found(random=0.05, margin=0.0), 0.95)
    assert "no strategy is shown to help; it learns less by margin" in worse
    same = comparison_with_random(params(), found(random=0.05, margin=0.05, entropy=0.05), 0.95)
    assert "none of 2 strategies is shown to differ from that, from " in same
    one = comparison_with_random(params(), found(random=0.05, margin=0.05), 0.95)
    assert re.search(r"; margin \(.*\) is not shown to differ from that\.$", one)


@pytest.mark.parametrize(
    ("chosen", "rises", "expected"),
    [
        (
            "margin",
            RISES,
            r"`margin`; with the little network the numbers support that choice: it beats random",
        ),
        (
            "entropy",
            RISES,
            r"`entropy`; with the little network the numbers speak against that choice, because .*: margin",
        ),
        (
            "random",
            RISES,
            r"`random`; with the little network the numbers speak against that choice, because .*: margin",
        ),
        (
            "random",
            {"random": 0.05, "margin": 0.05},
            r"speak for nothing else: it is the baseline, and none of the others",
        ),
        (
            "entropy",
            {"random": 0.05, "entropy": 0.05},
            r"`entropy`; with the little network the numbers do not show that it beats random sampling, and none",
        ),
        # Better than what it would have to beat to be chosen cannot be worse than random sampling: that is a rival too.
        ("margin", {"random": 0.05, "margin": 0.0}, r"speak against that choice, because these do better: random"),
    ],
)
def test_the_choice_of_production_is_judged(chosen: str, rises: dict[str, float], expected: str) -> None:
    assert re.search(expected, choice(params(chosen=chosen), found(**rises), 0.95))


def test_strategies_that_production_cannot_use_are_no_rivals() -> None:
    rises = {"random": 0.0, "margin": 0.05, "bald": 0.2}
    assert "support that choice" in choice(params(), found(**rises), 0.95)


@pytest.mark.parametrize(
    ("difference", "adjusted", "expected"), [(0.1, 0.01, "better"), (-0.1, 0.01, "worse"), (0.1, 0.06, "open")]
)
def test_verdict_follows_the_corrected_p_value(difference: float, adjusted: float, expected: str) -> None:
    assert verdict(Comparison(Estimate(difference, 0, 1), 0.001, adjusted), 0.95) == expected


def test_points_are_signed() -> None:
    assert points(Comparison(Estimate(0.012, -0.003, 0.027), 0.1, 0.1)) == "+1.2 points [-0.3, 2.7]"


def test_numbers_of_labels_that_were_not_reached_are_censored() -> None:
    assert labels_shown(Estimate(310.4, 260, float("inf")), 500) == "310 [260, > 500]"
    assert labels_shown(Estimate(float("inf"), 260, float("inf")), 500) == "not within 500"


def test_the_page_is_whole() -> None:
    everything = {
        "head": found(**RISES),
        "tfidf": found("tf-idf regression", **{s: r for s, r in RISES.items() if s != "bald"}),
    }
    made = page(params(), everything, ORACLE, 0.95)  # type: ignore[arg-type]
    body = "\n".join(made.body)
    assert made.question.endswith("?")
    assert made.finding.count("that asks at random for batches of 50") == 2
    assert made.finding.endswith("none of the others that it could use is shown to do better.")
    assert "100 labelled headlines" in made.method
    assert "a little network (`head`) and a tf-idf regression (`tfidf`)" in made.method
    assert "### little network, batches of 50" in body
    assert "| the pool | 50% | 25% | 25% |" in body
    assert "| head, margin | 60% | 20% | 20% |" in body
    assert "Left out, because `tfidf` gives only probabilities: BALD (needs Monte-Carlo draws)." in body
    assert "| margin | 12.3 | 12.3 |" in body
    assert "68.4 % is 95% of the 72.0 % with the whole pool." in body
    assert "](differences.png)" in body
