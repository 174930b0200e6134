"""Queries of the data API that `scripts.bench_store` measures; each takes a connection and a moment."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from barometer.labels import Label
from barometer.live.index import barometer, history, last_hours, per_coin, per_day, per_outlet
from barometer.live.records import StoryFilter, StoryOrder, TitleFilter
from barometer.live.store.parts import Asked, Weights, about, from_outlet
from barometer.live.store.search import newest_pub_time, newest_titles, search_titles
from barometer.live.store.standing import active_version, last_refresh
from barometer.live.store.stories import find_stories
from barometer.live.store.sums import Bucket, coin_days
from barometer.live.store.usual import usual_counts
from scripts.bench_store_fill import END, HUNDREDTH, OFTEN, ONCE, ONCE_OFTEN, THOUSANDTH, VERSION, YEARS

ALL_DAYS = YEARS * 365
AGO = {"": 0, ", a day ago": 1, ", a week ago": 7, ", a month ago": 30, ", a year ago": 365}

Query = Callable[[Connection, datetime], object]


def queries() -> dict[str, Query]:
    """Every query of the data API that must keep the limit, by name."""
    return {
        "state: version, last run, newest publication, 24 hours": _state,
        "barometer, 1 hour": _window(1 / 24),
        **{f"barometer, 24 hours{when}": _window(1, ago) for when, ago in AGO.items()},
        "barometer, 30 days": _window(30),
        "barometer, 1 year": _window(365),
        "barometer, 5 years": _window(ALL_DAYS),
        "barometer of a coin, 24 hours": _window(1, part="C7"),
        "barometer of a coin, 1 year": _window(365, part="C7"),
        "per day, 1 year": _year,
        "history by hour, 7 days": _past(7, "hour"),
        "history by hour, 30 days": _past(30, "hour"),
        "history by hour, 30 days, of a coin": _past(30, "hour", "C7"),
        "history by day, 1 year": _past(365, "day"),
        "history by day, 5 years": _past(ALL_DAYS, "day"),
        "history by day, 5 years, of a coin": _past(ALL_DAYS, "day", "C7"),
        "coins, 24 hours": _coins(1),
        "coins, 30 days": _coins(30),
        "coins, 1 year": _coins(365),
        "coins alone, 1 year": lambda c, now: per_coin(c, VERSION, now - timedelta(days=365), now, alone=True),
        "barometer of a coin alone, 1 year": _window(365, part=about("C7", alone=True)),
        "barometer of an outlet, 24 hours": _window(1, part=from_outlet("Outlet 7")),
        "barometer of an outlet, 1 year": _window(365, part=from_outlet("Outlet 7")),
        "outlets, 24 hours": _outlets(1),
        "outlets, 1 year": _outlets(365),
        "history by day, 1 year, equal outlets": _past(365, "day", weights="equal_outlets"),
        "days of all coins, 7 days": _of_coins(7),
        "days of all coins, 30 days": _of_coins(30),
        "newest titles, 10": _newest(10, None),
        "newest titles, 100": _newest(100, None),
        "newest titles of a class, 10": _newest(10, Label.POSITIVE),
        "newest titles of a class, 100": _newest(100, Label.NEGATIVE),
        "newest titles of a class there is none of": _newest(100, Label.NEUTRAL),
        "newest titles of a coin, 20": _search(coin="C7"),
        "newest titles of an outlet, 20": _search(outlet="Outlet 7"),
        "titles, page 50 of 20": _search(offset=1000),
        "stories, 24 hours": _stories(1),
        "stories, 24 hours, newest": _stories(1, order="newest"),
        "stories, 24 hours, of a coin": _stories(1, coin="C7"),
        "stories of three outlets, 7 days": _stories(7, outlets=3),
        "usual volume, 24 hours": _usual(1),
        "usual volume, 7 days, of a coin": _usual(7, "C7"),
        **_words(),
    }


def _words() -> dict[str, Query]:
    nowhere, parts = "xylograph", "therest"  # the parts of the second are all frequent
    return {
        "word in 3 of 10 titles": _search(text=OFTEN),
        "word in 3 of 10 titles, page 11 of 20": _search(text=OFTEN, offset=200),
        "word in one of 100 titles": _search(text=HUNDREDTH),
        "word in one of 100 titles, page 6 of 20": _search(text=HUNDREDTH, offset=100),
        "word in one of 1,000 titles": _search(text=THOUSANDTH),
        "word that was frequent four years ago": _search(text=ONCE_OFTEN),
        "word that occurs once, four years ago": _search(text=ONCE),
        "word that occurs nowhere": _search(text=nowhere),
        "word that occurs nowhere, of frequent parts": _search(text=parts),
        "frequent word and one in 1,000": _search(text=f"{OFTEN} {THOUSANDTH}"),
        "frequent word and one that occurs nowhere": _search(text=f"{OFTEN} {nowhere}"),
        "frequent word, of a class": _search(text=OFTEN, label=Label.POSITIVE),
        "word in one of 1,000, of a class": _search(text=THOUSANDTH, label=Label.NEGATIVE),
        "word, of a class there is none of": _search(text=OFTEN, label=Label.NEUTRAL),
        "word that occurs nowhere, of a coin": _search(coin="C7", text=nowhere),
        "frequent word, of a coin": _search(coin="C7", text=OFTEN),
        "word in one of 1,000, since a month ago": _search(text=THOUSANDTH, since=END - timedelta(days=30)),
    }


def searches() -> dict[str, Query]:
    """Queries that no index answers; the limit of barometer queries does not apply to them."""
    return {
        "titles of a class and a coin, 20": _search(coin="C7", label=Label.NEGATIVE),
        "titles of a coin, with what is no news, 20": _search(coin="C7", everything=True),
        "word of two characters that occurs nowhere": _search(text="\u00a7\u00a7"),
        "stories, 31 days": _stories(31),
    }


def _search(
    coin: str | None = None,
    text: str = "",
    label: Label | None = None,
    offset: int = 0,
    since: datetime | None = None,
    *,
    everything: bool = False,
    outlet: str | None = None,
) -> Query:
    wanted = TitleFilter(label, coin, text, since, include_not_news=everything, outlet=outlet)
    return lambda c, _: search_titles(c, VERSION, wanted, offset=offset)


def _stories(days: int, coin: str | None = None, outlets: int = 1, order: StoryOrder = "outlets") -> Query:
    def ask(connection: Connection, now: datetime) -> object:
        wanted = StoryFilter(now - timedelta(days=days), now, coin, outlets, order)
        return find_stories(connection, VERSION, wanted)

    return ask


def _usual(days: int, coin: str | None = None) -> Query:
    return lambda c, now: usual_counts(c, VERSION, now - timedelta(days=days), now, coin)


def _state(connection: Connection, now: datetime) -> object:
    version = active_version(connection) or VERSION
    refreshed, newest = last_refresh(connection), newest_pub_time(connection, version)
    return refreshed, newest, last_hours(connection, version, 24, now)


def _window(days: float, ago: int = 0, part: Asked = None) -> Query:
    def ask(connection: Connection, now: datetime) -> object:
        until = now - timedelta(days=ago)
        return barometer(connection, VERSION, until - timedelta(days=days), until, part)

    return ask


def _past(days: int, bucket: Bucket, part: Asked = None, weights: Weights = "equal_headlines") -> Query:
    return lambda c, now: history(c, VERSION, now - timedelta(days=days), now, bucket, part, weights)


def _coins(days: int) -> Query:
    return lambda c, now: per_coin(c, VERSION, now - timedelta(days=days), now)


def _outlets(days: int) -> Query:
    return lambda c, now: per_outlet(c, VERSION, now - timedelta(days=days), now)


def _of_coins(days: int) -> Query:
    return lambda c, now: coin_days(c, VERSION, now - timedelta(days=days), now)


def _newest(k: int, label: Label | None) -> Query:
    return lambda c, _: newest_titles(c, VERSION, k, label)


def _year(connection: Connection, now: datetime) -> object:
    return per_day(connection, VERSION, now.date() - timedelta(days=364), now.date())
