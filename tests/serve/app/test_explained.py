"""The words of a headline with what each did, where that is known."""

from dataclasses import replace

import pytest

from barometer.explain import WordEffect
from barometer.labels import Label
from serve.api.explained import Explained, as_record, likeliest
from serve.app.explained import answer

NEGATED = Explained(
    "Bitcoin does not  <b>",
    (0.3, 0.1, 0.6),
    (
        WordEffect("Bitcoin", 0, 7, (-0.3, -0.1, 0.4)),
        WordEffect("does", 8, 12, (0.1, 0.0, -0.1)),
        WordEffect("not", 13, 16, (-0.35, 0.0, 0.35)),
        WordEffect("<b>", 18, 21, (0.0, 0.002, -0.002)),
    ),
    "v1",
)


def test_strongest_word_changes_the_class() -> None:
    strongest = NEGATED.strongest()
    # Without "Bitcoin" it is Negative with 0.6, without "not" with 0.65.
    assert strongest is not None and strongest.word == "Bitcoin"
    steady = Explained(
        "a b", (0.1, 0.1, 0.8), (WordEffect("a", 0, 1, (0, 0, 0.1)), WordEffect("b", 2, 3, (0, 0, -0.2))), ""
    )
    assert steady.strongest() == steady.effects[1]
    assert Explained("", (0, 0, 1), (), "").strongest() is None
    assert likeliest([0.2, 0.5, 0.3]) is Label.NEUTRAL
    assert likeliest([0.4, 0.4, 0.2]) is Label.NEGATIVE


def test_answer_shows_class_numbers_and_words() -> None:
    html = answer(NEGATED)
    for part in ("Positive</span>", "<b>60%</b>",
                 "Without <q>Bitcoin</q> it would be <b>Negative (60%)</b>",
                 "<span>not</span><small>+35</small>", "<span>does</span><small>\N{MINUS SIGN}10</small>",
                 "&lt;b&gt;</span><small>0</small>", "Model v1"):  # fmt: skip
        assert part in html
    assert html.count("p-for") == 2 and html.count("p-against") == 1 and html.count("p-none") == 1


@pytest.mark.parametrize(
    ("news", "threshold", "told"),
    [
        (0.974, 0.5, '<p class="p-news">News: 97%</p>'),
        (0.12, 0.5, '<p class="p-news">Probably not news (12%): not counted</p>'),
        (0.12, 0.12, "News: 12%"),
    ],
)
def test_answer_says_whether_it_is_news(news: float, threshold: float, told: str) -> None:
    assert told in answer(replace(NEGATED, news=news, news_threshold=threshold))
    assert as_record(replace(NEGATED, news=news))["news"] == news
    assert "news" not in answer(NEGATED), "a model that cannot tell says nothing"


def test_programs_get_the_same_numbers() -> None:
    record = as_record(NEGATED)
    assert record["label"] == Label.POSITIVE.title and record["positive"] == 0.6
    words = record["words"]
    assert isinstance(words, list)
    assert words[2] == {"word": "not", "start": 13, "end": 16, "negative": -0.35, "neutral": 0.0, "positive": 0.35}


def test_untested_words_are_reported() -> None:
    words = "a " * 40
    effects = tuple(WordEffect("a", 2 * i, 2 * i + 1, (0.0, 0.0, 0.1)) for i in range(40))
    told = "Only the first 40 words were tested."
    assert told not in answer(Explained(words, (0.1, 0.1, 0.8), effects, ""))
    assert told in answer(Explained(words + "rest", (0.1, 0.1, 0.8), effects, ""))
