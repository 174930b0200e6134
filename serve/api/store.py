"""The store behind the data API: each query is one read transaction about the version that is active then."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from barometer.labels import Label
from barometer.live import index
from barometer.live.annotation.overview import annotation_overview
from barometer.live.history_files import HistoryPart
from barometer.live.records import (
    AlertOverview,
    AnnotationOverview,
    BarometerReading,
    CoinReading,
    ListedStory,
    ListedTitle,
    OutletReading,
    StoryCopy,
    StoryFilter,
    TitleFilter,
    Vitals,
)
from barometer.live.store import search, stories, usual
from barometer.live.store.alerts import read_events, read_watched
from barometer.live.store.engine import StoreError, open_engine, reading
from barometer.live.store.parts import Asked, Part, Weights, about
from barometer.live.store.standing import active_version, last_refresh
from barometer.live.store.upgrade import check_revision
from barometer.live.store.vitals import read_vitals
from barometer.live.whole_history import history_parts
from serve.api.data_schemas import State
from serve.api.ports import Bucket, CoinDays, OpenStore, StoreUnavailableError
from serve.api.words import USUAL_SPAN

_NO_TABLE = "42P01"  # PostgreSQL's undefined_table
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown where nobody asks for something else: the weights of all headlines, and the headlines of a coin."""

    weights: Weights = "equal_headlines"
    coins_alone: bool = False


class BarometerStore:
    """A `DataStore` on SQLite or PostgreSQL. Before a version is active, every window is empty."""

    def __init__(self, engine: Engine, shown: Shown | None = None) -> None:
        self._engine, self._shown = engine, shown or Shown()

    def check(self) -> None:
        """Return if the database answers and has the tables that this code expects."""
        with self._asking():
            check_revision(self._engine)  # each time, as the file may have been replaced
        with self._reading():
            pass

    def model_version(self) -> str | None:
        """The active version."""
        with self._reading() as (_, version):
            return version

    def state(self, since: datetime, until: datetime, part: Asked = None, weights: Weights | None = None) -> State:
        """The barometer of [since, until) with its context."""
        month, asked = since - USUAL_SPAN, self._asked(part, weights)
        with self._reading() as (connection, version):
            refreshed = last_refresh(connection)
            if version is None:
                return State(_nothing(since, until), _nothing(month, since), None, None, refreshed)
            newest = search.newest_pub_time(connection, version)
            found = index.barometer(connection, version, since, until, *asked)
            usual = index.barometer(connection, version, month, since, *asked)
            return State(found, usual, newest, version, refreshed)

    def reading(
        self, since: datetime, until: datetime, part: Asked = None, weights: Weights | None = None
    ) -> BarometerReading:
        """The barometer of [since, until)."""
        return self._ask(index.barometer, since, until, *self._asked(part, weights)) or _nothing(since, until)

    def per_day(self, first: date, last: date) -> Sequence[tuple[date, BarometerReading]]:
        """The barometer of every day that has headlines, newest first."""
        return self._ask(index.per_day, first, last, self._shown.weights) or []

    def history(
        self,
        since: datetime,
        until: datetime,
        bucket: Bucket,
        part: Asked = None,
        weights: Weights | None = None,
    ) -> Sequence[BarometerReading]:
        """The barometer of each hour or day that has headlines, newest first."""
        return self._ask(index.history, since, until, bucket, *self._asked(part, weights)) or []

    def whole_history(self, bucket: Bucket, until: datetime) -> Iterator[HistoryPart]:
        """The barometer of every hour or day that is over, of all headlines and every coin, in parts."""

        @contextmanager
        def connect() -> Iterator[Connection]:
            with self._reading() as (connection, _):
                yield connection

        if version := self.model_version():  # the same for all parts, whatever is activated meanwhile
            yield from history_parts(connect, version, bucket, until)

    def coins(self, since: datetime, until: datetime, *, alone: bool | None = None) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned, most mentioned first."""
        return self._ask(index.per_coin, since, until, alone=self._alone(alone)) or []

    def coin_days(self, since: datetime, until: datetime, *, alone: bool | None = None) -> CoinDays:
        """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned."""
        return self._ask(index.days_per_coin, since, until, alone=self._alone(alone)) or {}

    def outlets(self, since: datetime, until: datetime) -> Sequence[OutletReading]:
        """The barometer of every outlet that has headlines, most headlines first."""
        return self._ask(index.per_outlet, since, until) or []

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ListedTitle]:
        """The `k` newest scored headlines, newest first."""
        return self._ask(search.newest_titles, k, predicted) or []

    def search(self, wanted: TitleFilter, *, limit: int, offset: int = 0) -> Sequence[ListedTitle]:
        """The scored headlines that pass a filter, newest first, with their coins."""
        return self._ask(search.search_titles, wanted, limit=limit, offset=offset) or []

    def stories(self, wanted: StoryFilter, *, limit: int, offset: int = 0) -> Sequence[ListedStory]:
        """The stories that pass a filter, in its order, with their copies."""
        return self._ask(stories.find_stories, wanted, limit=limit, offset=offset) or []

    def copies(self, title_ids: Collection[int]) -> Mapping[int, Sequence[StoryCopy]]:
        """The copies of headlines, the earliest first; those without any are left out."""
        with self._reading() as (connection, _):
            return stories.read_copies(connection, title_ids)

    def usual_counts(self, since: datetime, until: datetime, part: Asked = None) -> Sequence[int]:
        """How many headlines the window [since, until) had in earlier weeks, the nearest first."""
        chosen, _ = self._asked(part, None)
        return self._ask(usual.usual_counts, since, until, chosen) or []

    def alerts(self, limit: int) -> AlertOverview:
        """The alerts that are watched, and the newest events, newest first."""
        with self._reading() as (connection, _):
            return AlertOverview(read_watched(connection), read_events(connection, limit))

    def annotation(self) -> AnnotationOverview:
        """What annotators have done and have to do."""
        with self._reading() as (connection, _):
            return annotation_overview(connection)

    def vitals(self, now: datetime) -> Vitals:
        """What operators watch at a moment."""
        with self._reading() as (connection, version):
            return read_vitals(connection, version, now)

    def _alone(self, asked: bool | None) -> bool:
        return self._shown.coins_alone if asked is None else asked

    def _asked(self, part: Asked, weights: Weights | None) -> tuple[Part | None, Weights]:
        """The part and the weights that an answer is about."""
        chosen = about(part, alone=self._shown.coins_alone) if part and isinstance(part, str) else part or None
        # The store's own weights are those of all headlines: no part has sums for each outlet.
        return chosen, weights or ("equal_headlines" if chosen else self._shown.weights)

    def _ask(self, query: Callable[Concatenate[Connection, str, P], T], *asked: P.args, **named: P.kwargs) -> T | None:
        """What a query finds about the active version; None before there is one."""
        with self._reading() as (connection, version):
            return query(connection, version, *asked, **named) if version else None

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, str | None]]:
        with self._asking(), reading(self._engine) as connection:
            yield connection, active_version(connection)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            raise StoreUnavailableError(str(error)) from error
        except (OperationalError, InterfaceError, ProgrammingError, PoolTimeoutError) as error:
            if _lacks_table(error):
                raise StoreUnavailableError("the store has no tables yet; run `barometer db upgrade`") from error
            if isinstance(error, ProgrammingError):
                raise
            raise StoreUnavailableError("the store does not answer; try again later") from error


def _lacks_table(error: SQLAlchemyError) -> bool:
    cause = getattr(error, "orig", None)
    # SQLite has one code for every error in a statement.
    return getattr(cause, "sqlstate", None) == _NO_TABLE or str(cause).startswith("no such table")


def _nothing(since: datetime, until: datetime) -> BarometerReading:
    return BarometerReading(None, None, None, 0, since, until)


def store_opener(url: str, shown: Shown | None = None) -> OpenStore:
    """Return a function that opens the store at a database URL; it connects on the first query, not before.

    Raises:
        StoreError: if the URL is not understood, or the folder of an SQLite file is missing.
    """
    open_engine(url).dispose()

    @contextmanager
    def opened() -> Iterator[BarometerStore]:
        engine = open_engine(url)
        try:
            yield BarometerStore(engine, shown)
        finally:
            engine.dispose()

    return opened
