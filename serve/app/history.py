"""The index over time: the windows that a range is divided into, and the daily market series laid over them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from pathlib import Path

from barometer.live.records import BarometerReading
from barometer.live.store.parts import Asked
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.api.words import count_words, points

DAY = timedelta(days=1)
_QUARTER = timedelta(hours=6)
_FEW = 4  # mean headlines a quarter of a day below which whole days are shown
_EVER = datetime(2009, 1, 3, tzinfo=UTC)  # Bitcoin's first block: no crypto news is older
_DAYS = {"7 days": 7, "1 month": 30, "3 months": 91, "1 year": 365}
WEEK, DEFAULT, ALL = "7 days", "1 month", "All"
RANGES = (*_DAYS, ALL)


def windows(store: DataStore, now: datetime, shown: str, part: Asked) -> list[BarometerReading]:
    """The windows of one of `RANGES`, oldest first, without a gap between them; those without headlines are empty.

    Seven days are shown in quarters of a UTC day if those have enough headlines, everything else in whole days. The
    last window contains `now` and is incomplete.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    today = midnight(now.date())
    if shown == WEEK:
        last = today + (now - today) // _QUARTER * _QUARTER
        starts = [last - i * _QUARTER for i in reversed(range(28))]
        quarters = [store.reading(start, start + _QUARTER, part) for start in starts]
        if sum(quarter.count for quarter in quarters) >= _FEW * len(quarters):
            return quarters
    since = today - timedelta(days=_DAYS[shown]) if shown in _DAYS else _EVER
    return _without_gaps(store.history(since, today + DAY, "day", part)[::-1])


def _without_gaps(days: Sequence[BarometerReading]) -> list[BarometerReading]:
    filled: list[BarometerReading] = []
    for day in days:
        while filled and filled[-1].until < day.since:
            start = filled[-1].until
            filled.append(BarometerReading(None, None, None, 0, start, start + DAY))
        filled.append(day)
    return filled


def is_day(window: BarometerReading) -> bool:
    """Whether a window is a day, not a quarter of one."""
    return window.until - window.since == DAY


def middle(window: BarometerReading) -> datetime:
    """The moment at which a window is drawn, so that days align with those of other series."""
    return window.since + (window.until - window.since) / 2


def history_words(found: Sequence[BarometerReading]) -> str:
    """A summary of the plot of the index in words."""
    known = [(window.value, window) for window in found if window.value is not None]
    if not known:
        return "No headlines in this period."
    (low, lowest), (high, highest) = min(known, key=lambda w: w[0]), max(known, key=lambda w: w[0])
    total = sum(window.count for window in found)
    summary = f"{count_words(total)}. Lowest {points(low)} on {_day(lowest)}, highest {points(high)} on {_day(highest)}"
    empty = len(found) - len(known)
    parts = "days" if is_day(found[0]) else "quarters of a day"
    return f"{summary}; {empty} of {len(found)} {parts} have no headlines." if empty else f"{summary}."


def _day(window: BarometerReading) -> str:
    return f"{window.since.day} {window.since:%B %Y}"


class MarketError(ValueError):
    """A file of market data is malformed."""


@dataclass(frozen=True, slots=True)
class Market:
    """A market series: its name, its file and column, and whether its scale is 0 to 100."""

    name: str
    file: str
    column: str
    is_score: bool


PRICE = Market("Bitcoin price, USD", "btc_daily.csv", "close", False)
FEAR_GREED = Market("Fear & Greed index", "fear_greed.csv", "fng", True)
MARKETS = (PRICE, FEAR_GREED)


def read_market(folder: Path, market: Market) -> Mapping[date, float]:
    """The value of each UTC day, in the order of the file; empty if there is no file. A changed file is read again.

    Raises:
        MarketError: if a column is missing, or a line lacks a date or a number; it names file, line and value.
    """
    path = folder / market.file
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _read(path, market, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, market: Market, _changed: int, _size: int) -> Mapping[date, float]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := {"date", market.column} - set(rows.fieldnames or ()):
                raise MarketError(f"{path.name} has no column {', '.join(sorted(missing))}")
            return dict(_value(path.name, rows.line_num, row, market) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MarketError(f"{path.name} cannot be read as CSV: {error}") from error


def _value(name: str, line: int, row: Mapping[str, str | None], market: Market) -> tuple[date, float]:
    day, value = row["date"] or "", row[market.column] or ""
    try:
        found = date.fromisoformat(day), float(value)
    except ValueError:
        raise MarketError(f"{name}, line {line}: expected a date and a number, found {day!r} and {value!r}") from None
    if not isfinite(found[1]) or found[1] < 0 or (market.is_score and found[1] > 100):
        raise MarketError(f"{name}, line {line}: {market.column} cannot be {value}")
    return found
