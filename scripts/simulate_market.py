"""Writes the demo corpus's market, simulated from the intended labels of its headlines.

python -m scripts.simulate_market data/demo
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.corpus.market import FEAR_GREED, PRICES
from barometer.corpus.simulate import (
    daily_surprise,
    fear_greed_table,
    price_table,
    simulate_fear_greed,
    simulate_returns,
)

SEED = 20251124
MARGIN = pd.Timedelta(days=31)  # before the first and after the last headline, for lags


def write_market(folder: Path) -> None:
    """Write `market/btc_daily.csv` and `market/fear_greed.csv` beside the key; the same bytes every time."""
    headlines = pd.read_csv(folder / "key" / "headlines.csv", usecols=["date", "label"], parse_dates=["date"])
    days = pd.date_range(headlines["date"].min() - MARGIN, headlines["date"].max() + MARGIN)
    rng = np.random.default_rng(SEED)
    returns = simulate_returns(daily_surprise(headlines, days), rng)
    index = simulate_fear_greed(returns, rng)
    market = folder / "market"
    market.mkdir(exist_ok=True)
    for name, table in {PRICES: price_table(days, returns, rng), FEAR_GREED: fear_greed_table(days, index)}.items():
        table.to_csv(market / name, index=False, lineterminator="\n")
        print(f"{market / name}: {len(table)} days")


if __name__ == "__main__":
    write_market(Path(sys.argv[1]))
