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
    st.text(
        st.sampled_from(
            "Bo &;\u0430\u0412\u0442\u0436\u03bf\u03be\u0578\u13aa\ua4d0\u1d0f\U0001f171\u00ad\u034f\u0301\u3164"
        )
    ),
)
PLAIN = st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="&")
PLAIN_ASCII = st.text(PLAIN)


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
        ("Bit\u200bcoin\ufeff", "Bitcoin"),
        ("Sol&shy;ana &zwnj;gains", "Solana gains"),
        ("Gas fees rise&am\u2060p;fall", "Gas fees rise&fall"),
        ("e\u034f\u0301lan", "\u00e9lan"),
        ("Rally\u2800over", "Rally over"),
        ("\uff22\uff34\uff23 \u00bd", "BTC 1\u20442"),
        ("\ud800 broken", "\ufffd broken"),
        ("\x00\x1f\u200b", ""),
    ],
)
def test_known_dirt_is_cleaned(raw: str, plain: str) -> None:
    assert normalise_title(raw) == plain


@pytest.mark.parametrize(
    "invisible",
    [
        "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200c", "\u200d", "\u200e",
        "\u202d", "\u2060", "\u2061", "\u2066", "\u2069", "\u206a", "\u3164", "\ufe00", "\ufe0e", "\ufeff", "\uffa0",
        "\ufff9", "\ufffb", "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e0061", "\U000e007f", "\U000e01ef",
    ],
)  # fmt: skip
def test_invisible_characters_leave_no_trace(invisible: str) -> None:
    hidden = f"{invisible}Car{invisible}dano sinks{invisible} after {invisible}{invisible}out{invisible}age"
    assert normalise_title(hidden) == "Cardano sinks after outage"


@given(st.text(PLAIN), st.integers(0, 400))
def test_plain_titles_keep_every_character(text: str, spaces: int) -> None:
    """Letters, digits and punctuation of ASCII are as they were, but for the backtick; ids rest on it."""
    assert normalise_title(text + " " * spaces) == " ".join(text.replace("`", "'").split())


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("S\u043elana dips as T\u0435th\u0435r wobbles", "Solana dips as Tether wobbles"),
        ("\u0415\u0422\u041d slips below support", "ETH slips below support"),
        ("Dog\u0435c\u03bfin and \u0425RP rebound", "Dogecoin and XRP rebound"),
        ("Lit\u0435c\u03bfi\u0578 falls", "Litecoin falls"),
        ("\u0405&\u0420 and Nasdaq slide", "S&P and Nasdaq slide"),
        ("\U0001f171\U0001f178\U0001f183coin fees jump", "BITcoin fees jump"),
        ("\u1d0d\u1d0f\u0274\u1d07\u0280\u1d0f fees jump", "monero fees jump"),
    ],
)
def test_look_alikes_become_latin(raw: str, plain: str) -> None:
    assert normalise_title(raw) == plain


@pytest.mark.parametrize(
    "title",
    [
        "\u0426\u0435\u043d\u0430 BTC \u0440\u0430\u0441\u0442, \u0430 ETH \u043f\u0430\u0434\u0430\u0435\u0442",
        "\u041a\u0443\u0440\u0441 Bit\u0441oin \u0432\u044b\u0440\u043e\u0441",
        "\u0422\u043e \u0436\u0435 \u0438 USDT",
        "\u039f \u03b4\u03b5\u03af\u03ba\u03c4\u03b7\u03c2 Nasdaq \u03ad\u03c0\u03b5\u03c3\u03b5",
        "\u039e gains while \u20bf dips",
        "Fund hedges \u0394 and \u03bc of options",
        "\u0430\u0441\u0441\u043e\u0440\u0442\u0438",
        "\u0421\u041e\u0421",
        "Zo\u00eb Erdo\u011fan\u0131n caf\u00e9",
    ],
)
def test_real_scripts_and_symbols_stay(title: str) -> None:
    assert normalise_title(title) == title


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
