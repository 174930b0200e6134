"""Behavioural tests as data, what they demand, and how the gate judges a model by them.

The cases of the minimum functionality tests are stored beside this module (the stage `checklist` writes them), so the
gate judges every model alike and needs neither the checklist library nor the templates.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from barometer.labels import CLASS_NAMES, Label

Probabilities = NDArray[np.floating[Any]]
Predict = Callable[[Sequence[str]], Probabilities]  # from N texts to shape (N, 3), class order
Kind = Literal["MFT", "INV", "DIR"]
Capability = Literal["Vocabulary", "Negation", "Numbers", "Contrast", "Temporal", "Entities", "Robustness", "Direction"]
Demand = Literal[
    "Negative", "Neutral", "Positive", "not Negative", "not Positive", "same class",
    "score rises", "score falls", "score does not fall", "score does not rise",
]  # fmt: skip
HEADLINE = "headline"
FILE = "cases.jsonl.gz"
NEARLY_CERTAIN = 0.8  # a score this far to one side has no room left to move further


@dataclass(frozen=True, slots=True)
class Case:
    """One text that is judged, alone or against the text that it was made from.

    Attributes:
        text: what is judged.
        original: what it is compared with; empty for a minimum functionality test.
        source: the phrasing (template) that it was made from, or HEADLINE for a held-out headline.
    """

    text: str
    original: str = ""
    source: str = HEADLINE

    @property
    def texts(self) -> tuple[str, ...]:
        """What the model has to score: the original first."""
        return (self.original, self.text) if self.original else (self.text,)


@dataclass(frozen=True, slots=True)
class Check:
    """A behavioural test.

    Attributes:
        name: unique in the suite.
        capability: the ability that it tests.
        kind: MFT (minimum functionality), INV (invariance) or DIR (directional expectation).
        demand: what a model has to do on every case.
        tolerance: of the demand, where two texts are compared.
        cases: distinct.
    """

    name: str
    capability: Capability
    kind: Kind
    demand: Demand
    tolerance: float
    cases: tuple[Case, ...]


def lead(demand: str, row: Probabilities) -> float:
    """How far a text of these probabilities, shape (3,), meets a demand such as `Positive` or `not Positive`.

    The lead of the class over the best other one, or the reverse: at least 0 where the demand is met.
    """
    label = CLASS_NAMES.index(demand.removeprefix("not "))
    ahead = float(row[label] - np.delete(row, label).max())
    return -ahead if demand.startswith("not ") else ahead


def score(row: Probabilities) -> float:
    """How good the news is: P(positive) - P(negative), in [-1, 1]."""
    return float(row[Label.POSITIVE] - row[Label.NEGATIVE])


def shift(demand: str, before: Probabilities, after: Probabilities, tolerance: float) -> float:
    """How far a change of the probabilities, shape (3,) each, meets a demand on the score: at least 0 where it does.

    `score rises` and `score falls` demand a movement of at least `tolerance`. Where the score before lies beyond
    NEARLY_CERTAIN on that side, and for `score does not ...`, moving back by at most `tolerance` meets the demand.
    """
    direction = 1 if demand in {"score rises", "score does not fall"} else -1
    moved = direction * (score(after) - score(before))
    may_stay = "not" in demand or direction * score(before) >= NEARLY_CERTAIN
    return moved + tolerance if may_stay else moved - tolerance


def to_lines(checks: Iterable[Check]) -> str:
    """Tests as JSON lines, one for each case: what is demanded of a text, or of a pair of `original` and `text`."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for check in checks for row in _rows(check))


def _rows(check: Check) -> Iterator[dict[str, object]]:
    test = {"test": check.name, "capability": check.capability, "kind": check.kind, "demand": check.demand}
    for case in check.cases:
        compared = {"tolerance": check.tolerance, "original": case.original} if case.original else {}
        yield test | compared | {"text": case.text, "source": case.source}


def stored_checks() -> list[Check]:
    """The minimum functionality tests with their stored cases, which need no library."""
    lines = gzip.decompress(files(__package__).joinpath(FILE).read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    tests = groupby(rows, key=lambda row: (row["test"], row["capability"], row["kind"], row["demand"]))
    return [Check(*test, 0.0, tuple(Case(row["text"], source=row["source"]) for row in part)) for test, part in tests]


def predictions(predict: Predict, checks: Iterable[Check]) -> dict[str, Probabilities]:
    """The probabilities of every text of the tests, each predicted once."""
    texts = list(dict.fromkeys(text for check in checks for case in check.cases for text in case.texts))
    return dict(zip(texts, predict(texts), strict=True))


def functionality(predict: Predict) -> float:
    """Mean failure rate of a model over the stored minimum functionality tests, in [0, 1]; every test counts the same.

    The gate's figure. The study counts the same failures through the checklist library.
    """
    checks = stored_checks()
    found = predictions(predict, checks)
    failed = [[lead(check.demand, found[case.text]) < 0 for case in check.cases] for check in checks]
    return float(np.mean([np.mean(cases) for cases in failed]))
