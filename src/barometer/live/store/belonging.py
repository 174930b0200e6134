"""Which headlines belong to a part of the news, as SQL: for rows, where roll-ups do not reach."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, literal_column, not_, select, true

from barometer.live.store.parts import MAX_OUTLET, Kind, Part
from barometer.live.store.schema import model_predictions, news_titles, title_coins

# Numbers as text: PostgreSQL takes two parameters for two expressions where it groups.
_OUTLET = func.substr(news_titles.c.source, literal_column("1"), literal_column(str(MAX_OUTLET)), type_=Text)


def name_column(kind: Kind) -> ColumnElement[str]:
    """The name of a part of a kind, in rows that `of_kind` has joined."""
    return _OUTLET if kind is Kind.OUTLET else title_coins.c.coin


def of_kind(scores: Select[Any], kind: Kind) -> Select[Any]:
    """Rows of predictions, once for each part of a kind that their headline belongs to; as they are for all."""
    columns = model_predictions.c
    if kind is Kind.ALL:
        return scores
    if kind is Kind.OUTLET:
        return scores.join_from(model_predictions, news_titles, news_titles.c.title_id == columns.title_id)
    mentions = scores.join_from(model_predictions, title_coins, title_coins.c.title_id == columns.title_id)
    return mentions if kind is Kind.COIN else mentions.where(_no_other())


# The titles that mention one coin, for reading them all: to look for another coin of each takes far longer then.
_single = (
    select(title_coins.c.title_id, func.min(title_coins.c.coin).label("coin"))
    .group_by(title_coins.c.title_id)
    .having(func.count() == 1)
    .subquery("single")
)


def all_names(kind: Kind) -> ColumnElement[str]:
    """The name of a part of a kind, in rows that `all_of_kind` has joined."""
    return _single.c.coin if kind is Kind.ALONE else name_column(kind)


def all_of_kind(scores: Select[Any], kind: Kind) -> Select[Any]:
    """`of_kind` for the predictions of years."""
    if kind is not Kind.ALONE:
        return of_kind(scores, kind)
    return scores.join_from(model_predictions, _single, _single.c.title_id == model_predictions.c.title_id)


def _no_other() -> ColumnElement[bool]:
    other = title_coins.alias()
    same, differs = other.c.title_id == title_coins.c.title_id, other.c.coin != title_coins.c.coin
    return not_(exists().where(same, differs).correlate(title_coins))


def belongs(part: Part, title_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the headline with an id belongs to a part."""
    if part.kind is Kind.ALL:
        return true()
    if part.kind is Kind.OUTLET:
        titles = news_titles.alias()
        named = func.substr(titles.c.source, 1, MAX_OUTLET) == part.name
        return exists().where(titles.c.title_id == title_id, named)
    coins = title_coins.alias()
    mentioned = exists().where(coins.c.title_id == title_id, coins.c.coin == part.name)
    if part.kind is Kind.COIN:
        return mentioned
    others = title_coins.alias()
    return and_(mentioned, not_(exists().where(others.c.title_id == title_id, others.c.coin != part.name)))
