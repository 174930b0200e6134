"""Evaluates one model on every part it has not learnt from: `python -m pipelines.stages.evaluate MODEL`.

These are the held-out and the temporal test of the training corpus, and every other labelled corpus at hand.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.corpus.split import Split
from barometer.labels import CLASS_NAMES
from barometer.models.base import Floats, model_kind
from barometer.models.calibrate import apply_temperature
from barometer.models.metrics import confusion, evaluate, reliability
from barometer.settings import Settings, load_settings
from pipelines import paths, plots
from pipelines.tables import (
    probabilities_of,
    read_json,
    read_labelled,
    with_probabilities,
    write_json,
    write_table,
)


def predict_parts(name: str, table: pd.DataFrame, parts: dict[str, list[int]]) -> pd.DataFrame:
    """Calibrated predictions of a trained model: one row for each headline of each part."""
    model = model_kind(name).load(paths.MODELS / name)
    temperature = read_json(paths.MODELS / name / "calibration.json")["temperature"]
    rows = pd.concat([table.loc[ids, ["id", "label"]].assign(part=part) for part, ids in parts.items()])
    probabilities = model.predict_proba(table.loc[rows["id"], "text"].tolist())
    return with_probabilities(rows.reset_index(drop=True), apply_temperature(probabilities, temperature))


def write_plots(folder: Path, title: str, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]", p: Floats) -> None:
    """Write the confusion matrix and the reliability diagram, as data for `dvc plots` and as PNG."""
    names = np.array(CLASS_NAMES)
    pairs = pd.DataFrame({"actual": names[labels], "predicted": names[p.argmax(axis=1)]})
    write_table(folder / "confusion.csv", pairs)
    plots.plot_confusion(folder / "confusion.png", confusion(labels, p.argmax(axis=1)), f"{title}: confusion")
    rows = reliability(labels, p)
    table = pd.DataFrame(rows, columns=["confidence", "accuracy", "headlines"]).round(6)
    write_table(folder / "reliability.csv", table)
    plots.plot_reliability(folder / "reliability.png", rows, f"{title}: reliability")


def write_figures(folder: Path, predictions: pd.DataFrame, settings: Settings) -> None:
    """Write every figure of every part: `metrics.json` (values, for DVC) and `intervals.json` (with intervals)."""
    estimates = {}
    for part, rows in predictions.groupby("part", sort=False):
        rng = np.random.default_rng(settings.seed)
        found = evaluate(
            rows["label"].to_numpy(),
            probabilities_of(rows),
            rng,
            samples=settings.evaluate.bootstrap_samples,
            confidence=settings.evaluate.confidence,
            bins=settings.evaluate.calibration_bins,
        )
        estimates[part] = {"headlines": len(rows), **found}
    write_json(folder / "intervals.json", estimates)
    values = {
        part: {key: getattr(figure, "value", figure) for key, figure in figures.items()}
        for part, figures in estimates.items()
    }
    write_json(folder / "metrics.json", values)


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    split = Split(**read_json(paths.SPLIT))
    predictions = predict_parts(name, read_labelled(), split.tests())
    write_table(paths.PREDICTIONS / f"{name}.csv", predictions)
    folder = paths.reports(settings.corpus.name) / "evaluate" / name
    write_figures(folder, predictions, settings)
    test = predictions[predictions["part"] == "test"]
    write_plots(folder, f"{name} on {settings.corpus.name}", test["label"].to_numpy(), probabilities_of(test))
    for part, figures in read_json(folder / "metrics.json").items():
        print(f"{name} on {part}: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
