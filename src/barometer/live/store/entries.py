"""Entries of feeds, and the headlines that stand for them: the news of a poll, edits included, in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from barometer.headline import recurrence_ids
from barometer.live.records import FeedEntry, FoundCopy, KnownEntry, NewsTitle
from barometer.live.store.copies import move_copies, save_copies
from barometer.live.store.dialects import chunks, insert
from barometer.live.store.schema import feed_entries, news_titles
from barometer.live.store.titles import save_titles, unscore

# Longer than any feed keeps an entry that is still edited.
KEEP_ENTRIES = timedelta(days=90)
_COLUMNS = ("title_id", "text_id", "link_id", "seen_at")


@dataclass(frozen=True, slots=True)
class News:
    """What a poll found.

    Attributes:
        titles: new headlines.
        edits: ids of stored headlines, each with the headline that replaces it.
        entries: to remember; the `title_id` of one whose headline is among the others is its `text_id`.
        copies: other titles that tell the story of a headline, new or stored.
    """

    titles: Sequence[NewsTitle] = ()
    edits: Sequence[tuple[int, NewsTitle]] = ()
    entries: Sequence[FeedEntry] = ()
    copies: Sequence[FoundCopy] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """How many headlines were new, and for each `headline_id` that was saved the headline that stands for it."""

    new: int
    title_ids: Mapping[int, int]


def read_entries(connection: Connection, entry_ids: Collection[int]) -> dict[int, KnownEntry]:
    """The stored entries among `entry_ids`, by id."""
    columns = [feed_entries.c[name] for name in ("entry_id", *_COLUMNS)]
    rows = select(*columns, news_titles.c.title, news_titles.c.pub_time)
    rows = rows.join(news_titles, news_titles.c.title_id == feed_entries.c.title_id)
    return {
        row.entry_id: KnownEntry(**row._mapping)
        for chunk in chunks(sorted(entry_ids))
        for row in connection.execute(rows.where(feed_entries.c.entry_id.in_(chunk)))
    }


def save_news(connection: Connection, news: News, reach: timedelta) -> Saved:
    """Store the news of a poll. A title that another headline had more than `reach` earlier or later is news again."""
    edited = [title for _, title in news.edits]
    places = find_places(connection, [*news.titles, *edited], reach)
    new = save_titles(connection, placed(news.titles, places))
    save_titles(connection, placed(edited, places))
    stands = {text_id: place.headline for text_id, place in places.items()}
    replaced: dict[int, int] = {}
    for old, title in news.edits:
        replaced[old] = stands[title.title_id] = _supersede(connection, old, places[title.title_id])
    headlines = stands | replaced
    entries = [replace(entry, title_id=headlines.get(entry.title_id, entry.title_id)) for entry in news.entries]
    _save_entries(connection, entries)
    # Of titles that are not new, some may be of another outlet: another crawl has stored them meanwhile.
    again = news.titles if new < len(news.titles) else ()
    save_copies(connection, [*news.copies, *map(_as_copy, again)], stands, reach)
    return Saved(new, stands)


def _as_copy(title: NewsTitle) -> FoundCopy:
    return FoundCopy(title.title, title.source, title.url, title.pub_time, title.title, title.fetched_at)


@dataclass(frozen=True, slots=True)
class Place:
    """The row of a title, when that was published, and the headline that stands for it: itself, or its edit."""

    row: int
    pub_time: datetime
    headline: int


def placed(titles: Iterable[NewsTitle], places: Mapping[int, Place]) -> list[NewsTitle]:
    """The titles with the ids of their rows."""
    return [replace(title, title_id=places[title.title_id].row) for title in titles]


def find_places(connection: Connection, titles: Iterable[NewsTitle], reach: timedelta) -> dict[int, Place]:
    """Where each title is stored, or would be, by its `headline_id`.

    A title that another headline had more than `reach` earlier or later is that of a day's headline: of one that is
    stored within `reach`, else of a new one.
    """
    by_text = {title.title_id: title for title in titles}
    stored = _stored(connection, by_text)
    again: dict[int, list[int]] = {}
    for text_id, title in by_text.items():
        if text_id in stored and abs(stored[text_id][0] - title.pub_time) > reach:
            again[text_id] = recurrence_ids(title.title, title.pub_time, reach)
    stored |= _stored(connection, (row for rows in again.values() for row in rows))
    rows = {text_id: text_id for text_id in by_text}
    for text_id, candidates in again.items():
        moment = by_text[text_id].pub_time
        near = (row for row in candidates if row in stored and abs(stored[row][0] - moment) <= reach)
        rows[text_id] = next(near, candidates[0])
    new = {text_id: (by_text[text_id].pub_time, row) for text_id, row in rows.items()}
    return {text_id: Place(row, *stored.get(row, new[text_id])) for text_id, row in rows.items()}


def _stored(connection: Connection, title_ids: Iterable[int]) -> dict[int, tuple[datetime, int]]:
    """When stored headlines were published, and which stands for each, by id."""
    columns = news_titles.c
    rows = select(columns.title_id, columns.pub_time, columns.superseded_by)
    return {
        title_id: (pub_time, title_id if superseded_by is None else superseded_by)
        for chunk in chunks(sorted(set(title_ids)))
        for title_id, pub_time, superseded_by in connection.execute(rows.where(columns.title_id.in_(chunk)))
    }


def _supersede(connection: Connection, old: int, place: Place) -> int:
    """Let a title replace a headline, with all that stands for it; return the headline that stands for both."""
    # An edit that is taken back revives the first title.
    new = place.row if place.headline == old else place.headline
    if new == old:
        return old
    locked = select(news_titles.c.title_id, news_titles.c.pub_time).where(news_titles.c.title_id.in_([old, new]))
    ordered = locked.order_by(news_titles.c.title_id).with_for_update()
    pub_times = {row.title_id: row.pub_time for row in connection.execute(ordered)}
    unscore(connection, {old: pub_times[old]} if old in pub_times else {})
    replaced = (news_titles.c.title_id == old) | (news_titles.c.superseded_by == old)
    connection.execute(update(news_titles).where(replaced).values(superseded_by=new))
    connection.execute(update(news_titles).where(news_titles.c.title_id == new).values(superseded_by=None))
    connection.execute(update(feed_entries).where(feed_entries.c.title_id == old).values(title_id=new))
    move_copies(connection, old, new)
    return new


def _save_entries(connection: Connection, entries: Iterable[FeedEntry]) -> None:
    by_id = {entry.entry_id: entry for entry in entries}
    rows = [{name: getattr(by_id[id_], name) for name in ("entry_id", *_COLUMNS)} for id_ in sorted(by_id)]
    if rows:
        statement = insert(connection, feed_entries)
        values = {name: statement.excluded[name] for name in _COLUMNS}
        connection.execute(statement.on_conflict_do_update(index_elements=["entry_id"], set_=values), rows)


def forget_entries(connection: Connection, now: datetime, keep: timedelta = KEEP_ENTRIES) -> int:
    """Delete entries last seen longer ago than `keep`; return how many. Their headlines stay."""
    return connection.execute(delete(feed_entries).where(feed_entries.c.seen_at < now - keep)).rowcount
