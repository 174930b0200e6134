"""Trains one model and calibrates it on validation data: `python -m pipelines.stages.train MODEL`.

A distilled model learns from the targets of the stage `distil`, any other from the labels alone.
"""

import shutil
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from barometer.models.base import Classifier, Examples, Floats, ModelKind, model_kind
from barometer.models.calibrate import apply_news_temperature, apply_temperature, calibrate, lost_news
from barometer.models.metrics import all_figures
from barometer.settings import BackboneSettings, Settings, load_settings
from pipelines import paths
from pipelines.errors import one_line
from pipelines.tables import labelled_examples, read_labelled, read_split, read_targets, write_json


def train_model(
    name: str,
    kind: ModelKind,
    settings: Settings,
    model_settings: Mapping[str, Any],
    backbone: BackboneSettings,
    train: Examples,
    validation: Examples,
    auxiliary: Examples | None,
) -> tuple[Classifier, dict[str, Any]]:
    """Fit and calibrate a model, save both in `outputs/models/NAME`, report; returns the model and its calibration."""
    model = kind.build(model_settings, backbone, settings.seed)
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


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings, kind = load_settings(), model_kind(name)
    train, validation, auxiliary = labelled_examples(read_labelled(), read_split())
    if kind.distilled:
        targets = read_targets()
        train = targets["train"] + targets["unlabelled"] if "unlabelled" in targets else targets["train"]
        auxiliary = targets.get("auxiliary")
    train_model(name, kind, settings, settings.model[name], settings.backbone, train, validation, auxiliary)


if __name__ == "__main__":
    with one_line("train"):
        main(sys.argv[1])
