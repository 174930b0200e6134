from datetime import timedelta

import pytest

from serve.api.words import age_words, count_words, window_words


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=-9), "just now"), (timedelta(seconds=59), "just now"), (timedelta(hours=0.99), "59 min ago"),
        (timedelta(hours=1), "1 h ago"), (timedelta(hours=47.9), "47 h ago"), (timedelta(days=2), "2 days ago"),
    ],
)  # fmt: skip
def test_ages_are_told_in_their_largest_unit(age: timedelta, words: str) -> None:
    assert age_words(age) == words


def test_windows_and_counts_in_words() -> None:
    assert [window_words(hours) for hours in (1, 24, 48, 50, 168)] == [
        "last hour", "last 24 hours", "last 48 hours", "last 50 hours", "last 7 days",
    ]  # fmt: skip
    assert [count_words(count) for count in (0, 1, 12_345)] == ["0 headlines", "1 headline", "12,345 headlines"]
