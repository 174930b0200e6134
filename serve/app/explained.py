"""A prediction with the words behind it as HTML."""

from typing import Any

from barometer.explain import WordEffect
from serve.api.explained import Explained, likeliest
from serve.api.words import effect_words, news_words, percents
from serve.markup import render

# An effect below half a percentage point is shown as none.
_SEEN = 0.005


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
