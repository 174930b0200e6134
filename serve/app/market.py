"""Daily market series that are laid over the index, where they were fetched: bitcoin's price, Fear & Greed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import isfinite
from pathlib import Path


class MarketError(ValueError):
    """A file of market data is not what its name promises."""


@dataclass(frozen=True, slots=True)
class Market:
    """A series that can be shown: its name, its file and column, and whether it is on the scale of 0 to 100."""

    name: str
    file: str
    column: str
    is_score: bool


PRICE = Market("Bitcoin price, USD", "btc_daily.csv", "close", False)
FEAR_GREED = Market("Fear & Greed index", "fear_greed.csv", "fng", True)
MARKETS = (PRICE, FEAR_GREED)


def read_market(folder: Path, market: Market) -> Mapping[date, float]:
    """The values of each UTC day, in the order of the file; none where there is no such file.

    A file is read again when it has changed.

    Raises:
        MarketError: if a column is missing, or a line has no date or no number; it names file, line and value.
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
