"""Trains models on nested parts of the training data: `python -m pipelines.studies.learning_curve.run`."""

from collections.abc import Mapping
from itertools import product
from math import ceil
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator
from tqdm import tqdm

from barometer.corpus.split import Split
from barometer.labels import N_CLASSES
from barometer.models.base import Examples, model_kind
from barometer.models.metrics import Labels
from barometer.settings import Positive, Section, SettingsError
from pipelines import paths
from pipelines.studies.learning_curve.analysis import Result
from pipelines.studies.learning_curve.methods.extrapolate import Runs, extrapolate
from pipelines.studies.learning_curve.methods.power_law import MIN_SIZES
from pipelines.studies.study import ModelName, Study, open_study
from pipelines.tables import probabilities_of, read_json, read_labelled, read_table, to_examples

NAME = "learning_curve"
ALL: Literal["all"] = "all"
Size = Annotated[int, Field(ge=10)]
Predicted = NDArray[np.int64]


class CurveSettings(Section):
    """The training sizes of one model, ascending, and with how many seeds each is trained.

    `all` stands for the whole training part, which is trained once; without it, the model of the stage `train` is
    that point where possible.
    """

    sizes: Annotated[list[Size | Literal["all"]], Field(min_length=MIN_SIZES)]
    seeds: Annotated[int, Field(ge=2, le=50)]

    @field_validator("sizes")
    @classmethod
    def _ascending(cls, sizes: list[int | str]) -> list[int | str]:
        numbers = [size for size in sizes if isinstance(size, int)]
        if numbers != sorted(set(numbers)) or ALL in sizes[:-1]:
            raise ValueError(f"expected ascending sizes, each once, `{ALL}` only at the end")
        return sizes

    def usable(self, available: int, where: str) -> tuple[list[int], list[int]]:
        """The numbers among the sizes below the size of the training part, and those that are not.

        Raises:
            SettingsError: if fewer than three are below it, too few for a power law.
        """
        numbers = [size for size in self.sizes if isinstance(size, int)]
        used, left_out = [n for n in numbers if n < available], [n for n in numbers if n >= available]
        if len(used) < MIN_SIZES:
            raise SettingsError(
                f"{where}.sizes = {self.sizes}: only {len(used)} below the {available} headlines of the training part; "
                f"expected at least {MIN_SIZES}"
            )
        return used, left_out


class LearningCurveSettings(Section):
    """Which models, how large the validation part, how long small sizes are trained, and how far to look ahead.

    Attributes:
        models: sizes and seeds by model.
        validation: headlines of the validation part that choose a checkpoint; the rest is not used.
        min_steps: a model trained in steps takes at least as many, in more epochs where the training size is small.
        multiples: of the available labels, to which the curve is extrapolated.
    """

    models: Annotated[dict[ModelName, CurveSettings], Field(min_length=1)]
    validation: Annotated[int, Field(ge=30)]
    min_steps: Positive
    multiples: Annotated[list[Annotated[float, Field(gt=1)]], Field(min_length=1)]


def nested_order(labels: Labels, rng: np.random.Generator) -> NDArray[np.int64]:
    """A random order of N headlines of which every beginning is stratified by class, shape (N,).

    The members of a class are spread evenly over the order, so that a beginning of n headlines holds each class
    within one headline or so of its share.
    """
    place = np.empty(len(labels))
    for k in range(N_CLASSES):
        members = rng.permutation(np.flatnonzero(labels == k))
        place[members] = (np.arange(len(members)) + 0.5) / max(len(members), 1)
    return np.asarray(np.lexsort((rng.random(len(labels)), place)), dtype=np.int64)


def settings_for_size(settings: Mapping[str, Any], size: int, min_steps: int) -> dict[str, Any]:
    """Raise the epochs of a model that has them, so that it takes at least `min_steps` steps on `size` headlines.

    With a fixed number of epochs a tenth of the data would also mean a tenth of the steps, and the curve would show
    how short the training was, not how few the labels were.
    """
    if not {"epochs", "batch_size"} <= set(settings):
        return dict(settings)
    steps = ceil(size / settings["batch_size"])
    return {**settings, "epochs": max(settings["epochs"], ceil(min_steps / steps))}


class Trainer:
    """Trains a model on parts of the training data and predicts the test headlines."""

    def __init__(self, study: Study[LearningCurveSettings], table: pd.DataFrame, split: Split) -> None:
        self.settings = study.settings
        self.min_steps = study.params.min_steps
        self.train = to_examples(table, split.train)
        self.validation = self._part(to_examples(table, split.validation), study.settings.seed, study.params.validation)
        self.texts = table.loc[split.test, "text"].tolist()

    @staticmethod
    def _part(examples: Examples, seed: int, size: int) -> Examples:
        """The first `size` examples of the seed's order; larger parts of one seed hold the smaller ones."""
        positions = nested_order(examples.labels, np.random.default_rng(seed))[:size]
        texts = [examples.texts[i] for i in positions]
        return Examples(texts, examples.targets[positions], examples.weights[positions])

    def run(self, name: str, size: int, seed: int) -> Predicted:
        """Predicted classes of the test headlines, shape (N,); the same seed orders the data alike for all models."""
        values = settings_for_size(self.settings.model[name], size, self.min_steps)
        model = model_kind(name).build(values, self.settings.backbone, seed)
        model.fit(self._part(self.train, seed, size), self.validation)
        return np.asarray(model.predict_proba(self.texts).argmax(axis=1), dtype=np.int64)

    def runs(self, name: str, sizes: list[int], seeds: int) -> Predicted:
        """All sizes with all seeds, shape (S, R, N)."""
        bar = tqdm(list(product(sizes, range(seeds))), desc=f"{name} learning curve", unit="run")
        found = [self.run(name, size, self.settings.seed + k) for size, k in bar]
        return np.stack(found).reshape(len(sizes), seeds, -1)


def full_run(study: Study[LearningCurveSettings], name: str, trainer: Trainer, test: list[int]) -> Predicted | None:
    """What a model trained on the whole training part predicts: trained here, or in the stage `train`, or None."""
    if ALL in study.params.models[name].sizes:
        return trainer.run(name, len(trainer.train), study.settings.seed)
    if study.settings.corpus.auxiliary:
        return None  # that model learned from other corpora too
    predictions = read_table(paths.PREDICTIONS / f"{name}.csv").query("part == 'test'").set_index("id")
    return np.asarray(probabilities_of(predictions.loc[test]).argmax(axis=1), dtype=np.int64)


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, LearningCurveSettings)
    params, evaluation = study.params, study.settings.evaluate
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    available, labels = len(split.train), table.loc[split.test, "label"].to_numpy(dtype=np.int64)
    sizes = {name: curve.usable(available, f"experiment.{NAME}.models.{name}") for name, curve in params.models.items()}
    trainer = Trainer(study, table, split)
    curves = {}
    for name, (used, _) in sizes.items():
        predicted = trainer.runs(name, used, params.models[name].seeds)
        runs = Runs(np.array(used), predicted, available, full_run(study, name, trainer, split.test))
        curves[name] = extrapolate(
            runs, labels, params.multiples, study.rng(), evaluation.bootstrap_samples, evaluation.confidence
        )
    study.save(
        Result(
            curves=curves,
            seeds={name: curve.seeds for name, curve in params.models.items()},
            left_out={name: left_out for name, (_, left_out) in sizes.items() if left_out},
            available=available,
            tested=len(labels),
            auxiliary=bool(study.settings.corpus.auxiliary),
            min_steps=params.min_steps,
            confidence=evaluation.confidence,
        )
    )


if __name__ == "__main__":
    main()
