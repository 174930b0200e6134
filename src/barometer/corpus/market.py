"""The market's daily series, Bitcoin prices and the Fear & Greed index: the format of their files and how to read them.

`btc_daily.csv` has `date,open,high,low,close,volume` (US dollars, days in UTC), `fear_greed.csv` has `date,fng,class`:
the index, 0 (fear) to 100 (greed), as published at 00:00 UTC of its day, so it contains nothing of that day.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PRICES, FEAR_GREED = "btc_daily.csv", "fear_greed.csv"
PRICE_COLUMNS = ["date", "open", "high", "low", "close", "volume"]
FEAR_GREED_COLUMNS = ["date", "fng", "class"]


class MarketError(ValueError):
    """A market series is missing or invalid."""


def read_prices(path: Path) -> pd.DataFrame:
    """Read daily prices: open, high, low, close and volume as floats, indexed by day (ascending).

    Raises:
        MarketError: naming the file and the first bad day: columns, dates that do not increase, prices that are not
            positive, a low above the high.
    """
    table = _read_daily(path, PRICE_COLUMNS)
    prices = _numbers(path, table, PRICE_COLUMNS[1:])
    _refuse(path, prices, (prices[PRICE_COLUMNS[1:5]] <= 0).any(axis=1), "a price that is not positive")
    _refuse(path, prices, prices["low"] > prices["high"], "a low above the high")
    return prices


def read_fear_greed(path: Path) -> pd.Series:
    """Read the Fear & Greed index: floats in [0, 100], indexed by day (ascending).

    Raises:
        MarketError: naming the file and the first bad day: columns, dates that do not increase, values out of range.
    """
    index = _numbers(path, _read_daily(path, FEAR_GREED_COLUMNS), ["fng"])
    _refuse(path, index, (index["fng"] < 0) | (index["fng"] > 100), "an index outside 0 to 100")
    return index["fng"]


def read_market(folder: Path) -> pd.DataFrame:
    """Read both series onto one calendar without gaps: columns `price` (close) and `fear_greed`, NaN where unknown.

    Raises:
        MarketError: if a file is missing or bad.
    """
    series = {"price": read_prices(folder / PRICES)["close"], "fear_greed": read_fear_greed(folder / FEAR_GREED)}
    table = pd.DataFrame(series)
    return table.reindex(pd.date_range(table.index.min(), table.index.max(), name="date"))


def _read_daily(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a CSV file with these columns, indexed by `date`."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise MarketError(f"no file {path}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise MarketError(f"{path} is not a CSV table: {error}") from None
    if not set(columns) <= set(table.columns):
        raise MarketError(f"{path} has columns {', '.join(table.columns)}; expected {', '.join(columns)}")
    if table.empty:
        raise MarketError(f"{path} has no rows")
    days = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    _refuse(path, table.set_index("date"), days.isna().to_numpy(), "a date that is not YYYY-MM-DD")
    table = table.set_index(pd.DatetimeIndex(days, name="date"))
    late = np.r_[False, table.index[1:] <= table.index[:-1]]
    _refuse(path, table, late, "a date that is not later than the one before")
    return table


def _numbers(path: Path, table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    numbers = pd.DataFrame({name: pd.to_numeric(table[name], errors="coerce") for name in columns}, dtype=float)
    _refuse(path, numbers, ~np.isfinite(numbers.to_numpy()).all(axis=1), f"no number in {', '.join(columns)}")
    return numbers


def _refuse(path: Path, table: pd.DataFrame, bad: "pd.Series | NDArray[np.bool_]", problem: str) -> None:
    mask = np.asarray(bad, dtype=bool)
    if mask.any():
        day = table.index[int(mask.argmax())]
        shown = day.date().isoformat() if isinstance(day, pd.Timestamp) else repr(day)
        raise MarketError(f"{path}: {problem} at {shown}")
