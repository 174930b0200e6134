"""Scored headlines as a list that people filter, search and page through."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, false, or_, select

from barometer.headline import normalise_title
from barometer.live.records import EVERY_TITLE, ListedTitle, TitleFilter
from barometer.live.store.predictions import listed_title, listed_titles
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.sums import Selective
from barometer.live.store.times import hour_start

# No index finds a part of a word. At this many titles, a search for what is in none of them took 0.1 s.
SEARCHED = 50_000
# A coin with more hours than this is met often enough by walking back from now.
FEW_HOURS = 100


def search_titles(
    connection: Connection,
    model_version: str,
    wanted: TitleFilter = EVERY_TITLE,
    *,
    limit: int = 20,
    offset: int = 0,
) -> list[ListedTitle]:
    """The scored headlines that a filter lets pass, newest first, with the coins they mention.

    Those that do not count pass only where the filter says so.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: whose scores are meant.
        wanted: the filter. Its text is sought in the newest 50,000 headlines of the class, or of all.
        limit: how many headlines at most.
        offset: how many of the newest to pass over.
    """
    scores = model_predictions.c
    chosen = select(scores.title_id).where(scores.model_version == model_version)
    if not wanted.include_not_news:
        chosen = chosen.where(scores.counted)
    if wanted.predicted is not None:
        chosen = chosen.where(scores.predicted_class == int(wanted.predicted))
    words = list(dict.fromkeys(normalise_title(wanted.text).split()))
    if words:
        chosen = _having(connection, chosen, words)
    if wanted.coin is not None and wanted.include_not_news:  # roll-ups know nothing of these
        chosen = chosen.where(exists().where(_mentions(wanted.coin, scores.title_id)))
    elif wanted.coin is not None:
        exact = wanted.predicted is None and not words
        chosen = _mentioning(connection, chosen, model_version, wanted.coin, offset + limit if exact else None)
    if wanted.since is not None:
        chosen = chosen.where(scores.pub_time >= wanted.since)
    return _listed(connection, model_version, _newest_first(chosen).limit(limit).offset(offset))


def _newest_first(chosen: Select[Any]) -> Select[Any]:
    return chosen.order_by(model_predictions.c.pub_time.desc(), model_predictions.c.title_id)


def _mentioning(
    connection: Connection, chosen: Select[Any], model_version: str, coin: str, needed: int | None
) -> Select[Any]:
    """Those that mention a coin. Of a rare one, only the hours that have the newest `needed` are looked through."""
    hours = rollups.c
    found = select(hours.hour, hours.headlines).where(
        hours.model_version == model_version, hours.span == 1, Selective(hours.coin == coin), hours.headlines > 0
    )
    newest = connection.execute(found.order_by(hours.hour.desc()).limit(FEW_HOURS)).all()
    complete = len(newest) < FEW_HOURS or (needed is not None and sum(row.headlines for row in newest) >= needed)
    if not complete:
        return chosen.where(exists().where(_mentions(coin, model_predictions.c.title_id)))
    # In a subquery without an order: else SQLite walks back from now to save the sorting.
    titles = news_titles.alias()
    few = select(titles.c.title_id).where(
        or_(false(), *(_within(titles.c.pub_time, row.hour) for row in _first(newest, needed))),
        exists().where(_mentions(coin, titles.c.title_id)),
    )
    return chosen.where(Selective(model_predictions.c.title_id.in_(few)))


def _mentions(coin: str, title_id: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(title_coins.c.title_id == title_id, title_coins.c.coin == coin)


def _first(hours: Sequence[Row[int, int]], needed: int | None) -> Sequence[Row[int, int]]:
    if needed is None:
        return hours
    counts = accumulate(row.headlines for row in hours)
    return hours[: 1 + sum(count < needed for count in counts)]


def _within(pub_time: ColumnElement[datetime], hour: int) -> ColumnElement[bool]:
    return and_(pub_time >= hour_start(hour), pub_time < hour_start(hour + 1))


def _having(connection: Connection, chosen: Select[Any], words: Iterable[str]) -> Select[Any]:
    pub_time = model_predictions.c.pub_time
    last = chosen.with_only_columns(pub_time).order_by(pub_time.desc()).offset(SEARCHED - 1).limit(1)
    oldest = connection.execute(last).scalar_one_or_none()
    searched = chosen if oldest is None else chosen.where(pub_time >= oldest)
    joined = searched.join(news_titles, news_titles.c.title_id == model_predictions.c.title_id)
    return joined.where(*(_contains(connection, word) for word in words))


def _contains(connection: Connection, word: str) -> ColumnElement[bool]:
    title: ColumnElement[str] = news_titles.c.title
    if connection.dialect.name == "postgresql":
        # As SQLite does it: the case of ASCII letters alone, whatever the locale of the server.
        title = title.collate("C")
    return title.icontains(word, autoescape=True)


def _listed(connection: Connection, model_version: str, page: Select[Any]) -> list[ListedTitle]:
    ids = page.subquery()
    rows = _newest_first(listed_titles(model_version).join(ids, ids.c.title_id == model_predictions.c.title_id))
    found = [listed_title(row) for row in connection.execute(rows)]
    coins = _coins(connection, [title.title_id for title in found])
    return [replace(title, coins=tuple(coins[title.title_id])) for title in found]


def _coins(connection: Connection, title_ids: list[int]) -> dict[int, list[str]]:
    mentions = select(title_coins.c.title_id, title_coins.c.coin).where(title_coins.c.title_id.in_(title_ids))
    found: dict[int, list[str]] = defaultdict(list)
    for title_id, coin in connection.execute(mentions.order_by(title_coins.c.coin)):
        found[title_id].append(coin)
    return found
