from typing import Any

import pytest

from barometer.settings import SettingsError, validate
from pipelines.studies.active_learning.settings import WHERE, ActiveLearningSettings, check


def settings(**changes: Any) -> ActiveLearningSettings:
    values: dict[str, Any] = {
        "pool": 200,
        "initial": 20,
        "labels": 100,
        "seeds": 3,
        "target_share": 0.95,
        "passes": 5,
        "chosen": "margin",
        "main_learner": "head",
        "main_query_size": 20,
        "strategies": ["random", "margin", "bald", "badge"],
        "learners": {"head": {"query_sizes": [10, 20]}, "tfidf": {"query_sizes": [20]}},
        "head": {"hidden": 8, "dropout": 0.5, "steps": 10, "lr": 0.01, "weight_decay": 0.1},
    }
    return validate(ActiveLearningSettings, values | changes, WHERE)


def test_good_settings_pass() -> None:
    check(settings(), 200)


def test_a_learner_runs_what_it_can_serve_and_the_rest_is_known() -> None:
    params = settings()
    assert params.strategies_of("head") == ["random", "margin", "bald", "badge"]
    assert params.strategies_of("tfidf") == ["random", "margin"]
    assert params.left_out("tfidf") == ["bald", "badge"]
    assert params.left_out("head") == []


def test_an_unknown_strategy_is_answered_with_those_that_exist() -> None:
    with pytest.raises(
        SettingsError, match=r"experiment\.active_learning: strategies\.1 = 'guess': .*'random', 'least_c"
    ):
        settings(strategies=["random", "guess"])


def test_an_unknown_learner_is_answered_with_those_that_exist() -> None:
    with pytest.raises(SettingsError, match=r"learners\.svm.*'head', 'tfidf' or 'bert'"):
        settings(learners={"svm": {"query_sizes": [20]}})


HEAD = {"query_sizes": [20]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": 300}, r"labels = 300: the pool has 200 headlines"),
        ({"initial": 100}, r"initial = 100: expected fewer than labels = 100"),
        (
            {"learners": {"head": {"query_sizes": [20, 5000]}}},
            r"learners\.head\.query_sizes = 5000: expected at most 80, which is labels - initial, of a pool of 200",
        ),
        (
            {"learners": {"head": {"query_sizes": [10]}}},
            r"learners\.head\.query_sizes = \[10\]: expected main_query_size = 20 in it",
        ),
        (
            {"learners": {"head": {"query_sizes": [20, 20]}}},
            r"learners\.head\.query_sizes = \[20, 20\]: expected each once",
        ),
        ({"strategies": ["margin", "bald"]}, r"strategies = \['margin', 'bald'\]: expected 'random' in it"),
        ({"strategies": ["random", "margin", "margin"]}, r"strategies = .*: expected each once"),
        (
            {"learners": {"head": HEAD, "tfidf": HEAD | {"strategies": ["random", "bald"]}}},
            r"learners\.tfidf\.strategies = 'bald': tfidf gives no samples; expected some of random, least_confidence, "
            r"margin, entropy",
        ),
        ({"main_learner": "bert"}, r"main_learner = 'bert': expected one of learners: head, tfidf"),
        (
            {"chosen": "bald"},
            r"chosen = 'bald': expected one that head runs and that needs only probabilities: random, margin",
        ),
        ({"chosen": "entropy"}, r"chosen = 'entropy': expected one that head runs"),
    ],
)
def test_what_does_not_go_together_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"^experiment\.active_learning\.{message}"):
        check(settings(**changes), 200)


def test_the_first_strategies_named_for_a_learner_are_all_that_it_runs() -> None:
    params = settings(learners={"head": HEAD | {"strategies": ["random", "margin"]}})
    check(params, 200)
    assert params.strategies_of("head") == ["random", "margin"]
