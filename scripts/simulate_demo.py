"""Writes the simulated files of the demo corpus: `python -m scripts.simulate_demo data/demo`.

The key (`key/headlines.csv`) holds every headline with its date, source, story kind, intended label, hardness and part.
Expert part, crowd part with simulated votes, and unlabelled part come from it, and the market from its labels.
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
    simulate_votes,
)

CROWD_SEED, MARKET_SEED = 20251123, 20251124
CONTEXT = ["date", "source", "topic"]
MARGIN = pd.Timedelta(days=31)  # before the first and after the last headline, for lags


def write_parts(folder: Path) -> None:
    """Write `expert.csv`, `crowd.csv` and `unlabelled.csv` beside the key; the same bytes every time."""
    key = pd.read_csv(folder / "key" / "headlines.csv", dtype={"label": int, "hard": int})
    parts = {name: part.reset_index(drop=True) for name, part in key.groupby("part")}
    crowd = parts["crowd"]
    votes = simulate_votes(crowd["label"].to_numpy(), crowd["hard"].to_numpy() == 1, np.random.default_rng(CROWD_SEED))
    _write(folder / "expert.csv", parts["expert"][["text", "label", *CONTEXT]])
    _write(folder / "crowd.csv", crowd[["text"]].assign(**votes).join(crowd[CONTEXT]))
    _write(folder / "unlabelled.csv", parts["unlabelled"][["text", *CONTEXT]])


def write_market(folder: Path) -> None:
    """Write `market/btc_daily.csv` and `market/fear_greed.csv` beside the key; the same bytes every time."""
    headlines = pd.read_csv(folder / "key" / "headlines.csv", usecols=["date", "label"], parse_dates=["date"])
    days = pd.date_range(headlines["date"].min() - MARGIN, headlines["date"].max() + MARGIN)
    rng = np.random.default_rng(MARKET_SEED)
    returns = simulate_returns(daily_surprise(headlines, days), rng)
    index = simulate_fear_greed(returns, rng)
    (folder / "market").mkdir(exist_ok=True)
    _write(folder / "market" / PRICES, price_table(days, returns, rng))
    _write(folder / "market" / FEAR_GREED, fear_greed_table(days, index))


def _write(path: Path, table: pd.DataFrame) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
    print(f"{path}: {len(table)} rows")


if __name__ == "__main__":
    write_parts(Path(sys.argv[1]))
    write_market(Path(sys.argv[1]))
