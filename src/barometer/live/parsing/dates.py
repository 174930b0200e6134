"""Reads the dates of feeds strictly: the moment that a spelling certainly names, in UTC, or nothing.

The order of day and month is never guessed, nor is a zone: what could be another day or hour is not read.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from barometer.live.parsing.date_words import FILLERS, MONTHS, WEEKDAY_OR_MONTH, WEEKDAYS, ZONES, ZONES_OF_RFC_822

MAX_DATE = 100
_YEARS = range(1900, 2200)
_COMMENT = re.compile(r"\([^()]*\)")
_REGION = re.compile(r"(?<=[0-9z])\[[a-z0-9_/+-]+\]$")  # RFC 9557: 2026-11-26T05:07:41+01:00[Europe/Berlin]

_DIGITS = re.compile(r"^([0-9]{8})([0-9]{4}(?:[0-9]{2})?)(?![0-9])")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?w[0-9]{2}-?[1-7]|[0-9]{4}-[0-9]{3})"
    r"(?:(?:t(?=[0-9]{2})|[ _](?=[0-9]{2}:?[0-9]{2}))([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?)?)?"
    r"(?![0-9:.,/])(.*)"
)
_OFFSET = re.compile(r" ?(?:(?:utc|gmt) ?)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?![0-9:])")
_CLOCK = re.compile(
    r"(?<![0-9:.,+-])([0-9]{1,2})(?: ?[:h] ?([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?![0-9:h])"
    r"(?: ?([ap])\.? ?m\b\.?)?| ?([ap])\.? ?m\b\.?)"
)
_AT = re.compile(r"\ba(?: las?)? ?$")
_PART = re.compile(r"[0-9]+|[a-z]+|\S")

# What is left of a date without its time, zone and weekday, months as <11>.
_DAY_FIRST = re.compile(r"([0-9]{1,2})[.,/-]?<([0-9]+)>[.,/-]?([0-9]{4}|[0-9]{2})")
_MONTH_FIRST = re.compile(r"<([0-9]+)>[./-]?([0-9]{1,2})[.,/ -]+([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[.,/-]?<([0-9]+)>[.,/-]?([0-9]{1,2})|([0-9]{4})([./-])([0-9]{1,2})\5([0-9]{1,2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")


def read_date(text: str) -> datetime | None:
    """Return the moment in UTC that `text` certainly names, else nothing.

    Read are RFC 822 and 2822 with names of zones, two-digit years and 12-hour clocks; ISO 8601 (calendar, week and
    ordinal dates); year first with slashes or dots; day first with dots; other numeric dates where only one order is
    possible; names of months in English, German, French and Spanish. Without a zone it is UTC, without a time
    midnight. The weekday is not looked at: where it contradicts the date, it is the weekday that is wrong.
    """
    plain = _plain(text)
    for read in (_read_iso, _read_words):
        try:
            return read(plain)
        except (KeyError, ValueError, OverflowError):
            continue
    return None


def _plain(text: str) -> str:
    """Return a date in lower case, without accents and comments, with one kind of space and of minus."""
    if len(text) > 2 * MAX_DATE:
        return ""
    letters = unicodedata.normalize("NFKD", text.replace("\u2212", "-")).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = _REGION.sub("", " ".join(_COMMENT.sub(" ", bare).split()))
    return plain if len(plain) <= MAX_DATE else ""


def _read_iso(plain: str) -> datetime:
    match = _ISO.fullmatch(_DIGITS.sub(r"\1t\2", plain))
    if not match:
        raise ValueError(plain)
    written, hour, minute, second, fraction, tail = match.groups()
    offset, names = _take_offset(tail)
    zones = {ZONES[name] for name in names.split()}
    return _moment(_iso_day(written), _clock(hour, minute, second, fraction, None), offset, zones)


def _iso_day(written: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{3}", written):
        first = _date(int(written[:4]), 1, 1)
        day = first + timedelta(days=int(written[5:]) - 1)
        if day.year != first.year:
            raise ValueError(written)
        return day
    day = date.fromisoformat(written.upper())
    return _date(day.year, day.month, day.day)


def _read_words(plain: str) -> datetime:
    """Read a date in words: its time and zone are cut out first, wherever they are, then its words."""
    before, clock, after = plain, timedelta(), ""
    offset = None
    if match := _CLOCK.search(plain):
        hour, minute, second, fraction, half, bare_half = match.groups()
        clock = _clock(hour, minute, second, fraction, half or bare_half)
        before = _AT.sub("", plain[: match.start()])
        offset, after = _take_offset(plain[match.end() :])
    rest, zones, cst = _take_words(f"{before} {after}")
    day, rfc_822 = _read_day(rest)
    if cst and rfc_822:
        zones.add(ZONES_OF_RFC_822["cst"])
    elif cst:
        raise ValueError(plain)
    return _moment(day, clock, offset, zones)


def _take_words(text: str) -> tuple[str, set[timedelta], bool]:
    """Return numbers, separators and the month, the zones that are named, and whether one of them is CST.

    Raises:
        ValueError: if there is another word.
    """
    words = [word for word in _PART.findall(text) if word not in FILLERS]
    months = [word for word in words if word in MONTHS]
    if len(months) > 1 and words[0] == WEEKDAY_OR_MONTH:
        del words[0]
    rest, zones, cst = "", set(), False
    for word in words:
        if word in MONTHS:
            rest += f"<{MONTHS[word]}>"
        elif word in ZONES:
            zones.add(ZONES[word])
        elif word in ZONES_OF_RFC_822:
            cst = True
        elif word not in WEEKDAYS:
            rest += f" {word}" if word.isdigit() and rest[-1:].isdigit() else word
    return rest.lstrip(" .,").rstrip(" .,-"), zones, cst


def _read_day(rest: str) -> tuple[date, bool]:
    """Return the day, and whether it is written as in RFC 822.

    Raises:
        ValueError: if it is no day, or may be another one.
    """
    if match := _DAY_FIRST.fullmatch(rest):
        day, month, year = match.groups()
        return _date(_full_year(year), int(month), int(day)), True
    if match := _MONTH_FIRST.fullmatch(rest):
        month, day, year = match.groups()
    elif match := _YEAR_FIRST.fullmatch(rest):
        year, month, day = match[1] or match[4], match[2] or match[6], match[3] or match[7]
    elif match := _NUMERIC.fullmatch(rest):
        day, separator, month, year = match.groups()
        if separator != "." and int(month) > 12 >= int(day):
            day, month = month, day
        elif separator != "." and day != month and int(day) <= 12:
            raise ValueError(rest)
    else:
        raise ValueError(rest)
    return _date(int(year), int(month), int(day)), False


def _full_year(year: str) -> int:
    """Return a year of two digits as RFC 2822 (4.3) reads it: 50 is 1950, 49 is 2049."""
    return int(year) + (0 if len(year) == 4 else 2000 if int(year) < 50 else 1900)


def _date(year: int, month: int, day: int) -> date:
    if year not in _YEARS:
        raise ValueError(year)
    return date(year, month, day)


def _clock(
    hour: str | None, minute: str | None, second: str | None, fraction: str | None, half: str | None
) -> timedelta:
    """Return the time since midnight; `half` is `a` or `p` of a 12-hour clock."""
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    micros = int((fraction or "0").ljust(6, "0")[:6])
    if half and hours <= 12:
        if hours == 0 and half == "p":
            raise ValueError(half)
        hours = hours % 12 + (12 if half == "p" else 0)
    elif half == "a":
        raise ValueError(half)
    clock = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    if minutes > 59 or seconds > 60 or clock > timedelta(days=1):
        raise ValueError(clock)
    return clock


def _take_offset(text: str) -> tuple[timedelta | None, str]:
    """Return the offset from UTC that a text begins with, and the rest."""
    match = _OFFSET.match(text)
    if not match:
        return None, text
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    offset = -size if match[1] == "-" else size
    if int(match[3] or 0) > 59 or not timedelta(hours=-12) <= offset <= timedelta(hours=14):
        raise ValueError(text)
    return offset, text[match.end() :]


def _moment(day: date, clock: timedelta, offset: timedelta | None, zones: set[timedelta]) -> datetime:
    zones = zones if offset is None else zones | {offset}
    if len(zones) > 1:
        raise ValueError(zones)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + clock - next(iter(zones), timedelta())
