"""A headline's normal form and identity, and its date in UTC."""

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from barometer.characters import delete_invisible, fold_look_alikes

# The first block of Bitcoin: a headline that is dated earlier has a broken date.
FIRST_COIN = datetime(2009, 1, 3, tzinfo=UTC)

# Typographic quotes differ between outlets, not between meanings, and tokenisers see them as other tokens.
_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "´": "'", "`": "'"})
# Windows-1252 punctuation read as Latin-1 leaves C1 control characters (a real corpus is full of them).
_WINDOWS_1252 = str.maketrans({chr(byte): bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)})
# With them Braille's empty cell, which is drawn as a space.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2800]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Far beyond Unicode; `html.unescape` raises on a reference of more digits than an integer may have.
_LONG_REFERENCE = re.compile(r"&#[0-9]{20,};?")

# `&` escaped any number of times: decoded at once, as a level at a time is quadratic.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP);?|#0*38(?:;|(?![0-9]))|#[xX]0*26(?:;|(?![0-9a-fA-F])))+")
# The same escaped in ever new ways is no mistake of a publisher's software.
_LEVELS = 16


def normalise_title(text: str) -> str:
    """Return the form of a title that models read, in training and in production alike.

    HTML entities are decoded as often as they were escaped, Windows-1252 bytes that were read as Latin-1 are repaired,
    Unicode is brought to NFKC, typographic quotes become plain, invisible characters are deleted, letters of other
    scripts that stand for Latin ones become Latin, control characters become spaces, and runs of white space one space.
    Normalising twice changes nothing.
    """
    if text.isascii() and text.isprintable() and "&" not in text:  # most titles
        return " ".join(text.translate(_QUOTES).split())
    for _ in range(_LEVELS):
        if (plain := _normalise_once(text)) == text:
            return plain
        text = plain
    return normalise_title(text.replace("&", " "))


def _normalise_once(text: str) -> str:
    decoded = html.unescape(_LONG_REFERENCE.sub("\ufffd", _AMPERSANDS.sub("&", text))).translate(_WINDOWS_1252)
    # NFKC takes the acute accent apart and makes quotes of their wide forms, so quotes are plain before and after.
    whole = _SURROGATE.sub("\ufffd", decoded).translate(_QUOTES)
    plain = fold_look_alikes(delete_invisible(unicodedata.normalize("NFKC", whole))).translate(_QUOTES)
    return " ".join(_CONTROL.sub(" ", plain).split())


def headline_id(text: str) -> int:
    """Return the signed 64-bit content hash that identifies a title: the same title in other case is the same.

    BLAKE2b with an 8-byte digest; signed, so that it fits the BIGINT of every database.
    """
    return normalised_id(normalise_title(text))


def normalised_id(title: str) -> int:
    """The `headline_id` of a title that is in normal form already."""
    return signed_hash(title.casefold())


def recurrence_id(title: str, day: date) -> int:
    """The id of a headline in normal form whose title an older, unrelated headline already has.

    `day` is that of its publication in UTC, so that two crawlers give the same id.
    """
    return signed_hash(f"{title.casefold()}\n{day.isoformat()}")


def recurrence_ids(title: str, moment: datetime, reach: timedelta) -> list[int]:
    """The `recurrence_id` of a title on each day within `reach` of a moment (UTC), the nearest first."""
    days = [timedelta(days=sign * n) for n in range(1, reach.days + 2) for sign in (-1, 1)]
    return [recurrence_id(title, (moment + apart).date()) for apart in (timedelta(0), *days)]


def signed_hash(text: str) -> int:
    """The signed 64-bit BLAKE2b hash of any text; surrogates count as question marks."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def parse_utc(value: str) -> datetime:
    """Return the moment that an ISO 8601 date or date-time names, in UTC; without a zone it is taken as UTC.

    Raises:
        ValueError: if `value` is no ISO 8601 date or date-time.
    """
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"broken date {value!r}; expected ISO 8601, such as 2024-05-17T08:30:00Z") from None
