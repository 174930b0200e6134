"""Occlusion against a model whose effects can be worked out by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from barometer.explain import MAX_WORDS, WordEffect, erasures, word_effects

# Each word adds its row to the even start; rows sum to 0, so that probabilities sum to 1.
START = (0.25, 0.5, 0.25)
WEIGHTS = {"falls": (0.5, -0.25, -0.25), "not": (-0.25, 0.0, 0.25), "Bitcoin": (0.0, 0.0, 0.0)}


def linear(texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array(
        [np.sum([START, *(WEIGHTS.get(word, (0, 0, 0)) for word in text.split())], axis=0) for text in texts]
    )


def occlusion(
    text: str, predict: Callable[[Sequence[str]], NDArray[np.float64]], most: int = MAX_WORDS
) -> list[WordEffect]:
    return word_effects(text, predict(erasures(text, most)), most)


def test_linear_effects_are_the_weights() -> None:
    effects = occlusion("Bitcoin  not falls", linear)

    assert [(e.word, e.start, e.end) for e in effects] == [("Bitcoin", 0, 7), ("not", 9, 12), ("falls", 13, 18)]
    for effect in effects:
        assert effect.effect == pytest.approx(WEIGHTS[effect.word])


def test_a_negation_has_the_joint_effect() -> None:
    def negating(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[0.1, 0.1, 0.8] if "not" in text else [0.8, 0.1, 0.1] for text in texts])

    fell, negated, crashed = occlusion("did not crash", negating)

    assert fell.effect == crashed.effect == (0, 0, 0)
    assert negated.effect == pytest.approx((-0.7, 0, 0.7))


def test_only_the_first_words_are_erased() -> None:
    calls: list[list[str]] = []

    def counted(texts: Sequence[str]) -> NDArray[np.float64]:
        calls.append(list(texts))
        return linear(texts)

    assert [effect.word for effect in occlusion("a b c", counted, most=2)] == ["a", "b"]
    assert calls == [["a b c", " b c", "a  c"]]


def test_no_words_have_no_effects() -> None:
    assert occlusion(" \t", linear) == []


def test_probabilities_of_other_texts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3\); expected \(3, 3\)"):
        word_effects("two words", linear(["two", "words"]))


@given(st.text())
def test_words_and_spaces_make_the_text(text: str) -> None:
    effects = occlusion(text, linear, most=len(text) + 1)

    words = [effect.word for effect in effects]
    assert words == text.split()
    assert all(text[effect.start : effect.end] == effect.word for effect in effects)
    without = erasures(text, most=len(text) + 1)[1:]
    assert [other.split() for other in without] == [words[:i] + words[i + 1 :] for i in range(len(words))]
