"""A prediction with the words behind it, in numbers and as HTML."""

from dataclasses import dataclass
from typing import Any

from barometer.explain import WordEffect, erasures, word_effects
from barometer.labels import FIELD_NAMES, Label
from serve.api.switch import ModelSwitch
from serve.api.words import effect_words, news_words, percents
from serve.markup import render

# An effect below half a percentage point is shown as none.
_SEEN = 0.005


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


def answer(found: Explained) -> str:
    """Class, probabilities and words; HTML."""
    strongest = found.strongest()
    end = found.effects[-1].end if found.effects else 0
    return render(
        "explained.html", found=found, words=_words(found), rest=found.text[end:], strongest=strongest,
        without=_without(found, strongest) if strongest else "",
        news="" if found.news_threshold is None else news_words(found.news, found.news_threshold),
    )  # fmt: skip


def _words(found: Explained) -> list[tuple[str, dict[str, Any]]]:
    """Each word with the text before it, and how it is drawn."""
    largest = max([0.1, *(abs(effect.effect[found.label]) for effect in found.effects)])
    words, end = [], 0
    for effect in found.effects:
        moved = effect.effect[found.label]
        side = "p-none" if abs(moved) < _SEEN else "p-for" if moved > 0 else "p-against"
        shown = {"text": effect.word, "side": side, "strength": abs(moved) / largest, "points": effect_words(moved)}
        words.append((found.text[end : effect.start], shown))
        end = effect.end
    return words


def _without(found: Explained, word: WordEffect) -> str:
    """The class without a word: `Negative (60%)`, or `Positive at 40%` if it stays the same."""
    without = found.without(word)
    other, whole = likeliest(without), percents([max(p, 0.0) for p in without])
    return f"{other.title} ({whole[other]}%)" if other != found.label else f"{other.title} at {whole[other]}%"
