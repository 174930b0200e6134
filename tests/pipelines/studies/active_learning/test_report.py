import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from barometer.stats import Censored
from pipelines.studies.active_learning.analysis import Result, metrics, tables
from pipelines.studies.report import pages

RUN = {"command": "dvc repro", "date": "2024-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {}}
RISES = {"random": 0.05, "margin": 0.1, "entropy": 0.05, "least_confidence": 0.0, "bald": 0.05}
MakeResult = Callable[..., Result]


def finding(result: Result) -> str:
    return pages("active_learning", "demo", result, RUN)[1]["finding"]


def page(result: Result) -> str:
    return " ".join(pages("active_learning", "demo", result, RUN)[0].split())


def test_better_worse_and_open_are_named(make_result: MakeResult) -> None:
    found = finding(make_result({"head": RISES}))
    assert re.match(
        r"With random batches of 50, a little head classifies 5\d\.\d \[.*\]% of headlines correctly", found
    )
    assert re.search(r"it learns more by margin \(\+[45]\.\d points \[[^;]*\]\);", found)
    assert re.search(r"it learns less by least confidence \(-[45]\.\d points", found)
    assert re.search(r"not shown to differ: (entropy, BALD|BALD, entropy)\. Production", found)


def test_no_help_is_reported(make_result: MakeResult) -> None:
    worse = finding(make_result({"head": {"random": 0.05, "margin": 0.0}}))
    assert "no strategy is shown to help; it learns less by margin" in worse
    same = finding(make_result({"head": {"random": 0.05, "margin": 0.05, "entropy": 0.05}}))
    assert "none of 2 strategies is shown to differ from that, from " in same
    one = finding(make_result({"head": {"random": 0.05, "margin": 0.05}}))
    assert re.search(r"; margin \([^)]*\) is not shown to differ from that\. Production", one)


@pytest.mark.parametrize(
    ("chosen", "rises", "choice", "words"),
    [
        ("margin", RISES, "better", "the numbers support that choice: it beats random sampling, and no other strategy"),
        (
            "least_confidence",
            RISES,
            "beaten",
            r"against that choice, because these do better: random .*margin .*entropy",
        ),
        ("entropy", RISES, "beaten", r"speak against that choice, because these do better: margin"),
        ("random", RISES, "beaten", r"speak against that choice, because these do better: margin"),
        ("random", {"random": 0.05, "margin": 0.05}, "baseline", "that is the baseline itself, and no other strategy"),
        (
            "entropy",
            {"random": 0.05, "entropy": 0.05},
            "open",
            "that is not shown to beat random sampling, and no other",
        ),
        # Better than what it would have to beat to be chosen cannot be worse than random sampling: that is a rival too.
        ("margin", {"random": 0.05, "margin": 0.0}, "beaten", r"these do better: random"),
    ],
)
def test_production_choice_is_judged(
    make_result: MakeResult, chosen: str, rises: dict[str, float], choice: str, words: str
) -> None:
    result = make_result({"head": rises}, chosen=chosen)
    assert result.choice == choice
    assert re.search(rf"Production queries by `{chosen}`\. With the little head, .*{words}", finding(result))


def test_unusable_strategies_are_no_rivals(make_result: MakeResult) -> None:
    assert make_result({"head": {"random": 0.0, "margin": 0.05, "bald": 0.2}}).choice == "better"


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Censored(140.4, 120, None), "| 140 [120, > 150] |"),
        (Censored(None, 120, None), "| not within 150 |"),
    ],
)
def test_unreached_labels_are_censored(make_result: MakeResult, figure: Censored, words: str) -> None:
    result = make_result({"head": {"random": 0.05, "margin": 0.05}})
    one = result.learners["head"]
    changed = replace(one, curves=[replace(curve, needed=figure) for curve in one.curves])
    assert words in page(replace(result, learners={"head": changed}))


def test_whole_page(make_result: MakeResult) -> None:
    result = make_result({"head": RISES, "tfidf": {s: r for s, r in RISES.items() if s != "bald"}})
    tfidf = replace(result.learners["tfidf"], left_out=["bald", "k_center"])
    body = page(replace(result, learners={**result.learners, "tfidf": tfidf}))
    assert "1,000 labelled headlines" in body
    assert "The learners are a little head (`head`) and a little tfidf (`tfidf`)." in body
    assert "### little head, batches of 50" in body
    assert re.search(r"\| margin \| 6\d\.\d \[[^|]*\] \| \+[45]\.\d points \[[^|]*\] \| [\de.-]+ \| 0\.\d\d \[", body)
    assert "| the pool | | 50 | 25 | 25 | |" in body
    assert "| head | margin | 60 | 20 | 20 | 12.3 |" in body
    left_out = "Left out, because `tfidf` gives only probabilities: BALD (needs Monte-Carlo draws), k-center (needs "
    assert left_out in body
    assert "68.4% is 95% of the 72.0% with the whole pool." in body
    assert "](differences.png)" in body


def test_undefined_deficiency_is_named(make_result: MakeResult) -> None:
    result = make_result({"head": {"random": 0.05, "margin": 0.05}})
    one = result.learners["head"]
    curves = [replace(curve, deficiency=Censored(None, None, None)) for curve in one.curves]
    assert "| undefined |" in page(replace(result, learners={"head": replace(one, curves=curves)}))


def test_metrics_leave_out_unreached_labels(make_result: MakeResult) -> None:
    found: Any = metrics(make_result({"head": RISES}))["head"]
    assert found["full_pool_accuracy"] == 0.72
    assert found["query_size_50"]["random"]["deficiency"] == 1
    assert "p_holm" not in found["query_size_50"]["random"]
    assert {"labels_to_target", "labels_to_match_random", "p_holm"} <= set(found["query_size_50"]["margin"])
    assert "labels_to_match_random" not in found["query_size_50"]["least_confidence"]


def test_tables_follow_the_result(make_result: MakeResult) -> None:
    result = make_result({"head": {"random": 0.05, "margin": 0.05}, "tfidf": {"random": 0.05}}, sizes=(25, 50))
    found = tables(result)
    assert len(found["curves.csv"]) == 3 * 2 * 3
    assert list(found["learning_curves.csv"]) == ["labels", "head_random", "head_margin", "tfidf_random"]
    assert len(found["areas.csv"]) == 3 * 2 * 8
    areas = found["areas.csv"].groupby(["learner", "query_size", "strategy"])["area"].mean()
    expected = result.learners["head"].by_size[25][1].area.value
    assert areas["head", 25, "margin"] == pytest.approx(expected, abs=1e-6)
