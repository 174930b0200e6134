"""Which headline an entry of a feed is: the same as before, an edit of it, or another.

A title alone does not tell. Outlets edit titles ("(3 comments)", "(58 comments)"), and some give the identifier of an
old article to a new one. So an entry is known by its feed and its own identifier, or its link where it has none.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from barometer.headline import normalised_id, signed_hash
from barometer.live.filtering.duplicates import alike
from barometer.live.parsing.parse import Entry
from barometer.live.records import KnownEntry

# Outlets edit a title within hours; a later entry of another title is another article.
EDIT_TIME = timedelta(days=1)


def entry_ids(feed: str, entries: Sequence[Entry]) -> list[int | None]:
    """A number for each entry by which its feed knows it, the same at every poll; None where it has none.

    It has none if it carries neither identifier nor link, or shares them with an entry of another title, as where all
    entries link to the home page.
    """
    ids = [_identity(feed, entry) for entry in entries]
    titles: defaultdict[int | None, set[int]] = defaultdict(set)
    for id_, entry in zip(ids, entries, strict=True):
        titles[id_].add(normalised_id(entry.title))
    return [id_ if len(titles[id_]) == 1 else None for id_ in ids]


def _identity(feed: str, entry: Entry) -> int | None:
    link = link_id(entry.url)
    if entry.guid:
        return signed_hash(f"{feed}\nguid\n{entry.guid}")
    return None if link is None else signed_hash(f"{feed}\nlink\n{link}")


def link_id(url: str) -> int | None:
    """A number for the article at an address, whatever campaign parameters it has; None for a home page or none."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("utm_")]
    if not parts.path.strip("/") and not query:
        return None
    return signed_hash(f"{parts.netloc.lower()}{parts.path}?{urlencode(query)}")


def is_same(known: KnownEntry, entry: Entry, reach: timedelta) -> bool:
    """Whether an entry has the title that it had, and not so much later that it is news again."""
    return known.text_id == normalised_id(entry.title) and abs(entry.pub_time - known.pub_time) <= reach


def is_edit(known: KnownEntry, entry: Entry, reach: timedelta) -> bool:
    """Whether an entry with another title than before is the same article.

    It is if both titles tell the same story within `reach`, or if it is at the same address and dated within a day. A
    feed without links needs the same date to the second.
    """
    apart = abs(entry.pub_time - known.pub_time)
    link = link_id(entry.url)
    if link is None or known.link_id is None:
        same_article = apart == timedelta(0)
    else:
        same_article = link == known.link_id and apart <= EDIT_TIME
    return same_article or (apart <= reach and alike(known.title, entry.title))


def sort_entries(
    entries: Sequence[Entry], ids: Sequence[int | None], known: Mapping[int, KnownEntry], reach: timedelta
) -> tuple[list[Entry], list[tuple[KnownEntry, Entry]], list[Entry]]:
    """Split entries into those that are as before, edits with what they replace, and all others."""
    same: list[Entry] = []
    edits: list[tuple[KnownEntry, Entry]] = []
    others: list[Entry] = []
    for entry, id_ in zip(entries, ids, strict=True):
        before = None if id_ is None else known.get(id_)
        if before is None:
            others.append(entry)
        elif is_same(before, entry, reach):
            same.append(entry)
        elif before.text_id != normalised_id(entry.title) and is_edit(before, entry, reach):
            edits.append((before, entry))
        else:
            others.append(entry)
    return same, edits, others
