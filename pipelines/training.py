"""Fitting, calibrating and saving a model, as the stages `train` and `teach` both do."""

import shutil
from collections.abc import Mapping
from typing import Any

from barometer.models.base import Classifier, Examples, ModelKind, model_kind
from barometer.models.calibrate import apply_temperature, fit_news_temperature, fit_temperature
from barometer.models.metrics import all_figures
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
    """Fit a model and its temperatures, save both below `outputs/models`, report; return model and calibration."""
    model = kind_of(name).build(model_settings, backbone, settings.seed)
    model.fit(train, validation, auxiliary)
    probabilities, news = model.predict_both(validation.texts)
    temperature = fit_temperature(probabilities, validation.targets)
    calibration = {
        "method": "temperature",
        "temperature": temperature,
        "news_temperature": fit_news_temperature(news, validation.news),
    }
    folder = paths.MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save(folder)
    write_json(folder / "calibration.json", calibration)
    calibrated = apply_temperature(probabilities, temperature)
    figures = all_figures(validation.labels, calibrated, settings.evaluate.calibration_bins)
    report = {"temperature": temperature, "validation": figures}
    write_json(paths.reports(settings.corpus.name) / "train" / f"{name}.json", report)
    print(f"{name}: validation accuracy {figures['accuracy']:.3f}, temperature {temperature:.2f}")
    return model, calibration
