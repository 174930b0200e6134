"""The numbers of the behavioural tests of both models, and the tables derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from barometer.checks.cases import HEADLINE
from barometer.stats import Estimate, holm, mcnemar, wilson
from pipelines.studies.checklist.gap import Gap, failure_gap

MODELS = {"tfidf": "tf-idf", "bert": "BERT"}
_KINDS = {"minimum_functionality": "MFT", "invariance": "INV", "direction": "DIR"}
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that a model failed, as the report quotes it.

    Attributes:
        original: what the text is compared with; empty for a minimum functionality test.
        original_class, called: predicted classes of the two texts; the first is empty without an original.
        probability: of the class `called`.
        original_score, score: P(positive) - P(negative) of the two texts, in [-1, 1]; 0 without an original.
    """

    text: str
    original: str
    original_class: str
    called: str
    probability: float
    original_score: float
    score: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What both models did on one test.

    Attributes:
        expected: in words, what a model should do.
        failed: cases that each model failed.
        alone: cases that each model alone failed.
        p_value: two-sided exact McNemar test of the models, corrected for all tests (Holm 1979).
        worst: each model's worst failures that may be shown, no two of one phrasing.
    """

    name: str
    capability: str
    kind: str
    expected: str
    cases: int
    failed: Mapping[str, int]
    alone: Mapping[str, int]
    p_value: float
    worst: Mapping[str, Sequence[Failure]]

    def rate(self, model: str) -> Estimate:
        """Share of the cases that a model failed."""
        return wilson(self.failed[model], self.cases)


@dataclass(frozen=True, slots=True)
class Group:
    """The tests of one capability and kind, and each model's failure rate over them."""

    capability: str
    kind: str
    tests: int
    rates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Result:
    """All findings of the study.

    Attributes:
        versions: of the models tested.
        tests: in the order of the suite.
        gap: failure rate of tf-idf minus that of BERT on the minimum functionality tests of negation.
        maximum: highest failure rate on the minimum functionality tests that may ship.
        real_titles: whether held-out headlines may be quoted; those of real corpora must not be.
    """

    versions: Mapping[str, str]
    tests: Sequence[Compared]
    gap: Gap
    maximum: float
    real_titles: bool

    def rate(self, model: str, kind: str, capability: str = "") -> Estimate:
        """Failure rate of a model over the tests of a kind (and a capability), which have as many cases each."""
        return _rate(model, [t for t in self.tests if t.kind == kind and capability in {"", t.capability}])

    @property
    def groups(self) -> list[Group]:
        """The tests by capability and kind, in the order of the suite."""
        found = [list(tests) for _, tests in groupby(self.tests, key=lambda test: (test.capability, test.kind))]
        return [
            Group(tests[0].capability, tests[0].kind, len(tests), {model: _rate(model, tests) for model in MODELS})
            for tests in found
        ]

    @property
    def better(self) -> Mapping[str, Sequence[str]]:
        """By model, the tests on which it fails less often than the other, beyond chance."""
        clear = [test for test in self.tests if test.p_value < _SIGNIFICANT]
        return {
            model: [test.name for test in clear if test.failed[model] == min(test.failed.values())] for model in MODELS
        }

    @property
    def negation(self) -> Mapping[str, Estimate]:
        """Failure rates of the models on the minimum functionality tests of negation."""
        return {model: self.rate(model, "MFT", "Negation") for model in MODELS}

    @property
    def reads_negation_better(self) -> str:
        """The model that reads negation better; empty where the interval over cases contains 0."""
        found = self.gap.over_cases
        return "" if found.low <= 0 <= found.high else "bert" if found.value > 0 else "tfidf"

    @property
    def holds_for_phrasings(self) -> bool:
        """Whether the gap is shown for other phrasings as well."""
        found = self.gap.over_phrasings
        return not found.low <= 0 <= found.high

    @property
    def unreliable(self) -> Sequence[str]:
        """The models that fail at least half of the tests' cases of negation."""
        return [model for model, rate in self.negation.items() if rate.value >= 0.5]

    @property
    def may_ship(self) -> Mapping[str, bool]:
        """Whether each model fails few enough of the minimum functionality cases for the gate."""
        return {model: self.rate(model, "MFT").value <= self.maximum for model in MODELS}


def _rate(model: str, tests: Sequence[Compared]) -> Estimate:
    return wilson(sum(test.failed[model] for test in tests), sum(test.cases for test in tests))


def compare(
    cases: Mapping[str, pd.DataFrame],
    versions: Mapping[str, str],
    rng: np.random.Generator,
    *,
    samples: int,
    maximum: float,
    shown: int,
    real_titles: bool,
) -> Result:
    """Compare both models.

    Args:
        cases: by model, the same cases in the same order: the table that `run.case_table` makes.
        versions: see `Result`, as `maximum` and `real_titles`.
        rng: draws the bootstrap resamples.
        samples: how many.
        shown: worst failures of each test and model.
    """
    tables = {model: dict(iter(cases[model].groupby("test", sort=False))) for model in MODELS}
    tests = [_test({model: tables[model][name] for model in MODELS}, shown, real_titles) for name in tables["bert"]]
    corrected = holm([mcnemar(*test.alone.values()) for test in tests])
    negation = {model: cases[model].query("capability == 'Negation' and kind == 'MFT'") for model in MODELS}
    failed = [table["failed"].to_numpy(dtype=bool) for table in negation.values()]
    names, phrasings = (negation["bert"][column].to_numpy(dtype=str) for column in ("test", "source"))
    return Result(
        versions=versions,
        tests=[replace(test, p_value=p) for test, p in zip(tests, corrected, strict=True)],
        gap=failure_gap(names, phrasings, *failed, rng, samples),
        maximum=maximum,
        real_titles=real_titles,
    )


def _test(tables: Mapping[str, pd.DataFrame], shown: int, real_titles: bool) -> Compared:
    """One test from the tables of its cases; the p-value is not corrected yet."""
    first = tables["bert"].iloc[0]
    failed = {model: table["failed"].to_numpy(dtype=bool) for model, table in tables.items()}
    both = np.logical_and(*failed.values())
    alone = {model: int((mask & ~both).sum()) for model, mask in failed.items()}
    return Compared(
        *(str(first[key]) for key in ("test", "capability", "kind", "expected")),
        cases=len(both),
        failed={model: int(mask.sum()) for model, mask in failed.items()},
        alone=alone,
        p_value=1.0,
        worst={model: _worst(table, shown, real_titles) for model, table in tables.items()},
    )


def _worst(table: pd.DataFrame, shown: int, real_titles: bool) -> list[Failure]:
    """The worst failures of a test that may be shown, no two of one phrasing."""
    rows = table[(table["failed"] == 1) & (real_titles | (table["source"] != HEADLINE))]
    rows = rows.sort_values("margin", kind="stable")
    rows = rows[(rows["source"] == HEADLINE) | ~rows.duplicated("source")]
    return [_failure(row) for row in rows.head(shown).to_dict("records")]


def _failure(row: Mapping[Any, Any]) -> Failure:
    return Failure(
        text=row["text"],
        original=row["original"],
        original_class=row["original_class"],
        called=row["class"],
        probability=row[row["class"].lower()],
        original_score=row["original_positive"] - row["original_negative"] if row["original"] else 0.0,
        score=row["positive"] - row["negative"],
    )


def metrics(result: Result) -> dict[str, object]:
    """The study's numbers."""
    kinds = {name: (kind, "") for name, kind in _KINDS.items()} | {"negation": ("MFT", "Negation")}
    return {
        "negation_gap": asdict(result.gap),
        "failure_rate": {
            model: {name: result.rate(model, *wanted).value for name, wanted in kinds.items()} for model in MODELS
        },
        "tests_passed_better": {model: len(tests) for model, tests in result.better.items()},
    }


def tables(result: Result) -> dict[str, pd.DataFrame | dict[str, object]]:
    """Counts of both models (`failure_rates.csv`), and in a folder each, a model's failure rates and metrics."""
    rows = [
        {
            **{key: getattr(test, key) for key in ("name", "capability", "kind", "expected", "cases")},
            **test.failed,
            **{f"{model}_only": count for model, count in test.alone.items()},
            "p_value": round(test.p_value, 6),
        }
        for test in result.tests
    ]
    found: dict[str, pd.DataFrame | dict[str, object]] = {
        "failure_rates.csv": pd.DataFrame(rows).rename(columns={"name": "test"})
    }
    for model in MODELS:
        found[f"{model}/failure_rates.csv"] = _rates(result, model)
        found[f"{model}/metrics.json"] = _model_metrics(result, model)
    return found


def _rates(result: Result, model: str) -> pd.DataFrame:
    rows = [
        (test.name, test.capability, test.kind, test.cases, test.failed[model], *asdict(test.rate(model)).values())
        for test in result.tests
    ]
    columns = ["test", "capability", "kind", "cases", "failures", "failure_rate", "low", "high"]
    return pd.DataFrame(rows, columns=columns).round(4)


def _model_metrics(result: Result, model: str) -> dict[str, object]:
    """Numbers of one model, with the version that they are about."""
    found = {name: {"failure_rate": result.rate(model, kind).value} for name, kind in _KINDS.items()}
    gate = {"maximum": result.maximum, "reached": int(result.may_ship[model])}
    return {
        "model_version": result.versions[model],
        **found,
        "minimum_functionality": found["minimum_functionality"] | gate,
        "tests": {test.name.replace(" ", "_"): test.failed[model] / test.cases for test in result.tests},
    }
