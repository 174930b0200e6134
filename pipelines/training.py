"""Fitting, calibrating and saving a model, as the stages `train` and `teach` both do."""

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np

from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Classifier, Examples, Floats, ModelKind, model_kind
from barometer.models.calibrate import (
    apply_news_temperature,
    apply_temperature,
    fit_news_temperature,
    fit_temperature,
)
from barometer.models.metrics import all_figures
from barometer.models.news import called_news, choose_threshold
from barometer.models.prevalence_fit import fit_prevalence
from barometer.settings import BackboneSettings, Settings
from pipelines import paths
from pipelines.tables import write_json

TEACHER, STUDENT = "teacher", "bert"


def kind_of(name: str) -> ModelKind:
    """The kind of a model that a stage is given by name; the teacher is a transformer, as its student is."""
    return model_kind(STUDENT if name == TEACHER else name)


def train_model(
    name: str,
    settings: Settings,
    model_settings: Mapping[str, Any],
    backbone: BackboneSettings,
    train: Examples,
    validation: Examples,
    auxiliary: Examples | None,
) -> tuple[Classifier, dict[str, Any]]:
    """Fit and calibrate a model, save both below `outputs/models`, report; return the model and its calibration."""
    model = kind_of(name).build(model_settings, backbone, settings.seed)
    model.fit(train, validation, auxiliary)
    probabilities, news = model.predict_both(validation.texts)
    calibration = calibrate(probabilities, news, validation, np.random.default_rng(settings.seed))
    folder = paths.MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save(folder)
    write_json(folder / "calibration.json", calibration)
    report = _report(calibration, probabilities, news, validation, settings.evaluate.calibration_bins)
    write_json(paths.reports(settings.corpus.name) / "train" / f"{name}.json", report)
    accuracy, temperature = report["validation"]["accuracy"], calibration["temperature"]
    print(f"{name}: validation accuracy {accuracy:.3f}, temperature {temperature:.2f}")
    return model, calibration


def calibrate(probabilities: Floats, news: Floats, validation: Examples, rng: np.random.Generator) -> dict[str, Any]:
    """What turns a model's scores into numbers that mean what they say (see `ModelCard.calibration`).

    Temperature and barometer are fitted to the labels and not to the soft targets, because they are to match headlines
    as readers label them; an annotator's doubt would be taken for confusion of the model. The barometer is fitted on
    the headlines that count, from `news_threshold` on: what is no news is the easiest to tell neutral, and would be
    missing later. The threshold is left out where it cannot be chosen.
    """
    labels = np.eye(N_CLASSES)[validation.labels]
    temperature = fit_temperature(probabilities, labels)
    news_temperature = fit_news_temperature(news, validation.news)
    told = apply_news_temperature(news, news_temperature)
    threshold = choose_threshold(told, validation.news, validation.labels)
    counts = told >= (0 if threshold is None else threshold)
    calibrated = apply_temperature(probabilities, temperature)
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


def _report(
    calibration: Mapping[str, Any], probabilities: Floats, news: Floats, validation: Examples, bins: int
) -> dict[str, Any]:
    calibrated = apply_temperature(probabilities, calibration["temperature"])
    report = {
        "temperature": calibration["temperature"],
        "index": calibration["index"],
        "validation": all_figures(validation.labels, calibrated, bins),
    }
    if "news_threshold" in calibration:
        threshold = calibration["news_threshold"]
        lost = lost_news(apply_news_temperature(news, calibration["news_temperature"]), threshold, validation)
        report["news"] = {"threshold": threshold, "lost": lost}
    return report
