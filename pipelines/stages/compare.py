"""Puts all models and baselines into one table: `python -m pipelines.stages.compare {held_out|cross_validation}`.

The held-out comparison also says how every model does on every other corpus; both test whether BERT beats tf-idf.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from barometer.corpus.split import Split
from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import evaluate, paired_test
from barometer.settings import Settings, load_settings
from barometer.ship.gate import majority_baseline
from barometer.stats import PairedTest
from pipelines import paths
from pipelines.markdown import figures_table, paired_sentence, per_class_table, transfer_table
from pipelines.number_tables import index_section, news_section
from pipelines.tables import probabilities_of, read_json, read_labelled, read_table, write_json

REFERENCE, CANDIDATE = "tfidf", "bert"
OWN_PARTS = ("test", "temporal_test")
NamedTest: TypeAlias = tuple[str, str, PairedTest]  # candidate, reference, and how they compare


def baseline_predictions(ids: list[int], train_labels: "np.ndarray[Any, Any]") -> dict[str, Floats]:
    """One-hot or constant probabilities of the majority class and of the classes that the corpus file carries."""
    found: dict[str, Floats] = {"majority class": majority_baseline(train_labels, len(ids))}
    carried = read_table(paths.INGEST / "baselines.csv")
    for name, rows in carried.groupby("baseline", sort=False):
        classes = rows.drop_duplicates("id").set_index("id")["label"].reindex(ids)
        if classes.notna().all():
            found[f"{name} (from the file)"] = np.eye(N_CLASSES)[classes.astype(int)]
    return found


def teacher_predictions(ids: list[int], settings: Settings) -> dict[str, Floats]:
    """The teacher's probabilities, where a teacher knows all of these headlines."""
    opinions = pd.read_csv(settings.distil.teacher).set_index("id").reindex(ids)
    if opinions.isna().any(axis=None):
        return {}
    found = opinions[list(FIELD_NAMES)].to_numpy(dtype=float)
    return {f"teacher ({settings.teacher.backbone.name})": found / found.sum(axis=1, keepdims=True)}


def compare_part(
    predictions: dict[str, pd.DataFrame],
    train_labels: "np.ndarray[Any, Any]",
    settings: Settings,
    teacher: Mapping[str, Floats] = MappingProxyType({}),
) -> tuple[dict[str, Any], list[NamedTest]]:
    """Figures of every model and baseline on the same headlines, and paired tests: candidate and rival with result."""
    first = next(iter(predictions.values()))
    labels = first["label"].to_numpy()
    scores = {name: probabilities_of(rows) for name, rows in predictions.items()}
    baselines = baseline_predictions(first["id"].tolist(), train_labels)
    options: dict[str, Any] = {
        "samples": settings.evaluate.bootstrap_samples,
        "confidence": settings.evaluate.confidence,
    }
    figures = {
        name: evaluate(
            labels, p, np.random.default_rng(settings.seed), bins=settings.evaluate.calibration_bins, **options
        )
        for name, p in (baselines | scores | dict(teacher)).items()
    }
    pairs = [(CANDIDATE, scores[CANDIDATE], REFERENCE, scores[REFERENCE])]
    pairs += [(name, p, CANDIDATE, scores[CANDIDATE]) for name, p in teacher.items()]
    tests = [
        (name, rival, paired_test(labels, p, rivals, np.random.default_rng(settings.seed), **options))
        for name, p, rival, rivals in pairs
    ]
    return figures, tests


def held_out(settings: Settings) -> None:
    """Write `results.json` and `results.md`: yardsticks, own test parts, and every model on every corpus at hand."""
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    train_labels = table.loc[split.train, "label"].to_numpy()
    predictions = {name: read_table(paths.PREDICTIONS / f"{name}.csv") for name in settings.model}
    results: dict[str, Any] = {}
    lines = [f"# Results on `{settings.corpus.name}`", "", _provenance(settings, split), ""]
    for part in (part for part in (*settings.corpus.yardsticks, *OWN_PARTS) if part in split.tests()):
        rows = {name: p[p["part"] == part] for name, p in predictions.items()}
        ids = next(iter(rows.values()))["id"].tolist()
        # Elsewhere the teacher may have learnt from the headlines.
        teacher = teacher_predictions(ids, settings) if part in settings.corpus.yardsticks else {}
        figures, tests = compare_part(rows, train_labels, settings, teacher)
        results[part] = {"figures": figures, "paired_test": tests[0][2]}
        n = len(ids)
        lines += [f"## {part.replace('_', ' ').capitalize()} ({n} headlines)", "", *figures_table(figures), ""]
        lines += [line for test in tests for line in (paired_sentence(*test), "")]
        lines += [*per_class_table(figures, [*settings.model, *teacher]), ""]
    written = {
        file: {
            name: read_json(paths.reports(settings.corpus.name) / "evaluate" / name / f"{file}.json")
            for name in settings.model
        }
        for file in ("intervals", "index_error", "news")
    }
    lines += [*index_section(written["index_error"]), "", *news_section(written["news"]), ""]
    lines += ["## Every model on every corpus at hand", "", *transfer_table(written["intervals"]), ""]
    folder = paths.reports(settings.corpus.name)
    write_json(folder / "results.json", results)
    (folder / "results.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def _provenance(settings: Settings, split: Split) -> str:
    auxiliary = f" and {len(split.auxiliary)} of {', '.join(settings.corpus.auxiliary)}" if split.auxiliary else ""
    return (
        f"Trained on {len(split.train)} headlines of `{settings.corpus.name}`{auxiliary}, stopped and calibrated on "
        f"{len(split.validation)}; backbone {settings.backbone.name}, seed {settings.seed}. Brackets: 95 % bootstrap "
        "interval. Written by `dvc repro compare@held_out`."
    )


def cross_validation(settings: Settings) -> None:
    """Write `cross_validation.json` and `.md`: the same table over all folds of the training corpus."""
    table = read_labelled()
    own = table.loc[table["role"] == "train", "label"].to_numpy()
    predictions = {name: read_table(paths.OUT_OF_FOLD / f"{name}.csv") for name in settings.model}
    figures, tests = compare_part(predictions, own, settings)
    folder = paths.reports(settings.corpus.name)
    write_json(folder / "cross_validation.json", {"figures": figures, "paired_test": tests[0][2]})
    lines = [
        f"# Cross-validation on `{settings.corpus.name}`",
        "",
        f"{settings.split.folds} stratified folds, seed {settings.seed}, {len(own)} headlines, each predicted by a "
        "model that has not seen its fold. Written by `dvc repro compare@cross_validation`.",
        "",
        *figures_table(figures),
        "",
        paired_sentence(*tests[0]),
        "",
        "Accuracy of each fold:",
        "",
        *_fold_lines(settings),
        "",
    ]
    (folder / "cross_validation.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def _fold_lines(settings: Settings) -> list[str]:
    lines = []
    for name in settings.model:
        folds = pd.read_csv(paths.reports(settings.corpus.name) / "cross_validate" / name / "folds.csv")["accuracy"]
        values = ", ".join(f"{100 * value:.1f}" for value in folds)
        lines.append(f"- {name}: {values}; mean {100 * folds.mean():.1f}, standard deviation {100 * folds.std():.1f}")
    return lines


if __name__ == "__main__":
    {"held_out": held_out, "cross_validation": cross_validation}[sys.argv[1]](load_settings())
