"""Evaluates one model on every part it was not trained on: `python -m pipelines.stages.evaluate MODEL`.

These are the held-out and the temporal test of the training corpus, and every other available labelled corpus. The
barometer of windows is compared with their labels on the yardsticks and the test, and what is dropped as not news with
the votes wherever annotators were asked.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from barometer.labels import CLASS_NAMES, N_CLASSES
from barometer.models.base import Floats, model_kind
from barometer.models.calibrate import apply_news_temperature, apply_temperature
from barometer.models.index_error import index_error
from barometer.models.metrics import confusion, evaluate, reliability
from barometer.prevalence import Prevalence, from_calibration
from barometer.settings import Settings, load_settings
from pipelines import paths, plots
from pipelines.news_filters import news_report
from pipelines.tables import (
    probabilities_of,
    read_json,
    read_labelled,
    read_split,
    with_probabilities,
    write_json,
    write_table,
)

TEST = "test"
_VALIDATION = "validation"


def predict_parts(
    name: str, table: pd.DataFrame, parts: dict[str, list[int]], calibration: Mapping[str, Any]
) -> pd.DataFrame:
    """Calibrated predictions of a trained model: one row for each headline of each part.

    Columns: `id`, `label`, `part`, the three probabilities, and `news_probability` (1 where the model has none).
    """
    model = model_kind(name).load(paths.MODELS / name)
    rows = pd.concat([table.loc[ids, ["id", "label"]].assign(part=part) for part, ids in parts.items()])
    probabilities, news = model.predict_both(table.loc[rows["id"], "text"].tolist())
    found = with_probabilities(
        rows.reset_index(drop=True), apply_temperature(probabilities, calibration["temperature"])
    )
    return found.assign(news_probability=apply_news_temperature(news, calibration["news_temperature"]))


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


def counted(predictions: pd.DataFrame, calibration: Mapping[str, Any]) -> pd.DataFrame:
    """The headlines that count in the barometer: those from the news threshold on, or all where there is none."""
    counts: pd.DataFrame = predictions[predictions["news_probability"] >= calibration.get("news_threshold", 0.0)]
    return counts


def index_errors(
    predictions: pd.DataFrame, dates: pd.Series, prevalence: Prevalence, priors: Floats, settings: Settings
) -> dict[str, Any]:
    """The error of the barometer of windows on each yardstick and the test part, by part.

    Args:
        predictions: of the headlines of every part that count.
        dates: ISO 8601 by id, empty where there is none.
        prevalence: what adjusts.
        priors: class shares of the headlines that the model was calibrated on, shape (3,).
        settings: names the yardsticks, and gives the seed and the number of windows.
    """
    chosen = predictions[predictions["part"].isin([*settings.corpus.yardsticks, TEST])]
    return {
        str(part): index_error(
            rows["label"].to_numpy(dtype=np.int64),
            probabilities_of(rows),
            dates.loc[rows["id"]].to_numpy(dtype=str),
            prevalence,
            priors,
            np.random.default_rng(settings.seed),
            settings.evaluate.bootstrap_samples,
        )
        for part, rows in chosen.groupby("part", sort=False)
    }


def news_reports(
    predictions: pd.DataFrame, table: pd.DataFrame, threshold: float | None, prevalence: Prevalence
) -> dict[str, Any]:
    """What is dropped as not news, of each part in which annotators were asked, by part."""
    rows = predictions.join(table[["text", "news"]], on="id")
    asked = rows[rows["news"].notna()]
    return {str(part): news_report(found, threshold, prevalence) for part, found in asked.groupby("part", sort=False)}


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    table, split = read_labelled(), read_split()
    calibration = read_json(paths.MODELS / name / "calibration.json")
    predicted = predict_parts(name, table, {_VALIDATION: split.validation, **split.tests()}, calibration)
    validated = predicted["part"] == _VALIDATION
    predictions = predicted[~validated].reset_index(drop=True)
    write_table(paths.PREDICTIONS / f"{name}.csv", predictions)
    folder = paths.reports(settings.corpus.name) / "evaluate" / name
    write_figures(folder, predictions, settings)
    test = predictions[predictions["part"] == TEST]
    title = f"{name} on {settings.corpus.name}"
    write_plots(folder, title, test["label"].to_numpy(), probabilities_of(test))

    prevalence = from_calibration(calibration)
    calibrated_on = counted(predicted[validated], calibration)["label"].to_numpy(dtype=np.int64)
    sizes = np.maximum(np.bincount(calibrated_on, minlength=N_CLASSES), 1)
    errors = index_errors(counted(predictions, calibration), table["date"], prevalence, sizes / sizes.sum(), settings)
    write_json(folder / "index_error.json", errors)
    part = next((part for part in settings.corpus.yardsticks if part in errors), TEST)
    plots.plot_index_error(folder / "index_error.png", errors[part], f"{name} on {part}: error of the barometer")
    news = news_reports(predictions, table, calibration.get("news_threshold"), prevalence)
    write_json(folder / "news.json", news)
    for part, figures in read_json(folder / "metrics.json").items():
        print(f"{name} on {part}: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
