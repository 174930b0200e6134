"""The contrast pairs are pairs, and share no sentence frame with the behavioural tests."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

from barometer.checks.suite import plans
from barometer.checks.templates import slots
from barometer.corpus.sources import read_corpus
from barometer.headline import headline_id

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "demo-pairs"


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "pairs.csv")


def phrasings() -> set[str]:
    """Every template of the behavioural tests."""
    return {text for plan in plans() for text in strings([plan.phrasings, plan.news]) if "{" in text}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)


def words_of(slot: str) -> int:
    """The most words that fill a slot, such as `fall.base`; names and unknown ones count as one."""
    name, _, form = slot.partition(".")
    fillings = slots().get(name.removeprefix("other_"), ["x"])
    return max(len(str(filling if isinstance(filling, str) else filling[form]).split()) for filling in fillings)


def frame(template: str) -> re.Pattern[str]:
    parts = []
    for literal, slot, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if slot:
            parts.append(rf"\S+(?: \S+){{0,{words_of(slot) - 1}}}")
    return re.compile("".join(parts), re.IGNORECASE)


def fixed_words(template: str) -> int:
    return sum(len(re.findall(r"[A-Za-z']+", literal)) for literal, *_ in Formatter().parse(template))


def test_no_frame_of_a_behavioural_test(pairs: pd.DataFrame) -> None:
    found = phrasings()
    assert len(found) > 200
    frames = {template: frame(template) for template in found if fixed_words(template) > 1}
    shared = {
        (template, text) for text in pairs["text"] for template, pattern in frames.items() if pattern.fullmatch(text)
    }
    assert shared == set()


def test_each_pair_has_two_texts(pairs: pd.DataFrame) -> None:
    sizes = pairs.groupby("pair")["text"].nunique()
    assert len(sizes) >= 3000 and (sizes == 2).all()
    assert pairs["text"].map(headline_id).is_unique


def test_most_pairs_differ_in_label(pairs: pd.DataFrame) -> None:
    labels = pairs.groupby("pair")["label"].nunique()
    assert 0.8 < (labels == 2).mean() < 0.97


def test_every_kind_has_its_pairs(pairs: pd.DataFrame) -> None:
    kinds = Counter(pairs.drop_duplicates("pair")["topic"])
    wanted = {"negation", "denial", "less-of-bad-or-good", "from-to", "bare-sign", "liquidations", "flows"}
    wanted |= {"idiom", "emoji", "irony", "mixed-clause", "question", "small-move", "dismissal"}
    assert all(kinds[kind] >= 60 for kind in wanted), kinds


def test_the_files_can_be_read() -> None:
    rows, refused = read_corpus(FOLDER)
    assert len(rows) == 2 * (len(rows) // 2) > 6000 and refused == []
