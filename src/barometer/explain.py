"""Which words moved a prediction: each word is left out in turn, and the change is the effect of the word.

Occlusion (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks"), on words the erasure of
Li, Monroe and Jurafsky 2016, "Understanding Neural Networks through Representation Erasure". It needs only
probabilities, so it works for every model here. Effects do not add up to the prediction: words act together.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_WORDS = 40
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class WordEffect:
    """The effect of a word on a prediction.

    Attributes:
        word: as it stands in the text, with its punctuation; it is `text[start:end]`.
        start: index of its first character in the text.
        end: index after its last character.
        effect: probability of each class, in class order, minus its probability without the word. Each is in [-1, 1],
            positive where the word speaks for the class; they sum to 0.
    """

    word: str
    start: int
    end: int
    effect: tuple[float, float, float]


def erasures(text: str, most: int = MAX_WORDS) -> list[str]:
    """The text itself, then the text without its first word, without its second, and so on up to `most` words."""
    return [text, *(text[: word.start()] + text[word.end() :] for word in _words(text, most))]


def word_effects(text: str, probabilities: NDArray[np.floating[Any]], most: int = MAX_WORDS) -> list[WordEffect]:
    """The effect of each word of `text`, in the order of the text.

    Args:
        text: the headline.
        probabilities: of `erasures(text, most)`, shape (1 + words, 3), class order.
        most: how many words at most, counted from the first.

    Raises:
        ValueError: if there is not one row for each of the erasures.
    """
    words = _words(text, most)
    if probabilities.shape != (1 + len(words), 3):
        raise ValueError(f"probabilities of shape {probabilities.shape}; expected {(1 + len(words), 3)}, see erasures")
    effects = (probabilities[0] - probabilities[1:]).tolist()
    return [
        WordEffect(word.group(), word.start(), word.end(), (negative, neutral, positive))
        for word, (negative, neutral, positive) in zip(words, effects, strict=True)
    ]


def _words(text: str, most: int) -> list[re.Match[str]]:
    return list(_WORD.finditer(text))[:most]
