"""A model artifact as live scoring needs it: probabilities, news, and how they become the barometer."""

from barometer.card import ArtifactError
from barometer.live.score import Scorer
from barometer.predictor import Predictor
from barometer.prevalence import from_calibration


def scorer_of(predictor: Predictor) -> Scorer:
    """The scorer of stored headlines with a predictor's model version.

    Raises:
        ArtifactError: if the card's calibration cannot be read.
    """
    card = predictor.card
    try:
        return Scorer(card.version, predictor.score, from_calibration(card.calibration), card.news_threshold)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"model {card.version}: calibration cannot be read: {error!r}") from None
