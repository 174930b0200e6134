"""The demo corpus's market is what its script makes of the key, and no corpus."""

import shutil
from pathlib import Path

import pytest

from barometer.corpus.market import FEAR_GREED, PRICES, read_market
from barometer.corpus.sources import read_corpus

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def test_the_script_makes_the_same_bytes(tmp_path: Path) -> None:
    from scripts.simulate_demo import write_market

    (tmp_path / "key").mkdir()
    shutil.copy(DEMO / "key" / "headlines.csv", tmp_path / "key")
    write_market(tmp_path)
    for name in (PRICES, FEAR_GREED):
        assert (tmp_path / "market" / name).read_bytes() == (DEMO / "market" / name).read_bytes()


def test_it_covers_headlines_with_a_margin() -> None:
    rows, _ = read_corpus(DEMO)
    market = read_market(DEMO / "market")
    assert market.notna().all(axis=None)
    days = sorted(row.date[:10] for row in rows)
    assert (str(market.index[0].date()), str(market.index[-1].date())) == ("2016-12-04", "2026-01-31")
    assert market.index[30].strftime("%Y-%m-%d") < days[0]
    assert days[-1] < market.index[-31].strftime("%Y-%m-%d")


def test_the_corpus_is_read_without_it() -> None:
    assert {row.file for row in read_corpus(DEMO)[0]} == {"crowd.csv", "expert.csv", "unlabelled.csv"}


@pytest.fixture(autouse=True)
def demo_is_there() -> None:
    if not (DEMO / "market").is_dir():
        pytest.fail("data/demo/market is missing; make pull fetches it")
