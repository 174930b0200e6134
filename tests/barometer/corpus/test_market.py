"""The market's files: what is read, and what is refused by name, day and reason."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.market import FEAR_GREED, PRICES, MarketError, read_fear_greed, read_market, read_prices

PRICE_ROWS = ("2024-01-01,10,12,9,11,5.5", "2024-01-02,11,13,10,12,6", "2024-01-04,12,12,12,12,0")
INDEX_ROWS = ("2024-01-02,20.0,Extreme Fear", "2024-01-03,55,Greed")


def prices(folder: Path, *rows: str, header: str = "date,open,high,low,close,volume") -> Path:
    path = folder / PRICES
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def index(folder: Path, *rows: str) -> Path:
    path = folder / FEAR_GREED
    path.write_text("\n".join(["date,fng,class", *rows]) + "\n")
    return path


def test_both_series_share_one_full_calendar(tmp_path: Path) -> None:
    prices(tmp_path, *PRICE_ROWS)
    index(tmp_path, *INDEX_ROWS)
    market = read_market(tmp_path)
    assert [str(day.date()) for day in market.index] == ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
    np.testing.assert_array_equal(market["price"], [11, 12, np.nan, 12])
    np.testing.assert_array_equal(market["fear_greed"], [np.nan, 20, 55, np.nan])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2024-01-02,1,1,1,1,1", "a date that is not later than the one before at 2024-01-02"),
        ("2024-01-32,1,1,1,1,1", r"a date that is not YYYY-MM-DD at '2024-01-32'"),
        ("2024-01-05,1,1,0,1,1", "a price that is not positive at 2024-01-05"),
        ("2024-01-05,1,1,2,1,1", "a low above the high at 2024-01-05"),
        ("2024-01-05,1,1,1,,1", "no number in open, high, low, close, volume at 2024-01-05"),
        ("2024-01-05,1,inf,1,1,1", "no number in open, high, low, close, volume at 2024-01-05"),
    ],
)
def test_bad_prices_name_their_day(tmp_path: Path, row: str, problem: str) -> None:
    path = prices(tmp_path, *PRICE_ROWS[:2], row)
    with pytest.raises(MarketError, match=f"{PRICES}: {problem}"):
        read_prices(path)


@pytest.mark.parametrize("value", ["-1", "100.5"])
def test_an_index_must_be_in_range(tmp_path: Path, value: str) -> None:
    with pytest.raises(MarketError, match="an index outside 0 to 100 at 2024-01-05"):
        read_fear_greed(index(tmp_path, *INDEX_ROWS, f"2024-01-05,{value},Greed"))


def test_other_files_name_the_expected_columns(tmp_path: Path) -> None:
    with pytest.raises(MarketError, match="has columns text, label; expected date, open, high, low, close, volume"):
        read_prices(prices(tmp_path, "a,b", header="text,label"))
    with pytest.raises(MarketError, match="has no rows"):
        read_prices(prices(tmp_path))
    (tmp_path / PRICES).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MarketError, match="is no CSV table"):
        read_prices(tmp_path / PRICES)
    (tmp_path / PRICES).write_bytes(b"")
    with pytest.raises(MarketError, match="is no CSV table"):
        read_prices(tmp_path / PRICES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    prices(tmp_path, *PRICE_ROWS)
    with pytest.raises(MarketError, match=f"no file .*{FEAR_GREED}"):
        read_market(tmp_path)


@pytest.mark.real_data
def test_the_real_series_are_good(real_corpora: Path) -> None:
    market = read_market(real_corpora)
    assert market.loc["2022-01-01":"2022-12-31"].notna().all(axis=None)
    assert market.index[0] == pd.Timestamp("2010-07-17")
