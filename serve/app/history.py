"""The index over time: the windows that a range is divided into, and the daily market series laid over them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from pathlib import Path

from barometer.live.records import BarometerReading
from barometer.live.store.parts import Asked
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.api.ranges import Range, first_day
from serve.api.words import count_words, day_words, interval, points

DAY = timedelta(days=1)
_QUARTER = timedelta(hours=6)
_FEW = 4  # mean headlines a quarter of a day below which whole days are shown
WEEK: Range = "7d"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the plot: what it is about, and its windows, oldest first."""

    name: str
    windows: Sequence[BarometerReading]


def windows(
    store: DataStore, now: datetime, shown: Range, part: Asked, *, whole_days: bool = False
) -> list[BarometerReading]:
    """The windows of a range, oldest first, without a gap between them; those without headlines are empty.

    Seven days are shown in quarters of a UTC day if those have enough headlines, everything else, and all with
    `whole_days`, in whole days. The last window contains `now` and is incomplete.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    today = midnight(now.date())
    if shown == WEEK and not whole_days:
        last = today + (now - today) // _QUARTER * _QUARTER
        starts = [last - i * _QUARTER for i in reversed(range(28))]
        quarters = [store.reading(start, start + _QUARTER, part) for start in starts]
        if sum(quarter.count for quarter in quarters) >= _FEW * len(quarters):
            return quarters
    return _without_gaps(store.history(first_day(shown, now), today + DAY, "day", part)[::-1])


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
    lowest_words = f"Lowest {points(low)} on {day_words(lowest.since)}"
    summary = f"{count_words(total)}. {lowest_words}, highest {points(high)} on {day_words(highest.since)}"
    empty = len(found) - len(known)
    parts = "days" if is_day(found[0]) else "quarters of a day"
    return f"{summary}; {empty} of {len(found)} {parts} have no headlines." if empty else f"{summary}."


def lines_words(lines: Sequence[Line]) -> str:
    """A summary of one line, or of several by their names, in words."""
    if len(lines) == 1:
        return history_words(lines[0].windows)
    told = " ".join(f"{line.name}: {history_words(line.windows)}" for line in lines)
    return f"{told} The bands are 95% intervals."


def chart_words(lines: Sequence[Line]) -> str:
    """What a plot of lines shows, with its latest figures, for those who cannot see it."""
    everything = [window for line in lines for window in line.windows]
    if not everything:
        return "An empty plot"
    first, last = min(w.since for w in everything), max(w.since for w in everything)
    told = [f"{line.name}: {history_words(line.windows)}{_latest(line.windows)}" for line in lines]
    span = f"from {day_words(first)} to {day_words(last)}"
    return f"Line chart of the barometer with 95% intervals, {span}. {' '.join(told)}"


def _latest(found: Sequence[BarometerReading]) -> str:
    for window in reversed(found):
        if window.value is not None:
            return f" Latest {points(window.value)} ({interval(window)}) on {day_words(window.since)}."
    return ""


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
