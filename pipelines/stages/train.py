"""Trains one model and calibrates it on validation data: `python -m pipelines.stages.train MODEL`."""

import shutil
import sys
from typing import Any

import numpy as np

from barometer.corpus.split import Split
from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Examples, Floats, model_kind
from barometer.models.calibrate import (
    apply_news_temperature,
    apply_temperature,
    fit_news_temperature,
    fit_temperature,
)
from barometer.models.metrics import all_figures
from barometer.models.news import called_news, choose_threshold
from barometer.models.prevalence_fit import fit_prevalence
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_json, read_labelled, to_examples, write_json


def calibrate(probabilities: Floats, news: Floats, validation: Examples, rng: np.random.Generator) -> dict[str, Any]:
    """What turns a model's scores into numbers that mean what they say (see `ModelCard.calibration`).

    The barometer is fitted to the labels and not to the soft targets, because it is to count headlines as readers label
    them; an annotator's doubt would be taken for confusion of the model. It is fitted on the headlines that count, from
    `news_threshold` on: what is no news is the easiest to tell neutral, and would be missing later. The threshold is
    left out where it cannot be chosen.
    """
    temperature = fit_temperature(probabilities, validation.targets)
    news_temperature = fit_news_temperature(news, validation.news)
    told = apply_news_temperature(news, news_temperature)
    threshold = choose_threshold(told, validation.news, validation.labels)
    counts = told >= (0 if threshold is None else threshold)
    calibrated, labels = apply_temperature(probabilities, temperature), np.eye(N_CLASSES)[validation.labels]
    found = {
        "method": "temperature",
        "temperature": temperature,
        "news_temperature": news_temperature,
        "index": fit_prevalence(calibrated[counts], labels[counts], rng),
    }
    return found if threshold is None else found | {"news_threshold": threshold}


def lost_news(news: Floats, threshold: float, validation: Examples) -> dict[str, float]:
    """Share of each class's news that lies below the threshold, by field name; a class without news is left out."""
    real = called_news(validation.news)
    groups = {name: real & (validation.labels == c) for c, name in enumerate(FIELD_NAMES)}
    return {name: float((news[group] < threshold).mean()) for name, group in groups.items() if group.any()}


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    kind = model_kind(name)
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    validation = to_examples(table, split.validation)
    auxiliary = to_examples(table, split.auxiliary) if split.auxiliary else None

    model = kind.build(settings.model[name], settings.backbone, settings.seed)
    model.fit(to_examples(table, split.train), validation, auxiliary)

    probabilities, news = model.predict_both(validation.texts)
    calibration = calibrate(probabilities, news, validation, np.random.default_rng(settings.seed))
    temperature = calibration["temperature"]
    calibrated = apply_temperature(probabilities, temperature)
    figures = all_figures(validation.labels, calibrated, settings.evaluate.calibration_bins)
    report = {"temperature": temperature, "index": calibration["index"], "validation": figures}
    if "news_threshold" in calibration:
        threshold = calibration["news_threshold"]
        lost = lost_news(apply_news_temperature(news, calibration["news_temperature"]), threshold, validation)
        report["news"] = {"threshold": threshold, "lost": lost}

    folder = paths.MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save(folder)
    write_json(folder / "calibration.json", calibration)
    write_json(paths.reports(settings.corpus.name) / "train" / f"{name}.json", report)
    print(f"{name}: validation accuracy {figures['accuracy']:.3f}, temperature {temperature:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
