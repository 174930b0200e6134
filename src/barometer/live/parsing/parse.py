"""The bytes of a feed -> its entries: RSS, RDF, Atom, CDF or JSON Feed, titles as plain text, dates in UTC."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from barometer.live.parsing.dates import read_date
from barometer.live.parsing.json_feed import is_json, read_json_feed
from barometer.live.parsing.plain_title import plain_title
from barometer.live.parsing.raw_entries import ParseError, RawEntry
from barometer.live.parsing.xml_feed import read_xml_feed

__all__ = ["Entry", "ParseError", "ParsedFeed", "parse_feed"]

MAX_GUID = 2048
# A clock or a zone that is wrong is wrong by less; what is dated later is an event that is announced, or a mistake.
MAX_AHEAD = timedelta(days=1)
# Lone surrogates, too: no database stores them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


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
        without_date: entries with a title but no date that can be read with certainty.
        future: entries dated more than a day ahead; they are not in `entries`.
        ahead: entries dated up to a day ahead, which take the time of fetching instead; they are in `entries`.
        beyond: entries past the limit, which were not parsed.
    """

    entries: tuple[Entry, ...] = ()
    without_title: int = 0
    without_date: int = 0
    future: int = 0
    ahead: int = 0
    beyond: int = 0

    @property
    def seen(self) -> int:
        """How many entries the feed had."""
        return len(self.entries) + self.without_title + self.without_date + self.future + self.beyond


def parse_feed(body: bytes, headers: Mapping[str, str], url: str, now: datetime, max_entries: int = 500) -> ParsedFeed:
    """Parse a feed.

    Args:
        body: its bytes, never a string: the feed declares its own encoding.
        headers: of the response, names in lower case; `content-type` may name an encoding.
        url: the address that answered, for relative links.
        now: the time of fetching, in UTC; no entry is dated later.
        max_entries: how many entries to parse, from the first.

    Raises:
        ParseError: if it is not a feed, declares entities (which may expand without end), breaks the parser, or has
            entries none of which has a date that can be read.
    """
    if is_json(body):
        raw = read_json_feed(body, url)
    else:
        raw = read_xml_feed(body, headers.get("content-type", "application/xml"), url)
    feed = _entries(raw[:max_entries], now)
    if feed.without_date and not feed.entries and not feed.future:
        raise ParseError(f"no entry has a date that can be read ({feed.without_date} have a title)")
    return replace(feed, beyond=max(len(raw) - max_entries, 0))


def _entries(raw_entries: Sequence[RawEntry], now: datetime) -> ParsedFeed:
    entries: list[Entry] = []
    without_title = without_date = future = ahead = 0
    for raw in raw_entries:
        title = plain_title(raw.title)
        moment = next(filter(None, map(read_date, raw.dates)), None)
        if not title:
            without_title += 1
        elif moment is None:
            without_date += 1
        elif moment > now + MAX_AHEAD:
            future += 1
        else:
            ahead += moment > now
            entries.append(Entry(title, raw.url, min(moment, now), _identifier(raw.guid)))
    return ParsedFeed(tuple(entries), without_title, without_date, future, ahead)


def _identifier(guid: str) -> str:
    return _CONTROL.sub(" ", guid).strip()[:MAX_GUID]
