"""Copies of headlines: near-duplicates, and the same title from other outlets, each in exactly one story.

A story is a headline with its copies, and has no row of its own. An edit is the same story whatever its words, so
copies go with the headline that replaces theirs, like entries of feeds; the replaced one becomes a copy if another
outlet wrote it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, delete, func, literal, select, update

from barometer.headline import normalised_id, recurrence_ids, signed_hash
from barometer.live.records import FoundCopy
from barometer.live.store.dialects import chunks, insert, insert_rows
from barometer.live.store.schema import news_titles, story_copies

_TEXTS = ("title", "source", "url", "pub_time", "seen_at")
_Row = dict[str, Any]


def copy_id(title: str, source: str) -> int:
    """The key of a copy: the hash of its title, in normal form, and its outlet, whatever the case of the title."""
    return signed_hash(f"{source}\n{title.casefold()}")


@dataclass(frozen=True, slots=True)
class _Headline:
    """A stored headline: the id of its story, its outlet, and when it was published."""

    story: int
    source: str
    pub_time: datetime


def save_copies(
    connection: Connection, copies: Sequence[FoundCopy], stands: Mapping[int, int], reach: timedelta
) -> int:
    """Store copies with the stories of the headlines that they are like; return how many were stored.

    Of several headlines with the title that it is like, a copy takes the one published nearest to it. It is left out if
    it is stored, with any story, dated within `reach`; if it is the headline itself; if there is none, since it was
    deleted meanwhile; or if it has the headline's title, but is dated more than `reach` from it.

    Args:
        connection: of `engine.writing`.
        copies: in any order.
        stands: the headline that stands for each copy that is counted, by the `headline_id` of its title.
        reach: how far apart two titles may be published to be the same news.
    """
    # Those that are headlines first, since others may be like one of them.
    counted, others = [copy for copy in copies if copy.counted], [copy for copy in copies if not copy.counted]
    return sum(_save(connection, some, stands, reach) for some in (counted, others) if some)


def _save(connection: Connection, copies: Sequence[FoundCopy], stands: Mapping[int, int], reach: timedelta) -> int:
    rows = _unknown(connection, list(_rows(copies, _nearest(connection, copies, reach), stands, reach)), reach)
    there = _held(connection, {row["title_id"] for row in rows})
    rows = [row for row in rows if row["title_id"] in there]
    if not rows:
        return 0
    statement = insert(connection, story_copies)
    itself = statement.excluded.headline_id
    counted = statement.on_conflict_do_update(
        index_elements=["copy_id", "title_id"], set_={"headline_id": itself}, where=itself.is_not(None)
    )
    stored = insert_rows(connection, story_copies, counted.returning(story_copies.c.copy_id), rows)
    return len(stored.scalars().all())


def _held(connection: Connection, title_ids: Collection[int]) -> set[int]:
    """The headlines among `title_ids` that are stored, which nobody deletes before the transaction ends."""
    rows = select(news_titles.c.title_id).order_by(news_titles.c.title_id).with_for_update(read=True, key_share=True)
    return {
        title_id
        for chunk in chunks(sorted(title_ids))
        for title_id in connection.execute(rows.where(news_titles.c.title_id.in_(chunk))).scalars()
    }


def _nearest(connection: Connection, copies: Sequence[FoundCopy], reach: timedelta) -> list[_Headline | None]:
    """The headline of each copy."""
    texts = [normalised_id(copy.like) for copy in copies]
    found = _headlines(connection, set(texts))
    again = {
        number: recurrence_ids(copy.like, copy.pub_time, reach)
        for number, (copy, text) in enumerate(zip(copies, texts, strict=True))
        if text not in found or abs(found[text].pub_time - copy.pub_time) > reach
    }
    found |= _headlines(connection, {id_ for ids in again.values() for id_ in ids})
    candidates = [
        [found[id_] for id_ in (text, *again.get(number, ())) if id_ in found] for number, text in enumerate(texts)
    ]
    return [
        min(those, key=lambda headline: abs(headline.pub_time - copy.pub_time), default=None)
        for copy, those in zip(copies, candidates, strict=True)
    ]


def _headlines(connection: Connection, title_ids: Collection[int]) -> dict[int, _Headline]:
    titles, member = news_titles.c, story_copies.c
    current = func.coalesce(titles.superseded_by, titles.title_id)
    rows = select(titles.title_id, func.coalesce(member.title_id, current), titles.source, titles.pub_time)
    rows = rows.outerjoin_from(news_titles, story_copies, member.headline_id == current)
    return {
        title_id: _Headline(story, source, pub_time)
        for chunk in chunks(sorted(title_ids))
        for title_id, story, source, pub_time in connection.execute(rows.where(titles.title_id.in_(chunk)))
    }


def _rows(
    copies: Sequence[FoundCopy], headlines: Sequence[_Headline | None], stands: Mapping[int, int], reach: timedelta
) -> Iterator[_Row]:
    for copy, headline in zip(copies, headlines, strict=True):
        text = normalised_id(copy.title)
        same = text == normalised_id(copy.like)
        # What is like a headline from far away is its copy all the same, since it is dropped.
        if headline is None or (same and _is_other(copy, headline, reach)):
            continue
        yield {
            "copy_id": copy_id(copy.title, copy.source),
            "title_id": headline.story,
            **{name: getattr(copy, name) for name in _TEXTS},
            "headline_id": stands.get(text) if copy.counted else None,
        }


def _is_other(copy: FoundCopy, headline: _Headline, reach: timedelta) -> bool:
    """Whether the same title is the headline itself, or of other news."""
    return copy.source == headline.source or abs(copy.pub_time - headline.pub_time) > reach


def _unknown(connection: Connection, rows: Sequence[_Row], reach: timedelta) -> list[_Row]:
    """The rows whose copy is in no story yet, or only in one of a while ago; each copy once.

    Those that are headlines now, since every copy counts now, are stored again.
    """
    stored, chosen = story_copies.c, list[_Row]()
    near: dict[int, dict[int, datetime]] = {}  # when each copy was published, by story
    for chunk in chunks({row["copy_id"] for row in rows}):
        known = select(stored.copy_id, stored.title_id, stored.pub_time).where(stored.copy_id.in_(chunk))
        for id_, title_id, pub_time in connection.execute(known):
            near.setdefault(id_, {})[title_id] = pub_time
    given: set[tuple[int, int]] = set()
    for row in rows:
        moments, moment, key = near.setdefault(row["copy_id"], {}), row["pub_time"], (row["copy_id"], row["title_id"])
        counts_now = row["headline_id"] is not None and row["title_id"] in moments
        if key not in given and (counts_now or all(abs(moment - other) > reach for other in moments.values())):
            given.add(key)
            moments[row["title_id"]] = moment
            chosen.append(row)
    return chosen


def told_by(connection: Connection, title_ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """The outlets of the copies of headlines, and when each first told the story; those without copies are left out."""
    columns = story_copies.c
    rows = select(columns.title_id, columns.source, func.min(columns.pub_time))
    rows = rows.where(columns.title_id.in_(title_ids)).group_by(columns.title_id, columns.source)
    found: dict[int, dict[str, datetime]] = {}
    for title_id, source, moment in connection.execute(rows):
        found.setdefault(title_id, {})[source] = moment
    return found


def move_copies(connection: Connection, old: int, new: int) -> None:
    """Give the copies of a headline to the one that replaces it; the caller holds the locks of both.

    The replaced headline becomes a copy itself if the other is of another outlet.
    """
    both = news_titles.select().where(news_titles.c.title_id.in_([old, new]))
    found = {row.title_id: row for row in connection.execute(both)}
    if len(found) < 2:
        return
    columns, before, after = story_copies.c, found[old], found[new]
    # What was a copy and counted may be the headline now.
    connection.execute(delete(story_copies).where(columns.title_id == old, columns.headline_id == new))
    story = _headlines(connection, [new])[new].story
    moved = ("copy_id", *_TEXTS, "headline_id")
    theirs = select(literal(story, BigInteger), *(columns[name] for name in moved)).where(columns.title_id == old)
    statement = insert(connection, story_copies).from_select(["title_id", *moved], theirs)
    connection.execute(statement.on_conflict_do_nothing())
    connection.execute(delete(story_copies).where(columns.title_id == old))
    connection.execute(update(story_copies).where(columns.headline_id == old).values(headline_id=new))
    if before.source != after.source:
        row = {name: getattr(before, name) for name in _TEXTS if name != "seen_at"} | {"seen_at": before.fetched_at}
        key = {"copy_id": copy_id(before.title, before.source), "title_id": story}
        connection.execute(insert(connection, story_copies).values(row | key).on_conflict_do_nothing())
    itself = columns.copy_id == copy_id(after.title, after.source)
    connection.execute(delete(story_copies).where(columns.title_id == new, itself))
