"""A prediction with the words behind it, in numbers."""

from dataclasses import dataclass

from barometer.explain import WordEffect, erasures, word_effects
from barometer.labels import FIELD_NAMES, Label
from serve.api.switch import ModelSwitch


@dataclass(frozen=True, slots=True)
class Explained:
    """A headline's probabilities, in class order, by one model version, and the effects of its words on them.

    `news` is the probability of being news, `news_threshold` that from which a headline counts, None if all do.
    """

    text: str
    probabilities: tuple[float, float, float]
    effects: tuple[WordEffect, ...]
    model_version: str
    news: float = 1.0
    news_threshold: float | None = None

    @property
    def label(self) -> Label:
        """The most likely class."""
        return likeliest(self.probabilities)

    def without(self, effect: WordEffect) -> list[float]:
        """The probabilities of the headline without a word."""
        return [p - change for p, change in zip(self.probabilities, effect.effect, strict=True)]

    def strongest(self) -> WordEffect | None:
        """The word that matters most to the class: of those whose removal changes it, if there are any."""
        turning = [effect for effect in self.effects if likeliest(self.without(effect)) != self.label]
        return max(turning or self.effects, key=lambda effect: abs(effect.effect[self.label]), default=None)


def likeliest(probabilities: list[float] | tuple[float, ...]) -> Label:
    """The class of the highest probability, the first of equals."""
    return Label(max(range(len(probabilities)), key=probabilities.__getitem__))


async def explain(model: ModelSwitch, text: str) -> Explained:
    """Score a headline with and without each of its words, all with one model version.

    Raises:
        NotReadyError: before a model is loaded, or if too many requests are waiting.
    """
    scores = await model.score(erasures(text))
    negative, neutral, positive = scores.probabilities[0].tolist()
    effects = word_effects(text, scores.probabilities)
    news = float(scores.news[0])
    probabilities = (negative, neutral, positive)
    return Explained(text, probabilities, tuple(effects), scores.model_version, news, scores.news_threshold)


def as_record(found: Explained) -> dict[str, object]:
    """The numbers for programs: probabilities, label, version, and the effect of each word on each class."""
    words = [
        {"word": effect.word, "start": effect.start, "end": effect.end}
        | dict(zip(FIELD_NAMES, effect.effect, strict=True))
        for effect in found.effects
    ]
    return {
        "text": found.text,
        **dict(zip(FIELD_NAMES, found.probabilities, strict=True)),
        "news": found.news,
        "label": found.label.title,
        "model_version": found.model_version,
        "words": words,
    }
