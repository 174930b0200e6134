"""Trains both models on nested parts of the training data: `python -m pipelines.studies.learning_curve.run`."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from barometer.corpus.split import Split
from barometer.models.base import Examples, Floats, model_kind
from barometer.settings import Settings
from barometer.stats import Estimate
from pipelines import paths
from pipelines.studies.learning_curve.analysis import (
    LearningCurveSettings,
    Runs,
    fit_and_predict,
    nested_order,
    settings_for_size,
    take,
    usable_sizes,
)
from pipelines.studies.learning_curve.extrapolate import extrapolate
from pipelines.studies.learning_curve.figures import plot_learning_curves
from pipelines.studies.learning_curve.findings import Extrapolation
from pipelines.studies.learning_curve.page import Conditions, learning_curve_page
from pipelines.studies.study import Study, open_study
from pipelines.tables import probabilities_of, read_json, read_labelled, read_table, to_examples

NAME = "learning_curve"
Predicted = NDArray[np.int64]


class Trainer:
    """Trains a model on a part of the training data and lets it predict the test headlines."""

    def __init__(self, study: Study[LearningCurveSettings], table: pd.DataFrame, split: Split) -> None:
        self.settings: Settings = study.settings
        self.min_steps = study.params.min_steps
        self.train = to_examples(table, split.train)
        self.validation = self._validation(table, split, study.params.validation)
        self.texts = table.loc[split.test, "text"].tolist()

    def _validation(self, table: pd.DataFrame, split: Split, wanted: int) -> Examples:
        whole = to_examples(table, split.validation)
        return take(whole, nested_order(whole.labels, np.random.default_rng(self.settings.seed))[:wanted])

    def run(self, name: str, size: int, seed: int) -> Predicted:
        """Predicted classes of the test headlines, shape (N,); the same seed orders the data alike for all models."""
        order = nested_order(self.train.labels, np.random.default_rng(seed))
        values = settings_for_size(self.settings.model[name], size, self.min_steps)
        model = model_kind(name).build(values, self.settings.backbone, seed)
        return fit_and_predict(model, take(self.train, order[:size]), self.validation, self.texts)

    def runs(self, name: str, sizes: list[int], seeds: int) -> Predicted:
        """All sizes with all seeds, shape (S, R, N)."""
        jobs = list(product(sizes, range(seeds)))
        bar = tqdm(jobs, desc=f"{name} learning curve", unit="run")
        found = [self.run(name, size, self.settings.seed + k) for size, k in bar]
        return np.stack(found).reshape(len(sizes), seeds, -1)


def full_run(study: Study[LearningCurveSettings], name: str, trainer: Trainer, test: list[int]) -> Predicted | None:
    """What a model trained on the whole training part predicts: trained here, or in the stage `train`, or None."""
    if "all" in study.params.models[name].sizes:
        return trainer.run(name, len(trainer.train), study.settings.seed)
    if study.settings.corpus.auxiliary:
        return None  # that model learnt from other corpora too
    predictions = read_table(paths.PREDICTIONS / f"{name}.csv").query("part == 'test'").set_index("id")
    return np.asarray(probabilities_of(predictions.loc[test]).argmax(axis=1), dtype=np.int64)


def curve_rows(found: dict[str, Extrapolation]) -> Iterator[dict[str, object]]:
    """Rows of the table behind the figure: trained sizes, then the fitted law."""
    for name, curve in found.items():
        for point in curve.points:
            yield {
                "model": name,
                "size": point.size,
                "accuracy": round(point.accuracy.value, 6),
                "accuracy_low": round(point.accuracy.low, 6),
                "accuracy_high": round(point.accuracy.high, 6),
                "macro_f1": round(point.macro_f1.value, 6),
                "macro_f1_low": round(point.macro_f1.low, 6),
                "macro_f1_high": round(point.macro_f1.high, 6),
            }


def fitted_table(found: dict[str, Extrapolation]) -> pd.DataFrame:
    """The fitted laws at the sizes at which they are drawn."""
    columns = ["size", "accuracy", "low", "high"]
    parts = [pd.DataFrame(curve.grid, columns=columns).assign(model=name) for name, curve in found.items()]
    return pd.concat(parts, ignore_index=True)[["model", *columns]].round(6)


def metrics(curve: Extrapolation) -> dict[str, object]:
    """The figures of one model; what is out of reach is null."""
    return {
        "accuracy_by_size": {point.size: point.accuracy.value for point in curve.points},
        "macro_f1_by_size": {point.size: point.macro_f1.value for point in curve.points},
        "gain": {f"{ahead.multiple:g}x": _finite(ahead.gain) for ahead in curve.ahead},
        "more_labels_for_a_point": _finite(curve.more_labels),
        "share_of_fits_in_reach": curve.reachable,
        "share_of_fits_undetermined": curve.undetermined,
        "asymptote": _finite(curve.asymptote),
        "exponent": _finite(curve.exponent),
        "backtest_miss": _finite(curve.backtest.miss) if curve.backtest else None,
    }


def _finite(figure: Estimate) -> dict[str, float | None]:
    values = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {key: value if np.isfinite(value) else None for key, value in values.items()}


def usable(study: Study[LearningCurveSettings], available: int) -> dict[str, tuple[list[int], list[int]]]:
    """By model, the sizes to train and those that the training part does not reach."""
    return {
        name: usable_sizes(settings, available, f"experiment.{NAME}.models.{name}")
        for name, settings in study.params.models.items()
    }


def report(
    study: Study[LearningCurveSettings],
    found: dict[str, Extrapolation],
    seen: dict[str, Floats],
    conditions: Conditions,
) -> None:
    """Write numbers, tables, plot and page; `seen` holds the accuracy of every run, by model, shape (S, R)."""
    study.write_metrics({name: metrics(curve) for name, curve in found.items()})
    study.write_curve("learning_curve.csv", pd.DataFrame(curve_rows(found)))
    study.write_curve("fitted.csv", fitted_table(found))
    plot_learning_curves(study.folder / "learning_curve.png", found, seen, conditions.available)
    study.write_page(learning_curve_page(found, conditions))


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, LearningCurveSettings)
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    available = len(split.train)
    sizes = usable(study, available)
    trainer = Trainer(study, table, split)
    labels = table.loc[split.test, "label"].to_numpy(dtype=np.int64)
    evaluation = study.settings.evaluate
    found, seen = {}, {}
    for name, settings in study.params.models.items():
        used, _ = sizes[name]
        predicted = trainer.runs(name, used, settings.seeds)
        runs = Runs(np.array(used), predicted, available, full_run(study, name, trainer, split.test))
        found[name] = extrapolate(
            runs,
            labels,
            study.params.multiples,
            study.rng(),
            samples=evaluation.bootstrap_samples,
            confidence=evaluation.confidence,
        )
        seen[name] = runs.accuracies(labels)
    conditions = Conditions(
        available=available,
        tested=len(labels),
        left_out={name: left_out for name, (_, left_out) in sizes.items() if left_out},
        seeds={name: settings.seeds for name, settings in study.params.models.items()},
        auxiliary=bool(study.settings.corpus.auxiliary),
        min_steps=study.params.min_steps,
        confidence=evaluation.confidence,
    )
    report(study, found, seen, conditions)


if __name__ == "__main__":
    main()
