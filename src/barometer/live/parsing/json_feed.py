"""Reads JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1)."""

import json
from typing import Any, NoReturn

from barometer.live.parsing.links import safe_link
from barometer.live.parsing.raw_entries import ParseError, RawEntry

_VERSION = "https://jsonfeed.org/version/1"
_BEFORE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks of all encodings, and white space
_DATES = ("date_published", "date_modified")
_MAX_DIGITS = 100


class _Number(str):
    """A number as it is written: an identifier may be one, and no number is counted with."""

    __slots__ = ()


def is_json(body: bytes) -> bool:
    """Whether a body is a JSON object, by its first character, whatever its type says."""
    return body.lstrip(_BEFORE).startswith(b"{")


def read_json_feed(body: bytes, base: str) -> list[RawEntry]:
    """Return the items of a feed in their order; one that is no object is an empty entry.

    Args:
        body: in UTF-8, or in UTF-16 or UTF-32, with or without a byte order mark.
        base: the address that answered, for relative links.

    Raises:
        ParseError: if it is no JSON Feed, or JSON that only an attacker writes.
    """
    feed = _load(body)
    version = feed.get("version")
    if not isinstance(version, str) or not version.startswith(_VERSION):
        raise ParseError("not a feed: application/json without the version of a JSON Feed")
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError(f"not a feed: JSON Feed whose items are {type(items).__name__}; expected list")
    return [_entry(item, base) if isinstance(item, dict) else RawEntry() for item in items]


def _load(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff")
        feed = json.loads(
            text, parse_int=_number, parse_float=_number, parse_constant=_refuse, object_pairs_hook=_object
        )
    except RecursionError:
        raise ParseError("cannot be parsed: JSON nested too deep") from None
    except ValueError as error:
        raise ParseError(f"cannot be parsed: {error}") from None
    return feed if isinstance(feed, dict) else {}


def _number(text: str) -> _Number:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"JSON number of {len(text)} digits")
    return _Number(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("JSON object that names a key twice")
    return values


def _entry(item: dict[str, Any], base: str) -> RawEntry:
    dates = tuple(date for name in _DATES if (date := _text(item, name)))
    identifier = item.get("id")
    guid = str(identifier) if isinstance(identifier, str) else ""
    return RawEntry(_text(item, "title"), safe_link(_text(item, "url"), base), guid, dates)


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if type(value) is str else ""
