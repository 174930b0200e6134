"""Trains one model and fits its temperature: `python -m pipelines.stages.train MODEL`."""

import shutil
import sys

from barometer.corpus.split import Split
from barometer.models.base import model_kind
from barometer.models.calibrate import apply_temperature, fit_news_temperature, fit_temperature
from barometer.models.metrics import all_figures
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_json, read_labelled, to_examples, write_json


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
    temperature = fit_temperature(probabilities, validation.targets)
    calibrated = apply_temperature(probabilities, temperature)
    figures = all_figures(validation.labels, calibrated, settings.evaluate.calibration_bins)

    folder = paths.MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save(folder)
    calibration = {
        "method": "temperature",
        "temperature": temperature,
        "news_temperature": fit_news_temperature(news, validation.news),
    }
    write_json(folder / "calibration.json", calibration)
    write_json(
        paths.reports(settings.corpus.name) / "train" / f"{name}.json",
        {"temperature": temperature, "validation": figures},
    )
    print(f"{name}: validation accuracy {figures['accuracy']:.3f}, temperature {temperature:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
