"""Writes the demo corpus's files from its key: expert part, crowd part with simulated votes, unlabelled part.

    python scripts/simulate_crowd.py data/demo

The key (`key/headlines.csv`) holds every headline with its date, source, story kind, intended label, hardness and part.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.corpus.simulate import simulate_votes

SEED = 20251123
CONTEXT = ["date", "source", "topic"]


def write_parts(folder: Path) -> None:
    """Write `expert.csv`, `crowd.csv` and `unlabelled.csv` beside the key; the same bytes every time."""
    key = pd.read_csv(folder / "key" / "headlines.csv", dtype={"label": int, "hard": int})
    parts = {name: part.reset_index(drop=True) for name, part in key.groupby("part")}
    crowd = parts["crowd"]
    votes = simulate_votes(crowd["label"].to_numpy(), crowd["hard"].to_numpy() == 1, np.random.default_rng(SEED))
    tables = {
        "expert": parts["expert"][["text", "label", *CONTEXT]],
        "crowd": crowd[["text"]].assign(**votes).join(crowd[CONTEXT]),
        "unlabelled": parts["unlabelled"][["text", *CONTEXT]],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        print(f"{folder / name}.csv: {len(table)} headlines")


if __name__ == "__main__":
    write_parts(Path(sys.argv[1]))
