from typing import Any, get_args

import pytest

from barometer.query.strategies import STRATEGIES
from barometer.settings import SettingsError, validate
from pipelines.studies.active_learning.methods.learners import LEARNERS
from pipelines.studies.active_learning.methods.plan import (
    WHERE,
    ActiveLearningSettings,
    LearnerName,
    StrategyName,
    check,
)


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


def test_tables_and_parameters_name_the_same() -> None:
    assert set(get_args(LearnerName)) == set(LEARNERS)
    assert set(get_args(StrategyName)) == set(STRATEGIES)


def test_good_settings_pass() -> None:
    check(settings(), 200)


def test_learner_runs_what_it_serves() -> None:
    params = settings()
    assert params.strategies_of("head") == ["random", "margin", "bald", "badge"]
    assert params.strategies_of("tfidf") == ["random", "margin"]
    assert params.left_out("tfidf") == ["bald", "badge"]
    assert params.left_out("head") == []


def test_unknown_strategy_names_known_ones() -> None:
    with pytest.raises(
        SettingsError, match=r"experiment\.active_learning: strategies\.1 = 'guess': .*'random', 'least_c"
    ):
        settings(strategies=["random", "guess"])


def test_unknown_learner_names_known_ones() -> None:
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
def test_contradictions_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"^experiment\.active_learning\.{message}"):
        check(settings(**changes), 200)


def test_named_strategies_are_all_run() -> None:
    params = settings(learners={"head": HEAD | {"strategies": ["random", "margin"]}})
    check(params, 200)
    assert params.strategies_of("head") == ["random", "margin"]
    assert params.left_out("head") == []
