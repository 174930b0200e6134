"""Counts of the behavioural tests of both models, and the tables and examples that the report makes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from barometer.checks.check import HEADLINE
from barometer.checks.gap import Gap
from barometer.checks.results import Interval, wilson
from pipelines.markdown import estimate, table

MODELS = ("tfidf", "bert")
TITLES = {"tfidf": "tf-idf", "bert": "BERT"}
_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Comparison:
    """The behavioural tests of both models.

    Attributes:
        rates: one row a test: `test`, `capability`, `kind`, `expected`, `cases`; each model's failures (`tfidf`,
            `bert`) and those that are its alone (`tfidf_only`, `bert_only`); `p_value` of `paired_p_values`.
        cases: by model, every case with what the model said of it (`case_table` of the stage `checklist`).
        gap: failure rate of tf-idf minus that of BERT on the minimum functionality tests of negation.
        maximum: failure rate on the minimum functionality tests that may ship.
        worst_examples: shown for each test and model.
        real_titles: whether the examples may be held-out headlines; those of real corpora must not be shown.
    """

    rates: pd.DataFrame
    cases: Mapping[str, pd.DataFrame]
    gap: Gap
    maximum: float
    worst_examples: int
    real_titles: bool

    def mean_rate(self, model: str, kind: str, capability: str = "") -> Interval:
        """Failure rate over the tests of a kind (and a capability), which have as many cases each."""
        rows = self.rates[self.rates["kind"] == kind]
        rows = rows[rows["capability"] == capability] if capability else rows
        return wilson(int(rows[model].sum()), int(rows["cases"].sum()))

    def better_on(self, model: str) -> list[str]:
        """The tests on which a model fails less often than the other, beyond chance."""
        other = MODELS[1 - MODELS.index(model)]
        rows = self.rates[(self.rates["p_value"] < _SIGNIFICANT) & (self.rates[model] < self.rates[other])]
        return [str(test) for test in rows["test"]]

    def worst(self, model: str, test: str) -> pd.DataFrame:
        """The worst failures of a test that may be shown, no two of one phrasing."""
        rows = self.cases[model]
        rows = rows[(rows["test"] == test) & (rows["failed"] == 1)]
        rows = rows[self.real_titles | (rows["source"] != HEADLINE)].sort_values("margin", kind="stable")
        return rows[(rows["source"] == HEADLINE) | ~rows.duplicated("source")].head(self.worst_examples)


def checklist_body(found: Comparison) -> Iterator[str]:
    """Lines of the tables and of the worst failures."""
    yield from ("## By capability", "", *_capability_table(found), "")
    yield from ("## Every test", "", "Failure rates in per cent, with 95 % intervals; p of the paired difference.", "")
    yield from (*_test_table(found), "")
    yield from ("## Worst failures", "", _provenance(found), "")
    for row in found.rates.itertuples():
        yield from _examples(found, str(row.test), str(row.kind), str(row.expected))


def _capability_table(found: Comparison) -> list[str]:
    rows = []
    for (capability, kind), part in found.rates.groupby(["capability", "kind"], sort=False):
        rates = [wilson(int(part[name].sum()), int(part["cases"].sum())) for name in MODELS]
        rows.append([str(capability), str(kind), str(len(part)), *map(_estimate, rates)])
    return table(["capability", "type", "tests", *[f"{TITLES[name]} fails %" for name in MODELS]], rows)


def _test_table(found: Comparison) -> list[str]:
    rows = [
        [
            str(row["test"]),
            str(row["capability"]),
            str(row["kind"]),
            str(row["expected"]),
            *[_estimate(wilson(int(row[name]), int(row["cases"]))) for name in MODELS],
            "< 0.001" if row["p_value"] < 0.001 else f"{row['p_value']:.3f}",
        ]
        for _, row in found.rates.iterrows()
    ]
    return table(["test", "capability", "type", "expected", *[TITLES[name] for name in MODELS], "p"], rows)


def _provenance(found: Comparison) -> str:
    if found.real_titles:
        return "From templates and from held-out headlines of the demo corpus, which is synthetic."
    return "From templates only; failures on held-out headlines are among the stage's outputs, not in reports."


def _examples(found: Comparison, test: str, kind: str, expected: str) -> Iterator[str]:
    """Lines for one test: what each model got most wrong."""
    lines = [
        f"- {TITLES[name]}: {_example(case, kind)}"
        for name in MODELS
        for case in found.worst(name, test).to_dict("records")
    ]
    if lines:
        yield from (f"**{test}** ({kind}, expected: {expected})", "", *lines, "")


def _example(case: Mapping[Any, Any], kind: str) -> str:
    if kind == "MFT":
        return f"“{case['text']}” is called {case['class']} (P = {_top(case):.2f})"
    change = f"“{case['original']}” → “{case['text']}”"
    if kind == "INV":
        return f"{change}: {case['original_class']} → {case['class']}"
    return f"{change}: score {_score(case, 'original_'):+.2f} → {_score(case):+.2f}"


def _top(case: Mapping[Any, Any]) -> float:
    return float(case[case["class"].lower()])


def _score(case: Mapping[Any, Any], prefix: str = "") -> float:
    return float(case[f"{prefix}positive"] - case[f"{prefix}negative"])


def _estimate(rate: Interval) -> str:
    return estimate({"value": rate.value, "low": rate.low, "high": rate.high})
