"""The bytes of a feed -> its entries: RSS and Atom by feedparser, titles as plain text, dates in UTC."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from urllib.parse import urlsplit

import feedparser
from feedparser.encodings import convert_to_utf8

from barometer.headline import normalise_title

MAX_TITLE = 511
MAX_LINK = 2048
# No sane title needs more raw characters for its first 511; the limit bounds the work on hostile ones.
_MAX_RAW = 8192
_HIDDEN = re.compile(r"<(script|style|template|iframe)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|p|/p|div|/div|li|/li|hr|td|/td|h[1-6]|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[a-z][^<>]*|![^<>]*|\?[^<>]*)>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f]")


def plain_title(raw: str) -> str:
    """Return a title as text: tags stripped, entities decoded, control characters removed, at most 511 characters.

    Markup is stripped however often it was escaped. A lone `<` as in `BTC < $60K` stays.
    """
    text = raw[:_MAX_RAW]
    while (stripped := normalise_title(_strip(text))) != text:
        text = stripped
    # A cut may end in white space, which the normal form does not.
    return normalise_title(text[:MAX_TITLE])


def _strip(text: str) -> str:
    visible = _HIDDEN.sub(" ", _CDATA.sub("", text))
    return _TAG.sub("", _BREAK.sub(" ", visible))


def safe_link(raw: str) -> str:
    """Return a link if it is http or https with a host, else nothing."""
    link = raw.strip()
    if len(link) > MAX_LINK or _UNSAFE.search(link):
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme.lower() in {"http", "https"} and parts.hostname else ""


_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)


class ParseError(ValueError):
    """The bytes are not a feed, or not safe to parse."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A headline of a feed.

    `title` is plain and normalised, `url` http(s) or empty, `pub_time` in UTC; `guid` is the feed's own identifier of
    the entry, or empty.
    """

    title: str
    url: str
    pub_time: datetime
    guid: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """Entries in the order of the feed, and how many others it had.

    Attributes:
        entries: those with title and date.
        without_title: entries that had none, or only markup.
        without_date: entries with a title but no date that can be read.
        future: entries dated in the future, which take the time of fetching instead; they are in `entries`.
        beyond: entries past the limit, which were not parsed.
    """

    entries: tuple[Entry, ...] = ()
    without_title: int = 0
    without_date: int = 0
    future: int = 0
    beyond: int = 0

    @property
    def seen(self) -> int:
        """How many entries the feed had."""
        return len(self.entries) + self.without_title + self.without_date + self.beyond


def parse_feed(body: bytes, headers: Mapping[str, str], url: str, now: datetime, max_entries: int = 500) -> ParsedFeed:
    """Parse a feed.

    Args:
        body: its bytes, never a string: the feed declares its own encoding.
        headers: of the response, names in lower case; `content-type` may name an encoding.
        url: the address that answered, for relative links.
        now: the time of fetching, in UTC; no entry is dated later.
        max_entries: how many entries to parse, from the first.

    Raises:
        ParseError: if it is not a feed, declares entities (which may expand without end), or breaks the parser.
    """
    kept = {"content-type": headers.get("content-type", "application/xml"), "content-location": url}
    _refuse_entities(body, kept)
    try:
        feed = feedparser.parse(body, response_headers=kept)
    except Exception as error:  # noqa: BLE001 - hostile bytes make a parser raise errors of many kinds
        raise ParseError(f"cannot be parsed: {type(error).__name__}: {error}") from None
    if not feed.get("version") and not feed.entries:
        reason = feed.get("bozo_exception") if body.lstrip()[:1] == b"<" else None
        raise ParseError(f"not a feed: {_kind(body, kept)}" + (f" ({reason})" if reason else ""))
    return _entries(feed.entries, now, max_entries)


def _refuse_entities(body: bytes, headers: Mapping[str, str]) -> None:
    """Search for declarations in the encoding that the parser will detect, and in the raw bytes."""
    try:
        text = convert_to_utf8(dict(headers), body, {})
    except Exception as error:  # noqa: BLE001 - a document may name any codec, and each raises its own errors
        raise ParseError(f"encoding cannot be read: {type(error).__name__}: {error}") from None
    if _ENTITY.search(text) or _ENTITY.search(body.replace(b"\0", b"")):
        raise ParseError("declares XML entities")


def _kind(body: bytes, headers: Mapping[str, str]) -> str:
    if not body.strip():
        return "empty response"
    return "HTML page" if b"<html" in body[:2000].lower() else headers["content-type"][:80]


def _entries(raw_entries: list[Any], now: datetime, max_entries: int) -> ParsedFeed:
    entries: list[Entry] = []
    without_title = without_date = future = 0
    for raw in raw_entries[:max_entries]:
        title = plain_title(_text(raw, "title"))
        moment = _moment(raw)
        if not title:
            without_title += 1
        elif moment is None:
            without_date += 1
        else:
            future += moment > now
            link, guid = safe_link(_text(raw, "link")), _text(raw, "id").strip()
            entries.append(Entry(title, link, min(moment, now), guid))
    beyond = max(len(raw_entries) - max_entries, 0)
    return ParsedFeed(tuple(entries), without_title, without_date, future, beyond)


def _text(raw: Any, name: str) -> str:  # noqa: ANN401 - feedparser is untyped
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _moment(raw: Any) -> datetime | None:  # noqa: ANN401 - feedparser is untyped
    """Return the date of publication, else of the last change; feedparser gives both in UTC."""
    # dict.get, because feedparser's own `get` falls back from `updated` to `published`, and warns.
    parsed = dict.get(raw, "published_parsed") or dict.get(raw, "updated_parsed")
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
