"""Runs the behavioural tests on both exported models: `python -m pipelines.studies.checklist.run`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from barometer.checks.cases import HEADLINE, to_lines
from barometer.checks.run import TestResult, results, run_suite, summary
from barometer.checks.suite import ChecklistSettings, build_suite
from barometer.corpus.split import Split
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.models.base import Floats
from barometer.predictor import Predictor
from barometer.stats import holm, mcnemar
from pipelines import paths
from pipelines.studies.checklist.analysis import MODELS, Compared, Failure, Result
from pipelines.studies.checklist.gap import failure_gap
from pipelines.studies.study import open_study
from pipelines.tables import read_json, read_labelled, write_table

NAME = "checklist"
DEMO = "demo"  # the corpus that is free to quote
_BATCH = 256


def held_out() -> list[tuple[str, int]]:
    """Titles that no model has been trained on, with their classes."""
    split = Split(**read_json(paths.SPLIT))
    rows = read_labelled().loc[split.test + split.temporal_test]
    return list(zip(rows["text"].tolist(), rows["label"].astype(int).tolist(), strict=True))


def predict_in_batches(predictor: Predictor, texts: Sequence[str]) -> Floats:
    """Probabilities of N texts, shape (N, 3); a tf-idf graph makes a dense row of each text of a batch."""
    batches = tqdm(range(0, len(texts), _BATCH), desc=f"{predictor.card.name} checklist", unit="batch")
    return np.concatenate([predictor.predict_proba(texts[start : start + _BATCH]) for start in batches])


def case_table(found: Sequence[TestResult]) -> pd.DataFrame:
    """Every case of every test with a model's answer, the same rows for every model."""
    return pd.DataFrame([row for result in found for row in _case_rows(result)])


def _case_rows(result: TestResult) -> Iterator[dict[str, object]]:
    check = result.check
    test = {"test": check.name, "capability": check.capability, "kind": check.kind, "expected": check.demand}
    answers = zip(check.cases, result.probabilities, result.margins, result.passed, strict=True)
    for case, probabilities, margin, passed in answers:
        first, last = probabilities[[0, -1]]
        yield {
            **test,
            "source": case.source,
            "original": case.original,
            "text": case.text,
            "original_class": CLASS_NAMES[first.argmax()] if case.original else "",
            "class": CLASS_NAMES[last.argmax()],
            **{f"original_{name}": round(float(p), 4) for name, p in zip(FIELD_NAMES, first, strict=True)},
            **{name: round(float(p), 4) for name, p in zip(FIELD_NAMES, last, strict=True)},
            "margin": round(float(margin), 4),
            "failed": int(not passed),
        }


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
        cases: by model, the same cases in the same order: the table that `case_table` makes.
        versions: see `Result`, as `maximum` and `real_titles`.
        rng: draws the bootstrap resamples.
        samples: how many.
        shown: worst failures of each test and model.
    """
    tables = {model: dict(iter(cases[model].groupby("test", sort=False))) for model in MODELS}
    tests = [_test({model: tables[model][name] for model in MODELS}, shown, real_titles) for name in tables["bert"]]
    corrected = holm([mcnemar(*test.alone.values()) for test in tests])
    negation = {model: cases[model].query("capability == 'Negation' and kind == 'MFT'") for model in MODELS}
    tfidf, bert = (negation[model]["failed"].to_numpy(dtype=bool) for model in MODELS)
    names, phrasings = (negation["bert"][column].to_numpy(dtype=str) for column in ("test", "source"))
    return Result(
        versions=versions,
        tests=[replace(test, p_value=p) for test, p in zip(tests, corrected, strict=True)],
        gap=failure_gap(names, phrasings, tfidf, bert, rng, samples),
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
        name=str(first["test"]),
        capability=str(first["capability"]),
        kind=str(first["kind"]),
        expected=str(first["expected"]),
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


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, ChecklistSettings)
    params = study.params
    checks = build_suite(held_out(), params, study.settings.seed)
    cases, versions = {}, {}
    for name in MODELS:
        folder = study.folder / name
        predictor = Predictor.load(paths.ARTIFACTS / name)
        suite = run_suite(partial(predict_in_batches, predictor), checks)
        table = case_table(results(suite, checks))
        write_table(folder / "cases.csv", table)
        failures = table[table["failed"] == 1].sort_values(["test", "margin"], kind="stable")
        write_table(folder / "failures.csv", failures)
        (folder / "summary.txt").write_text(summary(suite, params.worst_examples, study.rng()), encoding="utf-8")
        cases[name], versions[name] = table, predictor.version
    (study.folder / "cases.jsonl").write_text(to_lines(checks), encoding="utf-8")
    study.save(
        compare(
            cases,
            versions,
            study.rng(),
            samples=params.bootstrap_samples,
            maximum=params.minimum_functionality,
            shown=params.worst_examples,
            real_titles=study.settings.corpus.name == DEMO,
        )
    )


if __name__ == "__main__":
    main()
