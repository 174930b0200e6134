"""Lists of scored headlines: the newest, and those that match a filter, page by page."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select

from barometer.headline import normalise_title
from barometer.labels import FIELD_NAMES, Label
from barometer.live.records import EVERY_TITLE, ListedTitle, TitleFilter
from barometer.live.store.belonging import belongs
from barometer.live.store.copies import told_by
from barometer.live.store.dialects import chunks
from barometer.live.store.marks import Selective
from barometer.live.store.newest import CLASSES, newest_since, since
from barometer.live.store.parts import Part, about, from_outlet
from barometer.live.store.rollups import published
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.times import hour_start
from barometer.live.store.words import Found, WordSearch, contains, read_found

# A coin or outlet with headlines in more hours than this is frequent enough to scan back from now.
FEW_HOURS = 100


def search_titles(
    connection: Connection,
    model_version: str,
    wanted: TitleFilter = EVERY_TITLE,
    *,
    limit: int = 20,
    offset: int = 0,
) -> list[ListedTitle]:
    """The scored headlines that match a filter, newest first, with coins and outlets.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: the version whose scores to read.
        wanted: the filter. Words of one or two characters alone are searched in the newest 50,000 headlines of the
            class, or of all.
        limit: how many headlines at most.
        offset: how many of the newest to skip.
    """
    scores = model_predictions.c
    chosen = select(scores.title_id, scores.pub_time).where(scores.model_version == model_version)
    if not wanted.include_not_news:
        chosen = chosen.where(scores.counted)
    if wanted.predicted is not None:
        chosen = chosen.where(scores.predicted_class == int(wanted.predicted))
    if wanted.since is not None:
        chosen = chosen.where(scores.pub_time >= wanted.since)
    words = list(dict.fromkeys(normalise_title(wanted.text).split()))
    parts = _parts(wanted)
    exact = wanted.predicted is None and not words and len(parts) == 1
    few = None
    if not wanted.include_not_news:  # those that are not news are not in the roll-ups
        tried = (_few(connection, model_version, part, offset + limit if exact else None) for part in parts)
        few = next((found for found in tried if found is not None), None)
    mentions = [belongs(part, scores.title_id) for part in parts] if few is None or len(parts) > 1 else []
    mentions += [] if few is None else [few]
    if words and few is None:
        searched = WordSearch(model_version, chosen, mentions, words, wanted.since)
        return listed_found(connection, model_version, searched.newest(connection, offset + limit)[offset:])
    if words:
        chosen = chosen.join(news_titles, news_titles.c.title_id == scores.title_id)
        chosen = chosen.where(*(contains(connection, word) for word in words))
    page = _newest_first(chosen.where(*mentions)).limit(limit).offset(offset)
    needed = (limit + offset) * (1 if wanted.predicted is None else CLASSES)
    start = None if words or parts else newest_since(connection, model_version, needed)
    found = read_found(connection, since(page, start))
    if len(found) < limit and start is not None:
        found = read_found(connection, page)
    return listed_found(connection, model_version, found)


def _newest_first(chosen: Select[Any]) -> Select[Any]:
    return chosen.order_by(model_predictions.c.pub_time.desc(), model_predictions.c.title_id)


def _parts(wanted: TitleFilter) -> list[Part]:
    """The parts of the news that all listed headlines belong to."""
    named = [] if wanted.coin is None else [about(wanted.coin)]
    return named if wanted.outlet is None else [*named, from_outlet(wanted.outlet)]


def _few(connection: Connection, model_version: str, part: Part, needed: int | None) -> ColumnElement[bool] | None:
    """Whether a headline belongs to a small part, among the hours with the newest `needed`; None if it is not small."""
    hours, span = rollups.c, 1 + part.kind.apart
    found = select(hours.hour, hours.headlines).where(
        hours.model_version == model_version, hours.span == span, Selective(hours.coin == part.key), hours.headlines > 0
    )
    newest = connection.execute(found.order_by(hours.hour.desc()).limit(FEW_HOURS)).all()
    complete = len(newest) < FEW_HOURS or (needed is not None and sum(row.headlines for row in newest) >= needed)
    if not complete:
        return None
    # In a subquery without an order: otherwise SQLite scans back from now to avoid sorting.
    titles = news_titles.alias()
    few = select(titles.c.title_id).where(
        or_(false(), *(_within(titles.c.pub_time, row.hour) for row in _first(newest, needed))),
        belongs(part, titles.c.title_id),
    )
    pub_times = published([hour_start(row.hour + n) for row in _first(newest, needed) for n in range(2)])
    return and_(Selective(model_predictions.c.title_id.in_(few)), pub_times)


def _first(hours: Sequence[Row[int, int]], needed: int | None) -> Sequence[Row[int, int]]:
    if needed is None:
        return hours
    counts = accumulate(row.headlines for row in hours)
    return hours[: 1 + sum(count < needed for count in counts)]


def _within(pub_time: ColumnElement[datetime], hour: int) -> ColumnElement[bool]:
    return and_(pub_time >= hour_start(hour), pub_time < hour_start(hour + 1))


def listed_found(connection: Connection, model_version: str, page: Found) -> list[ListedTitle]:
    """The headlines of a page, in its order, with the coins they mention and the outlets that told their stories."""
    # Ordered here: to avoid sorting, SQLite would scan all predictions back from now.
    found: dict[int, ListedTitle] = {}
    for chunk in chunks(page):
        pub_times = dict(chunk)
        near = published(pub_times.values())
        rows = listed_titles(model_version).where(model_predictions.c.title_id.in_(pub_times), near)
        coins, told = _coins(connection, pub_times), told_by(connection, pub_times)
        for title in map(listed_title, connection.execute(rows)):
            others = told.get(title.title_id, {})
            found[title.title_id] = replace(
                title,
                coins=tuple(coins[title.title_id]),
                outlets=len({title.source, *others}),
                first_seen=min([title.pub_time, *others.values()]),
            )
    return [found[title_id] for title_id, _ in page if title_id in found]  # one may have been deleted meanwhile


def _coins(connection: Connection, title_ids: Collection[int]) -> dict[int, list[str]]:
    mentions = select(title_coins.c.title_id, title_coins.c.coin).where(title_coins.c.title_id.in_(title_ids))
    found: dict[int, list[str]] = defaultdict(list)
    for title_id, coin in connection.execute(mentions.order_by(title_coins.c.coin)):
        found[title_id].append(coin)
    return found


def listed_titles(model_version: str) -> Select[*tuple[Any, ...]]:
    """All headlines that a version scored, counted or not, unordered: rows for `listed_title`."""
    scores, titles = model_predictions.c, news_titles.c
    probabilities = (scores[name] for name in FIELD_NAMES)
    columns = (titles.title_id, titles.title, titles.source, titles.url, titles.pub_time, *probabilities)
    rows = select(*columns, scores.predicted_class, scores.entropy, scores.news, scores.counted)
    return rows.join(news_titles, titles.title_id == scores.title_id).where(scores.model_version == model_version)


def listed_title(row: Row[*tuple[Any, ...]]) -> ListedTitle:
    """The record of a row of `listed_titles`."""
    title_id, title, source, url, pub_time, negative, neutral, positive, predicted, entropy, news, counted = row
    probabilities, label = (negative, neutral, positive), Label(predicted)
    return ListedTitle(
        title_id, title, source, url, pub_time, probabilities, label, entropy, news=news, counted=counted
    )


def newest_titles(
    connection: Connection, model_version: str, k: int, predicted: Label | None = None
) -> list[ListedTitle]:
    """The `k` newest headlines that count, of one predicted class or of all; newest first."""
    rows = listed_titles(model_version).where(model_predictions.c.counted)
    rows = rows.order_by(model_predictions.c.pub_time.desc(), news_titles.c.title_id).limit(k)
    needed = k
    if predicted is not None:
        rows = rows.where(model_predictions.c.predicted_class == int(predicted))
        needed = k * CLASSES
    start = newest_since(connection, model_version, needed)
    found = connection.execute(since(rows, start)).all()
    if len(found) < k and start is not None:
        found = connection.execute(rows).all()
    return [listed_title(row) for row in found]


def newest_pub_time(connection: Connection, model_version: str) -> datetime | None:
    """When the newest headline that counts was published, in UTC; None without any."""
    columns = model_predictions.c
    newest = select(func.max(columns.pub_time)).where(columns.model_version == model_version, columns.counted)
    start = newest_since(connection, model_version, 1)
    moment: datetime | None = connection.execute(since(newest, start)).scalar_one()
    return moment
