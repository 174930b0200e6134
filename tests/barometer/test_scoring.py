"""A model artifact as live scoring takes it, with what its card says of news and of the barometer."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barometer.card import ArtifactError
from barometer.predictor import Predictor
from barometer.prevalence import Prevalence
from barometer.scoring import scorer_of

TITLES = {7: "Bitcoin surges in week 1", 8: "Ethereum crashes in week 0"}


def with_calibration(folder: Path, calibration: dict[str, Any]) -> Predictor:
    predictor = Predictor.load(folder, threads=1)
    predictor.card = replace(predictor.card, calibration=calibration)
    return predictor


def test_the_card_decides_what_counts(tiny_artifact: Path) -> None:
    probabilities, news = Predictor.load(tiny_artifact, threads=1).score(list(TITLES.values()))
    weights, threshold = (-0.25, 0.0, 1.125), float(news.mean())
    calibration = {
        "news_threshold": threshold,
        "index": {"weights": list(weights), "variance": 0.2, "bias_variance": 0.001},
    }
    scorer = scorer_of(with_calibration(tiny_artifact, calibration))
    assert scorer.prevalence == Prevalence(weights, 0.2, 0.001)
    found = scorer.predict(TITLES)
    assert [score.title_id for score in found] == [7, 8]
    np.testing.assert_array_equal([score.probabilities for score in found], probabilities)
    assert [score.news for score in found] == news.tolist()
    assert [score.counted for score in found] == (news >= threshold).tolist()
    assert [score.value for score in found] == pytest.approx(probabilities @ np.float32(weights), abs=1e-6)


def test_without_a_threshold_everything_counts(tfidf_artifact: Path) -> None:
    scorer = scorer_of(Predictor.load(tfidf_artifact, threads=1))
    assert (scorer.prevalence, scorer.news_threshold) == (Prevalence(), None)
    for score in scorer.predict(TITLES):
        assert (score.counted, score.news, score.value) == (True, 1.0, score.probabilities[2])


@pytest.mark.parametrize("index", [{"weights": [1, 2]}, {"weights": [0, 0, 1]}, "none"])
def test_a_broken_card_is_reported(tfidf_artifact: Path, index: object) -> None:
    with pytest.raises(ArtifactError, match="calibration cannot be read"):
        scorer_of(with_calibration(tfidf_artifact, {"index": index}))
