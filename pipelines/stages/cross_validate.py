"""Cross-validates one model over the folds of `split`: `python -m pipelines.stages.cross_validate MODEL`."""

import sys

import numpy as np
import pandas as pd
from tqdm import tqdm

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.corpus.split import Split, stratified_part
from barometer.models.base import Floats, model_kind
from barometer.models.calibrate import apply_temperature, fit_temperature
from barometer.models.metrics import accuracy, evaluate, macro_f1
from barometer.settings import Settings, load_settings
from pipelines import paths, plots
from pipelines.errors import one_line
from pipelines.tables import (
    probabilities_of,
    read_labelled,
    read_split,
    to_examples,
    with_probabilities,
    write_json,
    write_table,
)


def predict_fold(name: str, table: pd.DataFrame, split: Split, fold: int, settings: Settings) -> Floats:
    """Train on all folds but one, choose and calibrate on a tenth of them, predict the fold left out."""
    rest = np.array([id_ for k, ids in enumerate(split.folds) if k != fold for id_ in ids])
    rows = table.loc[rest]
    groups = near_duplicate_groups(rows["text"].tolist(), settings.split.near_duplicate_similarity)
    seed = settings.seed + fold
    validating = stratified_part(rows["label"].to_numpy(), groups, settings.split.validation_share, seed)
    validation = to_examples(table, rest[validating].tolist())
    auxiliary = to_examples(table, split.auxiliary) if split.auxiliary else None
    model = model_kind(name).build(settings.model[name], settings.backbone, seed)
    model.fit(to_examples(table, rest[~validating].tolist()), validation, auxiliary)
    temperature = fit_temperature(model.predict_proba(validation.texts), validation.targets)
    return apply_temperature(model.predict_proba(table.loc[split.folds[fold], "text"].tolist()), temperature)


def write_reports(name: str, out_of_fold: pd.DataFrame, settings: Settings) -> None:
    """Write the figures over all folds, the table of folds and its plot."""
    folder = paths.reports(settings.corpus.name) / "cross_validate" / name
    labels, probabilities = out_of_fold["label"].to_numpy(), probabilities_of(out_of_fold)
    rng = np.random.default_rng(settings.seed)
    found = evaluate(
        labels,
        probabilities,
        rng,
        samples=settings.evaluate.bootstrap_samples,
        confidence=settings.evaluate.confidence,
        bins=settings.evaluate.calibration_bins,
    )
    write_json(folder / "intervals.json", found)
    write_json(folder / "metrics.json", {key: figure.value for key, figure in found.items()})
    folds = [
        {
            "fold": k,
            "headlines": len(rows),
            "accuracy": round(accuracy(rows["label"].to_numpy(), probabilities_of(rows)), 6),
            "macro_f1": round(macro_f1(rows["label"].to_numpy(), probabilities_of(rows)), 6),
        }
        for k, (_, rows) in enumerate(out_of_fold.groupby("fold"), start=1)
    ]
    table = pd.DataFrame(folds)
    write_table(folder / "folds.csv", table)
    bars = {"accuracy": table["accuracy"].tolist(), "macro-F1": table["macro_f1"].tolist()}
    plots.plot_folds(folder / "folds.png", bars, f"{name} on {settings.corpus.name}: {len(folds)} folds")
    print(f"{name}: accuracy {found['accuracy'].value:.3f}, macro-F1 {found['macro_f1'].value:.3f} over all folds")


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    table, split = read_labelled(), read_split()
    parts = []
    for fold, ids in enumerate(tqdm(split.folds, desc=f"{name} folds", unit="fold")):
        rows = table.loc[ids, ["id", "label"]].assign(fold=fold).reset_index(drop=True)
        parts.append(with_probabilities(rows, predict_fold(name, table, split, fold, settings)))
    out_of_fold = pd.concat(parts, ignore_index=True)
    write_table(paths.OUT_OF_FOLD / f"{name}.csv", out_of_fold)
    write_reports(name, out_of_fold, settings)


if __name__ == "__main__":
    with one_line("cross_validate"):
        main(sys.argv[1])
