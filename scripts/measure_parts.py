"""What depends on how headlines are counted: equal headlines or equal outlets, coins with or without other coins.

    python -m scripts.measure_parts data/demo/unlabelled.csv ../shared/corpora/train_pool.csv

Reads CSV files with the columns text, date and source, scores each headline with the released model, and prints two
tables in Markdown for each file. Headlines that are not news do not count; a title counts once. Half of the headlines
of each window, drawn at random, are compared with the other half: the root mean square of their difference, divided by
the square root of 2, is the noise of half of the headlines, by whatever they differ.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from barometer.coins import find_coins
from barometer.defaults import FAST, find_model
from barometer.headline import headline_id, normalise_title
from barometer.live.outlets import with_equal_outlets
from barometer.live.score import Scorer
from barometer.live.store.outlet_sums import OutletBuckets
from barometer.live.store.sums import Sums
from barometer.predictor import Predictor
from barometer.prevalence import Z_95
from barometer.scoring import scorer_of

DAYS = (1, 7, 30)
LEAST = 30  # headlines of a window or mentions of a coin
SEED = 17


class Headline(NamedTuple):
    """A headline that counts: its day, outlet and coins, and what it adds to the barometer."""

    day: date
    outlet: str
    coins: frozenset[str]
    value: float


def read(path: Path, scorer: Scorer) -> list[Headline]:
    """Score the headlines of a file; those without a date or that are not news are left out."""
    rows: dict[int, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["date"]:
                rows.setdefault(headline_id(row["text"]), row)
    titles = {title_id: normalise_title(row["text"]) for title_id, row in rows.items()}
    found = []
    for scored in scorer.predict(titles):
        row = rows[scored.title_id]
        if scored.counted and scored.value is not None:
            day = datetime.fromisoformat(row["date"]).date()
            found.append(Headline(day, row["source"], find_coins(titles[scored.title_id]), scored.value))
    return found


def windows(headlines: Iterable[Headline], days: int) -> list[list[Headline]]:
    """The headlines of successive windows of so many days, those with at least `LEAST`."""
    found: dict[int, list[Headline]] = defaultdict(list)
    for headline in headlines:
        found[headline.day.toordinal() // days].append(headline)
    return [each for _, each in sorted(found.items()) if len(each) >= LEAST]


def by_headline(window: Sequence[Headline]) -> tuple[float, float]:
    """The mean of a window, and how many headlines it is as certain as."""
    return float(np.mean([headline.value for headline in window])), len(window)


def by_outlet(window: Sequence[Headline]) -> tuple[float, float]:
    """The same with equal outlets."""
    outlets: dict[str, Sums] = defaultdict(Sums)
    for headline in window:
        outlets[headline.outlet] += Sums(1, headline.value, headline.value**2)
    sums, _ = with_equal_outlets(OutletBuckets.of_window(outlets.values()))
    return float(sums.positive[0] / sums.counts[0]), float(sums.counts[0])


def noise(found: Sequence[Sequence[Headline]], mean: Callable[[Sequence[Headline]], tuple[float, float]]) -> float:
    """The noise of the mean of half of the headlines of a window, in points."""
    rng = np.random.default_rng(SEED)
    squares = []
    for window in found:
        order = rng.permutation(len(window))
        halves = ([window[i] for i in half] for half in np.array_split(order, 2))
        first, second = (mean(half)[0] for half in halves)
        squares.append((first - second) ** 2)
    return 100 * sqrt(float(np.mean(squares)) / 2)


def weight_rows(headlines: Sequence[Headline]) -> Iterator[str]:
    """A row of the table of weights for each length of a window."""
    for days in DAYS:
        found = windows(headlines, days)
        if not found:
            continue
        pairs = [(by_headline(window), by_outlet(window)) for window in found]
        moved = 100 * float(np.mean([abs(one[0] - other[0]) for one, other in pairs]))
        wider = float(np.mean([sqrt(one[1] / other[1]) for one, other in pairs]))
        largest = np.mean([max(Counter(h.outlet for h in window).values()) / len(window) for window in found])
        outlets = np.mean([len({h.outlet for h in window}) for window in found])
        number = np.median([len(window) for window in found])
        yield (
            f"| {days} | {len(found)} | {number:.0f} | {outlets:.0f} | {largest:.0%} | {moved:.1f} | {wider:.2f} "
            f"| {noise(found, by_headline):.1f} | {noise(found, by_outlet):.1f} |"
        )


def coin_rows(headlines: Sequence[Headline]) -> Iterator[str]:
    """A row of the table of coins for each with `LEAST` mentions, and one for the mean of them."""
    mentions: dict[str, list[Headline]] = defaultdict(list)
    for headline in headlines:
        for coin in headline.coins:
            mentions[coin].append(headline)
    moved = []
    for coin, found in sorted(mentions.items(), key=lambda item: -len(item[1])):
        alone = [h.value for h in found if len(h.coins) == 1]
        shared = [h.value for h in found if len(h.coins) > 1]
        if len(found) < LEAST or min(len(alone), len(shared)) < 2:
            continue
        share = len(shared) / len(found)
        change = -share * (np.mean(shared) - np.mean(alone))  # of the mean, when those with several are left out
        error = share * sqrt(np.var(shared, ddof=1) / len(shared) + np.var(alone, ddof=1) / len(alone))
        moved.append(abs(change))
        low, high = 100 * (change - Z_95 * error), 100 * (change + Z_95 * error)
        index, index_alone = 100 * np.mean([h.value for h in found]), 100 * np.mean(alone)
        yield (
            f"| {coin} | {len(found)} | {share:.0%} | {index:.1f} | {index_alone:.1f} | {100 * change:+.1f} "
            f"| {low:+.1f} to {high:+.1f} |"
        )
    if moved:
        yield f"| mean of {len(moved)} | | | | | {100 * float(np.mean(moved)):.1f} (absolute) | |"


def report(path: Path, scorer: Scorer) -> Iterator[str]:
    """The lines of the two tables of a file."""
    headlines = read(path, scorer)
    several = sum(len(h.coins) > 1 for h in headlines)
    naming = sum(bool(h.coins) for h in headlines)
    yield f"## {path.name}: {len(headlines):,} headlines that count, {len({h.outlet for h in headlines})} outlets\n"
    yield (
        "| days | windows | headlines (median) | outlets | largest outlet | moves, points | interval is wider by "
        "| noise, equal headlines | noise, equal outlets |"
    )
    yield "|" + "---|" * 9
    yield from weight_rows(headlines)
    yield f"\n{several:,} of {naming:,} that mention a coin mention several ({several / max(naming, 1):.1%}).\n"
    yield "| coin | mentions | with others | index | index alone | change | its 95% interval |"
    yield "|" + "---|" * 7
    yield from coin_rows(headlines)


def main() -> None:
    """Print the tables of every file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headlines", type=Path, nargs="+")
    parser.add_argument("--model", type=find_model, default=find_model(FAST))
    options = parser.parse_args()
    scorer = scorer_of(Predictor.load(options.model))
    for path in options.headlines:
        print("\n".join(report(path, scorer)), end="\n\n")


if __name__ == "__main__":
    main()
