"""Downloads the market's daily series: from the mirror as files, else from public interfaces of their publishers.

Prices are the daily candles of Bitstamp (BTC/USD, https://www.bitstamp.net/api/), the Fear & Greed index that of
https://alternative.me/crypto/fear-and-greed-index/. Both grow every day, so a file is checked by its content; the
digest only tells whether it is the version that the committed reports were made with.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pooch

from barometer.card import file_digest
from barometer.corpus.fetch import MARKET, MIRROR, FetchError
from barometer.corpus.market import (
    FEAR_GREED,
    FEAR_GREED_COLUMNS,
    PRICE_COLUMNS,
    PRICES,
    MarketError,
    read_fear_greed,
    read_prices,
)

# The versions that the committed reports quote.
QUOTED = {
    PRICES: "6ad03ada41fdbe24b1c4f3f4da11a5caf8216c61eaa0eda73420d6f1a38e53da",
    FEAR_GREED: "9058ac057f47b3b441b347b0043a0a0f44b2adb0a0bf949ddb9e0aa03218691c",
}
PUBLIC = {
    PRICES: "https://www.bitstamp.net/api/v2/ohlc/btcusd/",
    FEAR_GREED: "https://api.alternative.me/fng/",
}
_FIRST_CANDLE = datetime(2011, 8, 18, tzinfo=UTC)
_DAY, _PAGE = 86_400, 1000
_READERS: dict[str, Callable[[Path], "pd.DataFrame | pd.Series"]] = {PRICES: read_prices, FEAR_GREED: read_fear_greed}


@dataclass(frozen=True, slots=True)
class FetchedSeries:
    """A market file that is present and valid.

    Attributes:
        path: where it lies.
        days, first, last: how much it holds.
        quoted: whether it is, byte for byte, the version that the committed reports quote.
    """

    path: Path
    days: int
    first: date
    last: date
    quoted: bool


def fetch_market(
    data: Path, mirror: str | None = None, public: Mapping[str, str] = PUBLIC, today: date | None = None
) -> list[FetchedSeries]:
    """Put both series under `data/market/`; a version that the reports quote is kept, any other is fetched again.

    Args:
        data: the folder of raw corpora.
        mirror: a folder or base URL that is tried first; the environment variable BAROMETER_MIRROR if not given.
        public: the address of each series' publisher, by file name.
        today: the day (UTC) that is not over yet and so is left out of downloads.

    Raises:
        FetchError: naming every address that was tried and what went wrong.
    """
    mirror = mirror or os.environ.get(MIRROR)
    day = today or datetime.now(UTC).date()
    return [_fetch_series(name, data / MARKET / name, mirror, public[name], day) for name in (PRICES, FEAR_GREED)]


def _fetch_series(name: str, target: Path, mirror: str | None, address: str, today: date) -> FetchedSeries:
    if target.is_file() and file_digest(target) == QUOTED[name]:
        return _described(target, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    sources: list[tuple[str, Callable[[str, Path], None]]] = []
    if mirror:
        sources.append((f"{mirror.rstrip('/')}/{name}", _copy))
    sources.append((address, lambda url, path: _DOWNLOADS[name](url, today).to_csv(path, index=False)))
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / name
        for source, get in sources:
            try:
                get(source, draft)
                found = _described(draft, target)
            except (OSError, MarketError) as error:
                problems.append(f"{source}: {error}")
            else:
                shutil.copyfile(draft, target)
                return found
    raise FetchError(
        f"cannot fetch {name}:\n  " + "\n  ".join(problems) + f"\nSet {MIRROR} to a folder or base URL that holds "
        f"{name}, or put it at {target} yourself."
    )


def download_prices(address: str, today: date) -> pd.DataFrame:
    """Page through Bitstamp's daily candles up to `today`, which is not over and so left out.

    Raises:
        MarketError: if the answer has another form.
    """
    rows: dict[int, dict[str, Any]] = {}
    start, end = int(_FIRST_CANDLE.timestamp()), _moment(today)
    while start < end:
        page = _candles(_get_json(f"{address}?step={_DAY}&limit={_PAGE}&start={start}"))
        later = {moment: candle for moment, candle in page.items() if moment >= start}
        if not later:
            break
        rows |= later
        start = max(later) + _DAY
    # A day without a trade has no price of its own.
    kept = [row for moment, row in sorted(rows.items()) if moment < end and row["volume"] > 0]
    return pd.DataFrame(kept, columns=PRICE_COLUMNS)


def _candles(answer: Any) -> dict[int, dict[str, Any]]:  # noqa: ANN401
    """Rows of the price file by Unix time."""
    try:
        return {
            int(candle["timestamp"]): {"date": _day(candle["timestamp"])}
            | {name: float(candle[name]) for name in PRICE_COLUMNS[1:]}
            for candle in answer["data"]["ohlc"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise MarketError(f"the answer has no candles in data.ohlc ({error!r})") from None


def download_fear_greed(address: str, today: date) -> pd.DataFrame:
    """Get the whole Fear & Greed index; the value of `today` is final when published, but left out as prices are.

    Raises:
        MarketError: if the answer has another form or reports an error.
    """
    answer = _get_json(f"{address}?limit=0&format=json")
    try:
        problem = answer["metadata"]["error"]
        rows = [(_day(row["timestamp"]), int(row["value"]), row["value_classification"]) for row in answer["data"]]
    except (KeyError, TypeError, ValueError) as error:
        raise MarketError(f"the answer has no values in data ({error!r})") from None
    if problem:
        raise MarketError(f"the publisher answers: {problem}")
    kept = sorted({row[0]: row for row in rows if row[0] < today.isoformat()}.values())  # it answers newest first
    return pd.DataFrame(kept, columns=FEAR_GREED_COLUMNS)


_DOWNLOADS: dict[str, Callable[[str, date], pd.DataFrame]] = {PRICES: download_prices, FEAR_GREED: download_fear_greed}


def _day(moment: str | int) -> str:
    return datetime.fromtimestamp(int(moment), UTC).date().isoformat()


def _moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _get_json(url: str) -> Any:  # noqa: ANN401
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.json"
        pooch.HTTPDownloader()(url, str(path), None)
        try:
            return json.loads(path.read_bytes())
        except ValueError:
            raise MarketError("the answer is not JSON") from None


def _copy(source: str, draft: Path) -> None:
    if "://" in source:
        pooch.HTTPDownloader()(source, str(draft), None)
        return
    path = Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError("no such file")
    shutil.copyfile(path, draft)


def _described(file: Path, target: Path) -> FetchedSeries:
    days = pd.DatetimeIndex(_READERS[target.name](file).index)
    quoted = file_digest(file) == QUOTED[target.name]
    return FetchedSeries(target, len(days), days[0].date(), days[-1].date(), quoted)
