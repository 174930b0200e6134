"""What is dropped as no news is counted by class, and weighed by what it does to the barometer."""

import numpy as np
import pandas as pd
import pytest

from barometer.prevalence import Prevalence
from pipelines.news_filters import drop_rates, dropped_by_rules, effect_on_index, news_report

TITLES = [
    "Bitcoin rises above a record as traders cheer",
    "Will Ethereum recover before the summer?",
    "Five best wallets for beginners",
    "Bitcoin cai após decisão do banco central sobre juros",
    "Exchange halts withdrawals after an attack",
    "Regulator fines exchange over missing papers",
]


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": TITLES,
            "label": [2, 1, 1, 0, 0, 0],
            "news": [1.0, 1.0, 0.0, 1.0, 1.0, 0.67],
            "news_probability": [0.9, 0.6, 0.2, 0.8, 0.95, 0.3],
            "negative": [0.1, 0.2, 0.1, 0.7, 0.8, 0.8],
            "neutral": [0.1, 0.5, 0.7, 0.2, 0.1, 0.1],
            "positive": [0.8, 0.3, 0.2, 0.1, 0.1, 0.1],
        }
    )


def test_the_crawlers_rules_drop_their_targets() -> None:
    dropped = dropped_by_rules(TITLES)
    assert dropped["not_question"].tolist() == [False, True, False, False, False, False]
    assert dropped["english"].tolist() == [False, False, False, True, False, False]
    assert dropped["verb"][2] and not dropped["verb"][[0, 4]].any()
    np.testing.assert_array_equal(dropped["rules"], dropped["english"] | dropped["verb"] | dropped["not_question"])


def test_rates_are_per_class() -> None:
    dropped = np.array([False, True, True, True, False, False])
    found = drop_rates(dropped, rows()["label"].to_numpy(), rows()["news"].to_numpy() >= 0.5)
    assert {name: (rate.cases, rate.headlines) for name, rate in found.items()} == {
        "negative": (1, 3),
        "neutral": (1, 1),
        "positive": (0, 1),
        "no_news": (1, 1),
    }
    assert found["negative"].share.low < 1 / 3 < found["negative"].share.high


def test_kept_barometers_stand_beside_labels() -> None:
    values, labels = np.array([0.9, 0.2, 0.1]), np.array([2, 1, 0])
    found = effect_on_index(
        {"model": np.array([False, True, False]), "all_of_it": np.ones(3, dtype=bool)}, values, labels, labels != 0
    )
    assert found["all"] == {"headlines": 3, "labelled": pytest.approx(1 / 3), "adjusted": pytest.approx(0.4)}
    assert found["model"] == {"headlines": 2, "labelled": 0.5, "adjusted": 0.5}
    assert found["news"]["headlines"] == 2 and "all_of_it" not in found


def test_models_are_reported_beside_rules() -> None:
    found = news_report(rows(), 0.5, Prevalence())
    assert (found["headlines"], found["news"], found["threshold"]) == (6, 5, 0.5)
    assert found["auroc"].value == 1.0
    assert found["drop_rates"]["model"]["negative"].cases == 1 and found["drop_rates"]["model"]["no_news"].cases == 1
    assert set(found["drop_rates"]) == {"model", "english", "verb", "not_question", "rules"}
    assert found["index"]["all"]["adjusted"] == pytest.approx(1.6 / 6)


def test_without_a_threshold_only_rules_remain() -> None:
    found = news_report(rows(), None, Prevalence())
    assert "auroc" not in found and "model" not in found["drop_rates"] and "model" not in found["index"]
