"""Runs the behavioural tests on one shipped model: `python -m pipelines.studies.checklist.run MODEL`."""

import sys
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from barometer.checks.results import TestResult, mean_failure_rate, minimum_functionality, wilson
from barometer.checks.settings import ChecklistSettings
from barometer.checks.suite import run_suite
from barometer.corpus.split import Split
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.models.base import Floats, model_kind
from barometer.predictor import Predictor
from pipelines import paths
from pipelines.studies.study import open_study
from pipelines.tables import read_json, read_labelled, write_table

NAME = "checklist"
_BATCH = 256


def held_out() -> list[tuple[str, int]]:
    """Titles that no model has learnt from, with their classes."""
    split = Split(**read_json(paths.SPLIT))
    rows = read_labelled().loc[split.test + split.temporal_test]
    return list(zip(rows["text"].tolist(), rows["label"].astype(int).tolist(), strict=True))


def predict_in_batches(predictor: Predictor, texts: Sequence[str]) -> Floats:
    """Probabilities of N texts, shape (N, 3); a tf-idf graph makes a dense row of each text of a batch."""
    batches = tqdm(range(0, len(texts), _BATCH), desc=f"{predictor.card.name} checklist", unit="batch")
    return np.concatenate([predictor.predict_proba(texts[start : start + _BATCH]) for start in batches])


def case_table(results: Sequence[TestResult]) -> pd.DataFrame:
    """Every case of every test with what the model said of it, the same rows for every model."""
    return pd.DataFrame(_case_rows(results))


def _case_rows(results: Sequence[TestResult]) -> Iterator[dict[str, object]]:
    for result in results:
        test = {"test": result.name, "capability": result.capability, "kind": result.kind, "expected": result.expected}
        for outcome in result.outcomes:
            case, (first, last) = outcome.case, outcome.probabilities[[0, -1]]
            yield {
                **test,
                "source": case.source,
                "original": case.original,
                "text": case.text,
                "original_class": CLASS_NAMES[first.argmax()] if case.original else "",
                "class": CLASS_NAMES[last.argmax()],
                **{f"original_{name}": round(float(p), 4) for name, p in zip(FIELD_NAMES, first, strict=True)},
                **{name: round(float(p), 4) for name, p in zip(FIELD_NAMES, last, strict=True)},
                "margin": round(outcome.margin, 4),
                "failed": int(not outcome.passed),
            }


def rate_table(results: Sequence[TestResult]) -> pd.DataFrame:
    """One row a test: its failure rate with the Wilson interval."""
    rows = [(r.name, r.capability, r.kind, r.cases, r.failures, wilson(r.failures, r.cases)) for r in results]
    return pd.DataFrame(
        [(*row, round(rate.value, 4), round(rate.low, 4), round(rate.high, 4)) for *row, rate in rows],
        columns=["test", "capability", "kind", "cases", "failures", "failure_rate", "low", "high"],
    )


def metrics(results: Sequence[TestResult], version: str, maximum: float) -> dict[str, object]:
    """Numbers for `dvc metrics`, with the version of the model that they are about."""
    passed, _ = minimum_functionality(results, maximum)
    return {
        "model_version": version,
        "minimum_functionality": {
            "failure_rate": mean_failure_rate(results, kind="MFT"),
            "maximum": maximum,
            "reached": int(passed),
        },
        "invariance": {"failure_rate": mean_failure_rate(results, kind="INV")},
        "direction": {"failure_rate": mean_failure_rate(results, kind="DIR")},
        "tests": {result.name.replace(" ", "_"): result.failure_rate for result in results},
    }


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    model_kind(name)
    study = open_study(NAME, ChecklistSettings, variant=name)
    predictor = Predictor.load(paths.ARTIFACTS / name)
    results = run_suite(
        lambda texts: predict_in_batches(predictor, texts), held_out(), study.params, study.settings.seed
    )
    cases = case_table(results)
    write_table(study.private(f"{name}/cases.csv"), cases)
    failures = cases[cases["failed"] == 1].sort_values(["test", "margin"], kind="stable")
    write_table(study.private(f"{name}/failures.csv"), failures)
    study.write_curve("failure_rates.csv", rate_table(results))
    maximum = study.params.minimum_functionality
    study.write_metrics(metrics(results, predictor.version, maximum))
    print(f"{study.target}: {minimum_functionality(results, maximum)[1]}")


if __name__ == "__main__":
    main(sys.argv[1])
