"""The store behind the data API: each query is one read transaction about the version that is active then."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from barometer.labels import Label
from barometer.live import index
from barometer.live.annotation.overview import annotation_overview
from barometer.live.history_files import HistoryPart
from barometer.live.records import AnnotationOverview, BarometerReading, CoinReading, ListedTitle, TitleFilter, Vitals
from barometer.live.store import search
from barometer.live.store.engine import StoreError, open_engine, reading
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


class BarometerStore:
    """A `DataStore` on SQLite or PostgreSQL. Before a version is active, every window is empty."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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

    def state(self, since: datetime, until: datetime, coin: str | None = None) -> State:
        """The barometer of [since, until) with its context."""
        month = since - USUAL_SPAN
        with self._reading() as (connection, version):
            refreshed = last_refresh(connection)
            if version is None:
                return State(_nothing(since, until), _nothing(month, since), None, None, refreshed)
            newest = search.newest_pub_time(connection, version)
            found = index.barometer(connection, version, since, until, coin)
            usual = index.barometer(connection, version, month, since, coin)
            return State(found, usual, newest, version, refreshed)

    def reading(self, since: datetime, until: datetime, coin: str | None = None) -> BarometerReading:
        """The barometer of [since, until)."""
        return self._ask(index.barometer, since, until, coin) or _nothing(since, until)

    def per_day(self, first: date, last: date) -> Sequence[tuple[date, BarometerReading]]:
        """The barometer of every day that has headlines, newest first."""
        return self._ask(index.per_day, first, last) or []

    def history(
        self, since: datetime, until: datetime, bucket: Bucket, coin: str | None = None
    ) -> Sequence[BarometerReading]:
        """The barometer of each hour or day that has headlines, newest first."""
        return self._ask(index.history, since, until, bucket, coin) or []

    def whole_history(self, bucket: Bucket, until: datetime) -> Iterator[HistoryPart]:
        """The barometer of every hour or day that is over, of all headlines and every coin, in parts."""

        @contextmanager
        def connect() -> Iterator[Connection]:
            with self._reading() as (connection, _):
                yield connection

        if version := self.model_version():  # the same for all parts, whatever is activated meanwhile
            yield from history_parts(connect, version, bucket, until)

    def coins(self, since: datetime, until: datetime) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned, most mentioned first."""
        return self._ask(index.per_coin, since, until) or []

    def coin_days(self, since: datetime, until: datetime) -> CoinDays:
        """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned."""
        return self._ask(index.days_per_coin, since, until) or {}

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ListedTitle]:
        """The `k` newest scored headlines, newest first."""
        return self._ask(search.newest_titles, k, predicted) or []

    def search(self, wanted: TitleFilter, *, limit: int, offset: int = 0) -> Sequence[ListedTitle]:
        """The scored headlines that pass a filter, newest first, with their coins."""
        return self._ask(search.search_titles, wanted, limit=limit, offset=offset) or []

    def annotation(self) -> AnnotationOverview:
        """What annotators have done and have to do."""
        with self._reading() as (connection, _):
            return annotation_overview(connection)

    def vitals(self, now: datetime) -> Vitals:
        """What operators watch at a moment."""
        with self._reading() as (connection, version):
            return read_vitals(connection, version, now)

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


def store_opener(url: str) -> OpenStore:
    """Return a function that opens the store at a database URL; it connects on the first query, not before.

    Raises:
        StoreError: if the URL is not understood, or the folder of an SQLite file is missing.
    """
    open_engine(url).dispose()

    @contextmanager
    def opened() -> Iterator[BarometerStore]:
        engine = open_engine(url)
        try:
            yield BarometerStore(engine)
        finally:
            engine.dispose()

    return opened
