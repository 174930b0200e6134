"""Learning curves: what a model scores when it learns from ever larger nested parts of the training data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from barometer.labels import N_CLASSES
from barometer.models.base import Classifier, Examples, Floats
from barometer.models.metrics import Labels
from barometer.settings import Positive, Section, SettingsError
from pipelines.studies.learning_curve.power_law import MIN_SIZES
from pipelines.studies.study import ModelName

Size = Annotated[int, Field(ge=10)]


class CurveSettings(Section):
    """The training sizes of one model, ascending, and with how many seeds each is trained.

    `all` stands for the whole training part, which is trained once; without it, the model of the stage `train` is
    that point where it may be.
    """

    sizes: Annotated[list[Size | Literal["all"]], Field(min_length=MIN_SIZES)]
    seeds: Annotated[int, Field(ge=2, le=50)]

    @field_validator("sizes")
    @classmethod
    def _ascending(cls, sizes: list[int | str]) -> list[int | str]:
        numbers = [size for size in sizes if isinstance(size, int)]
        if numbers != sorted(set(numbers)) or "all" in sizes[:-1]:
            raise ValueError("expected ascending sizes, each once, `all` only at the end")
        return sizes


class LearningCurveSettings(Section):
    """Which models, how large the validation part, how long small sizes are trained, and how far to look ahead.

    Attributes:
        models: sizes and seeds by model.
        validation: headlines of the validation part that choose a checkpoint; the rest is not used.
        min_steps: a model trained in steps takes at least as many, in more epochs where the training size is small.
        multiples: of the labels at hand, to which the curve is extrapolated.
    """

    models: Annotated[dict[ModelName, CurveSettings], Field(min_length=1)]
    validation: Annotated[int, Field(ge=30)]
    min_steps: Positive
    multiples: Annotated[list[Annotated[float, Field(gt=1)]], Field(min_length=1)]


@dataclass(frozen=True)
class Runs:
    """Predicted classes of N test headlines by models trained on S sizes with R seeds each.

    Attributes:
        sizes: shape (S,), ascending, all below `available`.
        predicted: shape (S, R, N); models of one seed have learnt from nested parts.
        available: headlines of the whole training part.
        full: what the model trained on all of them predicts, shape (N,), or None where there is no such model.
    """

    sizes: NDArray[np.int64]
    predicted: NDArray[np.int64]
    available: int
    full: NDArray[np.int64] | None

    def accuracies(self, labels: Labels) -> Floats:
        """Accuracy of every run below full size against the true classes, shape (S, R)."""
        return np.asarray((self.predicted == labels).mean(axis=2))


def usable_sizes(settings: CurveSettings, available: int, where: str) -> tuple[list[int], list[int]]:
    """Part the numbers among the sizes into those below the size of the training part and those that are not.

    Raises:
        SettingsError: if fewer than three are below it, too few for a power law.
    """
    numbers = [size for size in settings.sizes if size != "all"]
    used, left_out = [n for n in numbers if n < available], [n for n in numbers if n >= available]
    if len(used) < MIN_SIZES:
        raise SettingsError(
            f"{where}.sizes = {settings.sizes}: only {len(used)} below the {available} headlines of the training part; "
            f"expected at least {MIN_SIZES}"
        )
    return used, left_out


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


def take(examples: Examples, positions: NDArray[np.int64]) -> Examples:
    """The examples at these positions, in this order."""
    texts = [examples.texts[i] for i in positions]
    return Examples(texts, examples.targets[positions], examples.weights[positions])


def settings_for_size(settings: Mapping[str, Any], size: int, min_steps: int) -> dict[str, Any]:
    """Raise the epochs of a model that has them, so that it takes at least `min_steps` steps on `size` headlines.

    With a fixed number of epochs a tenth of the data would also mean a tenth of the steps, and the curve would show
    how short the training was, not how little there was to learn from.
    """
    if not {"epochs", "batch_size"} <= set(settings):
        return dict(settings)
    steps = ceil(size / settings["batch_size"])
    return {**settings, "epochs": max(settings["epochs"], ceil(min_steps / steps))}


def fit_and_predict(
    model: Classifier, train: Examples, validation: Examples, texts: Sequence[str]
) -> NDArray[np.int64]:
    """Fit an unfitted model and return its class of each of N texts, shape (N,)."""
    model.fit(train, validation)
    return np.asarray(model.predict_proba(texts).argmax(axis=1), dtype=np.int64)


def resampled_confusions(labels: Labels, predicted: Labels, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Confusion matrices of every run under every resample of the test headlines.

    Args:
        labels: true classes, shape (N,).
        predicted: shape (..., N).
        counts: how often each headline is drawn, shape (B, N).

    Returns:
        Shape (..., B, 3, 3): rows are true classes, columns predicted ones.
    """
    runs = predicted.reshape(-1, len(labels))
    cells = np.empty((len(runs), len(counts), N_CLASSES**2), dtype=np.int64)
    for confusions, run in zip(cells, runs, strict=True):
        # Products of floats run in BLAS, those of integers do not; counts this small are exact in both.
        one_hot = np.eye(N_CLASSES**2)[labels * N_CLASSES + run]
        confusions[:] = np.rint(counts.astype(float) @ one_hot)
    return cells.reshape(*predicted.shape[:-1], len(counts), N_CLASSES, N_CLASSES)


def accuracies(confusions: NDArray[np.int64]) -> Floats:
    """Accuracy of each matrix of shape (..., 3, 3)."""
    return np.asarray(np.trace(confusions, axis1=-2, axis2=-1) / confusions.sum(axis=(-2, -1)))


def macro_f1s(confusions: NDArray[np.int64]) -> Floats:
    """Unweighted mean of the classes' F1 of each matrix of shape (..., 3, 3), as `metrics.macro_f1` defines it."""
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    named = confusions.sum(axis=-2) + confusions.sum(axis=-1)
    return np.asarray((2 * right / np.maximum(named, 1)).mean(axis=-1))
