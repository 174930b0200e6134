"""Scored headlines as a list that people filter, search and page through."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from barometer.headline import normalise_title
from barometer.labels import Label
from barometer.live.records import ListedTitle
from barometer.live.store.predictions import listed_title, listed_titles
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.times import HOURS_OF_DAY, hour_start

# No index finds a part of a word. At this many titles, a search for what is in none of them took 0.1 s.
SEARCHED = 50_000


def search_titles(
    connection: Connection,
    model_version: str,
    *,
    predicted: Label | None = None,
    coin: str | None = None,
    text: str = "",
    since: datetime | None = None,
    limit: int = 20,
    offset: int = 0,
) -> list[ListedTitle]:
    """The scored headlines that pass every filter given, newest first, with the coins they mention.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: whose scores are meant.
        predicted: the class that the version predicts.
        coin: a ticker in capitals.
        text: words that all occur in the title, as whole or part of a word, in any order; the case of ASCII letters
            does not matter. Only the newest 50,000 headlines that pass the other filters are searched.
        since: the earliest moment of publication.
        limit: how many headlines at most.
        offset: how many of the newest to pass over.
    """
    scores = model_predictions.c
    chosen = select(scores.title_id).where(scores.model_version == model_version)
    if predicted is not None:
        chosen = chosen.where(scores.predicted_class == int(predicted))
    if coin is not None:
        needed = None if text or predicted is not None else offset + limit
        oldest = _oldest_mention(connection, model_version, coin, needed)
        if oldest is None:
            return []
        since = max(since, oldest) if since else oldest
        chosen = chosen.where(exists().where(title_coins.c.title_id == scores.title_id, title_coins.c.coin == coin))
    if since is not None:
        chosen = chosen.where(scores.pub_time >= since)
    chosen = _newest_first(chosen)
    if words := normalise_title(text).split():
        chosen = _having(connection, chosen, words)
    return _listed(connection, model_version, chosen.limit(limit).offset(offset))


def _newest_first(chosen: Select[Any]) -> Select[Any]:
    return chosen.order_by(model_predictions.c.pub_time.desc(), model_predictions.c.title_id)


def _oldest_mention(connection: Connection, model_version: str, coin: str, needed: int | None) -> datetime | None:
    """Since when a coin has at least `needed` headlines, or all it has; None where it has none.

    Without it, the search for the few headlines of a rare coin would walk through all that were ever published.
    """
    days = rollups.c
    mentions = select(days.hour, days.headlines).where(
        days.model_version == model_version, days.span == HOURS_OF_DAY, days.coin == coin, days.headlines > 0
    )
    oldest, found = None, 0
    for hour, headlines in connection.execute(mentions.order_by(days.hour.desc())):
        oldest, found = hour_start(hour), found + headlines
        if needed is not None and found >= needed:
            break
    return oldest


def _having(connection: Connection, chosen: Select[Any], words: Iterable[str]) -> Select[Any]:
    newest = chosen.add_columns(model_predictions.c.pub_time).limit(SEARCHED).subquery()
    joined = select(newest.c.title_id).join(news_titles, news_titles.c.title_id == newest.c.title_id)
    having = joined.where(*(_contains(connection, word) for word in words))
    return having.order_by(newest.c.pub_time.desc(), newest.c.title_id)


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
