"""Runs the behavioural tests on both exported models: `python -m pipelines.studies.checklist.run`."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from barometer.checks.cases import to_lines
from barometer.checks.run import TestResult, results, run_suite, summary
from barometer.checks.suite import ChecklistSettings, build_suite
from barometer.corpus.split import Split
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.models.base import Floats
from barometer.predictor import Predictor
from pipelines import paths
from pipelines.studies.checklist.analysis import MODELS, compare
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


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, ChecklistSettings)
    params = study.params
    checks = build_suite(held_out(), params, study.settings.seed)
    cases, versions = {}, {}
    for name in MODELS:
        folder = study.folder / name
        predictor = Predictor.load(paths.ARTIFACTS / name)
        suite = run_suite(lambda texts, predictor=predictor: predict_in_batches(predictor, texts), checks)
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
