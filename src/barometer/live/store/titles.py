"""Headlines, each stored once whatever feeds carry it, and dropped titles, kept for audit for a while."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select

from barometer.headline import headline_id
from barometer.live.records import DroppedTitle, NewsTitle, StoredTitle
from barometer.live.store.dialects import chunks, insert, insert_rows
from barometer.live.store.rollups import add, deltas, published
from barometer.live.store.schema import (
    annotation_tasks,
    dropped_titles,
    labeled_news_titles,
    model_predictions,
    news_titles,
    score_queue,
    story_copies,
    title_coins,
)

KEEP_DROPPED = timedelta(days=7)
# Longer than a title is compared with others, so that no other feed brings it back.
KEEP_SUPERSEDED = timedelta(days=60)


def save_titles(connection: Connection, titles: Iterable[NewsTitle]) -> int:
    """Store headlines and the coins they mention; return how many were new. A known headline stays as it was.

    Raises:
        sqlalchemy.exc.StatementError: if a time has no zone.
    """
    # In the order of the ids, so that two crawlers with the same news cannot deadlock.
    by_id = {title.title_id: title for title in titles}
    rows = [_row(by_id[title_id]) for title_id in sorted(by_id)]
    if not rows:
        return 0
    statement = insert(connection, news_titles).on_conflict_do_nothing().returning(news_titles.c.title_id)
    new = insert_rows(connection, news_titles, statement, rows).scalars().all()
    coins = [{"title_id": title_id, "coin": coin} for title_id in new for coin in sorted(by_id[title_id].coins)]
    if coins:
        insert_rows(connection, title_coins, insert(connection, title_coins).on_conflict_do_nothing(), coins)
    return len(new)


def _row(title: NewsTitle) -> dict[str, object]:
    return {name: getattr(title, name) for name in ("title_id", "title", "source", "url", "pub_time", "fetched_at")}


def recent_titles(connection: Connection, since: datetime, until: datetime | None = None) -> list[StoredTitle]:
    """The titles published from `since` to `until`, newest first, edited ones included, each with its headline's id."""
    columns = news_titles.c
    headline = func.coalesce(columns.superseded_by, columns.title_id)
    wanted = columns.pub_time >= since if until is None else columns.pub_time.between(since, until)
    rows = select(headline, columns.title).where(wanted).order_by(columns.pub_time.desc())
    counted = select(columns.title_id).join(story_copies, story_copies.c.headline_id == columns.title_id).where(wanted)
    copies = set(connection.execute(counted).scalars())
    return [StoredTitle(title_id, title, title_id in copies) for title_id, title in connection.execute(rows)]


def dated_titles(connection: Connection, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Publication time (UTC) and text of the headlines from `since` to `until`, both included; newest first."""
    wanted = news_titles.c.pub_time.between(since, until) & news_titles.c.superseded_by.is_(None)
    rows = select(news_titles.c.pub_time, news_titles.c.title).where(wanted).order_by(news_titles.c.pub_time.desc())
    return [(pub_time, title) for pub_time, title in connection.execute(rows)]


def delete_titles(connection: Connection, title_ids: Iterable[int]) -> int:
    """Delete headlines with their predictions and subtract these from the roll-ups; return how many.

    Headlines that are labelled, or that annotators were asked about, stay.
    """
    return sum(_delete(connection, chunk) for chunk in chunks(sorted(set(title_ids))))


def delete_titles_before(connection: Connection, moment: datetime, limit: int | None = None) -> int:
    """Delete the `limit` oldest headlines published before `moment` (all, if None), as `delete_titles` does.

    Returns how many it deleted.
    """
    ids = select(news_titles.c.title_id).where(news_titles.c.pub_time < moment, _deletable())
    oldest = ids.order_by(news_titles.c.pub_time).limit(limit)
    return delete_titles(connection, connection.execute(oldest).scalars().all())


def _deletable() -> ColumnElement[bool]:
    labelled = exists().where(labeled_news_titles.c.title_id == news_titles.c.title_id)
    asked = exists().where(annotation_tasks.c.title_id == news_titles.c.title_id)
    return and_(~labelled, ~asked)


def _delete(connection: Connection, title_ids: Sequence[int]) -> int:
    locked = select(news_titles.c.title_id, news_titles.c.pub_time)
    locked = locked.where(news_titles.c.title_id.in_(title_ids), _deletable())
    # The lock keeps scorers away from these headlines, so that all they ever added to roll-ups is subtracted.
    locked = locked.order_by(news_titles.c.title_id).with_for_update()
    deleted = {row.title_id: row.pub_time for row in connection.execute(locked)}
    unscore(connection, deleted)
    connection.execute(delete(news_titles).where(news_titles.c.title_id.in_(deleted)))
    return len(deleted)


def unscore(connection: Connection, titles: Mapping[int, datetime]) -> None:
    """Delete the predictions of headlines, subtract them from the roll-ups, and take the headlines off the queue.

    `titles` are the times of publication by id. The caller holds the locks of the titles.
    """
    columns = model_predictions.c
    mine = and_(columns.title_id.in_(titles), published(titles.values()))
    scores = select(columns.model_version, columns.title_id, columns.pub_time, columns.value)
    changes = [
        (version, title_id, pub_time, value, None)
        for version, title_id, pub_time, value in connection.execute(scores.where(mine, columns.counted))
    ]
    add(connection, deltas(connection, changes))
    connection.execute(delete(score_queue).where(score_queue.c.title_id.in_(titles)))
    connection.execute(delete(model_predictions).where(mine))


def delete_superseded(connection: Connection, now: datetime, keep: timedelta = KEEP_SUPERSEDED) -> int:
    """Delete titles that were edited and published longer ago than `keep`, unless labelled; return how many."""
    old = (news_titles.c.superseded_by.is_not(None)) & (news_titles.c.pub_time < now - keep)
    return delete_titles(connection, connection.execute(select(news_titles.c.title_id).where(old)).scalars().all())


def count_titles(connection: Connection) -> int:
    """The number of headlines; an edited one counts once."""
    rows = select(func.count()).select_from(news_titles).where(news_titles.c.superseded_by.is_(None))
    return connection.execute(rows).scalar_one()


def save_dropped(connection: Connection, dropped: Iterable[DroppedTitle]) -> None:
    """Store titles that a filter dropped, once for each reason, with the time when they were last seen."""
    rows = {(headline_id(drop.title), drop.reason): drop for drop in dropped}
    if not rows:
        return
    statement = insert(connection, dropped_titles)
    statement = statement.on_conflict_do_update(
        index_elements=["title_id", "reason"], set_={"dropped_at": statement.excluded.dropped_at}
    )
    names = ("title", "source", "url", "reason", "dropped_at")
    values = [{"title_id": key[0], **{name: getattr(rows[key], name) for name in names}} for key in sorted(rows)]
    connection.execute(statement, values)


def count_dropped(connection: Connection) -> dict[str, int]:
    """How many titles are kept for each reason, the most frequent first."""
    number = func.count().label("number")
    rows = select(dropped_titles.c.reason, number).group_by(dropped_titles.c.reason)
    rows = rows.order_by(number.desc(), dropped_titles.c.reason)
    return {row.reason: row.number for row in connection.execute(rows)}


def list_dropped(connection: Connection, reason: str | None, limit: int) -> list[DroppedTitle]:
    """The `limit` titles that were dropped last, newest first: for one reason, or for any if it is None."""
    columns = dropped_titles.c
    rows = select(columns.title, columns.source, columns.url, columns.reason, columns.dropped_at)
    if reason is not None:
        rows = rows.where(columns.reason == reason)
    rows = rows.order_by(columns.dropped_at.desc(), columns.title_id, columns.reason).limit(limit)
    return [DroppedTitle(*row) for row in connection.execute(rows)]


def delete_dropped(connection: Connection, now: datetime, keep: timedelta = KEEP_DROPPED) -> int:
    """Delete titles dropped longer ago than `keep`; return how many."""
    return connection.execute(delete(dropped_titles).where(dropped_titles.c.dropped_at < now - keep)).rowcount
