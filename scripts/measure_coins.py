"""Precision and recall of `find_coins` on 500 real headlines labelled by reading; writes `reports/coins/`.

    python -m scripts.measure_coins [--corpora ../shared/corpora]

`reports/coins/labels.csv` holds what a reader says (id of the headline, tickers), not the text, which is looked up in
the corpora by id. Counts are of mentions: a headline that names two coins counts twice.
"""

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from barometer.coins import find_coins
from barometer.headline import headline_id, normalise_title

REPORT = Path(__file__).resolve().parents[1] / "reports" / "coins"
LABELS = REPORT / "labels.csv"
# The corpora from which the headlines were drawn, and the column of the text.
COLUMNS = {
    "headlines_unlabelled.csv": "text",
    "train_pool.csv": "text",
    "train_2018_extra.csv": "text",
    "CryptoLin_IE.csv": "news",
    "real_votes.csv": "text",
}


class Label(NamedTuple):
    """What a reader says of a headline: the tickers of the coins that it names."""

    id: int
    part: str
    stratum: str
    tickers: frozenset[str]


class Score(NamedTuple):
    """Mentions that are right, wrong and missed, in how many headlines."""

    headlines: int
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of mentions found that are right, in [0, 1]."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of a reader's mentions that are found, in [0, 1]."""
        return self.right / (self.right + self.missed)


def read_labels(path: Path = LABELS) -> list[Label]:
    """Read the labels."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Label(int(row["id"]), row["part"], row["stratum"], frozenset(row["tickers"].split()))
            for row in csv.DictReader(stream)
        ]


def read_titles(corpora: Path, wanted: Iterable[int]) -> dict[int, str]:
    """Normalised titles of the wanted ids, as far as the corpora have them."""
    ids = set(wanted)
    titles: dict[int, str] = {}
    for name, column in COLUMNS.items():
        with (corpora / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if (found := headline_id(row[column])) in ids:
                    titles.setdefault(found, normalise_title(row[column]))
    return titles


def score(labels: Iterable[Label], titles: dict[int, str]) -> Score:
    """Compare `find_coins` with the labels of the headlines whose titles are at hand."""
    pairs = [(find_coins(titles[label.id]), label.tickers) for label in labels if label.id in titles]
    return Score(
        len(pairs),
        sum(len(found & named) for found, named in pairs),
        sum(len(found - named) for found, named in pairs),
        sum(len(named - found) for found, named in pairs),
    )


def scores(labels: list[Label], titles: dict[int, str]) -> dict[str, Score]:
    """A score for each part, and for each stratum within it."""
    found = {}
    for part in ("development", "test"):
        ours = [label for label in labels if label.part == part]
        found[part] = score(ours, titles)
        for stratum in ("all", "ambiguous"):
            found[f"{part}, {stratum}"] = score([label for label in ours if label.stratum == stratum], titles)
    return found


_REPORT = """# Coins found in headlines

500 real headlines, labelled by reading with the coins that a reader would name, before the rules were written. A coin
counts by its name, its ticker or the firm that stands for it (Ripple, Tether, Terra); renamed coins count under their
present ticker; coins that were never among the few hundred largest do not count. Half of each part was drawn at random
from 65,656 headlines (`all`), half from those with a ticker other than BTC and ETH or with a name that is also a word
(`ambiguous`). The development part was looked at while the rules were made, the test part was compared once, after
them; no label was changed. One person read both parts. Counts are of mentions.

| part | headlines | right | wrong | missed | precision | recall |
|---|---|---|---|---|---|---|
{rows}

`labels.csv` has ids and tickers; `python -m scripts.measure_coins` finds the titles and writes this page.
"""


def main() -> None:
    """Measure, and write `metrics.json` and `report.md`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=REPORT.parents[2] / "shared" / "corpora")
    labels = read_labels()
    found = scores(labels, read_titles(parser.parse_args().corpora, (label.id for label in labels)))
    shares = {
        name: one._asdict() | {"precision": round(one.precision, 4), "recall": round(one.recall, 4)}
        for name, one in found.items()
    }
    (REPORT / "metrics.json").write_text(json.dumps(shares, indent=2) + "\n", encoding="utf-8")
    rows = "\n".join(
        f"| {name} | {one.headlines} | {one.right} | {one.wrong} | {one.missed} "
        f"| {one.precision:.1%} | {one.recall:.1%} |"
        for name, one in found.items()
    )
    (REPORT / "report.md").write_text(_REPORT.format(rows=rows), encoding="utf-8")
    print(rows)


if __name__ == "__main__":
    main()
