"""Titles have one normal form and one identity; moments are in UTC."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barometer.headline import headline_id, normalise_title, parse_utc

# Everything that `str` may hold, lone surrogates included, mixed with what feeds really break.
ANY_TEXT = st.one_of(
    st.text(st.characters()),
    st.text(st.sampled_from("a &;#x09lt/amp\u2019\u201c\xb4\x92\x00\u200b\ufeff\uff06\u0301\ud83d\n")),
)
PLAIN_ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="&"))


@given(ANY_TEXT)
@example("\uff06amp;lt;")
@example("&#" + "1" * 5000)
@example("&#" + "0" * 5000 + "65;")
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_title(text)
    assert normalise_title(once) == once


@given(ANY_TEXT)
def test_normal_titles_have_no_control_characters(text: str) -> None:
    plain = normalise_title(text)
    assert not [c for c in plain if unicodedata.category(c) in {"Cc", "Cs"}]
    assert plain == plain.strip()
    assert plain.encode().decode() == plain


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("  Bitcoin\t\n surges ", "Bitcoin surges"),
        ("S&amp;amp;P 500 &lt;up&gt;", "S&P 500 <up>"),
        ("Bitcoin\x92s \x93dip\x94", 'Bitcoin\'s "dip"'),
        ("Bitcoin\u2019s \u201cdip\u201d", 'Bitcoin\'s "dip"'),
        ("don\u00b4t `panic`", "don't 'panic'"),
        ("Bit\u200bcoin\ufeff", "Bit coin"),
        ("\uff22\uff34\uff23 \u00bd", "BTC 1\u20442"),
        ("\ud800 broken", "\ufffd broken"),
        ("\x00\x1f\u200b", ""),
    ],
)
def test_known_dirt_is_cleaned(raw: str, plain: str) -> None:
    assert normalise_title(raw) == plain


@given(PLAIN_ASCII)
def test_case_does_not_change_the_id(text: str) -> None:
    assert headline_id(text) == headline_id(text.upper()) == headline_id(text.lower())


@given(ANY_TEXT)
def test_ids_fit_64_bits_ignoring_dirt(text: str) -> None:
    id_ = headline_id(text)
    assert -(2**63) <= id_ < 2**63
    assert id_ == headline_id(f" {normalise_title(text)}\n")


def test_ids_are_stable_between_versions() -> None:
    """Stored headlines and stand-off votes are keyed by these numbers."""
    assert headline_id("Bitcoin surges") == -3985757515621027235
    assert headline_id("Bitcoin surges") != headline_id("Bitcoin surges!")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-17", datetime(2024, 5, 17, tzinfo=UTC)),
        (" 2024-05-17T08:30:00Z ", datetime(2024, 5, 17, 8, 30, tzinfo=UTC)),
        ("2024-05-17T23:30:00-05:00", datetime(2024, 5, 18, 4, 30, tzinfo=UTC)),
        ("2024-05-17 08:30", datetime(2024, 5, 17, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_utc(text: str, moment: datetime) -> None:
    parsed = parse_utc(text)
    assert parsed == moment
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "yesterday", "17/05/2024", "2024-13-01", "9999-12-31T23:59:59-10:00"])
def test_a_broken_date_shows_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected ISO 8601, such as") as error:
        parse_utc(text)
    assert repr(text) in str(error.value)


@given(st.text())
def test_reading_dates_raises_only_value_errors(text: str) -> None:
    try:
        assert parse_utc(text).tzinfo is UTC
    except ValueError as error:
        assert "broken date" in str(error)


def test_one_title_has_one_id() -> None:
    assert headline_id("Bitcoin surges") == headline_id("BITCOIN  surges")
