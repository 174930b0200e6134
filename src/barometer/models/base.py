"""The interface of every classifier, the examples it learns from, and the table of all models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from barometer.labels import N_CLASSES
from barometer.settings import BackboneSettings, SettingsError

Floats = NDArray[np.floating[Any]]
Temperatures = tuple[float, float]  # of the classes, and of news or not


@dataclass(frozen=True)
class Examples:
    """Texts to learn from.

    Attributes:
        texts: N normalised titles.
        targets: soft labels, shape (N, 3), class order, rows sum to 1.
        weights: how much each counts, shape (N,).
        news: share of annotators who called each title news, shape (N,), in [0, 1]; NaN where nobody was asked.
            All NaN if not given.
    """

    texts: Sequence[str]
    targets: Floats
    weights: Floats
    news: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        n = len(self.texts)
        if not self.news.size:
            object.__setattr__(self, "news", np.full(n, np.nan))
        if self.news.shape != (n,):
            raise ValueError(f"news has shape {self.news.shape}; {n} texts need ({n},)")
        if self.targets.shape != (n, N_CLASSES):
            raise ValueError(f"targets have shape {self.targets.shape}; {n} texts need ({n}, {N_CLASSES})")
        if self.weights.shape != (n,):
            raise ValueError(f"weights have shape {self.weights.shape}; {n} texts need ({n},)")

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def labels(self) -> NDArray[np.intp]:
        """The most probable class of each target, shape (N,)."""
        return np.asarray(self.targets.argmax(axis=1), dtype=np.intp)

    def __add__(self, other: "Examples") -> "Examples":
        return Examples(
            [*self.texts, *other.texts],
            np.concatenate([self.targets, other.targets]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.news, other.news]),
        )

    def weighted(self, factor: float) -> "Examples":
        """The same examples, each counting `factor` times as much."""
        return replace(self, weights=self.weights * factor)


class Classifier(Protocol):
    """A model of headline sentiment."""

    def fit(self, train: Examples, validation: Examples, auxiliary: Examples | None = None) -> None:
        """Learn from `train`; `validation` only stops and calibrates, `auxiliary` comes from other corpora."""

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Probabilities of N texts, shape (N, 3), class order, rows sum to 1."""

    def predict_both(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """The same, and the probability of being news, shape (N,); 1 where a model does not predict it."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into `folder`, from which the builder's module can load it."""

    def export(self, temperatures: Temperatures, folder: Path) -> dict[str, Path]:
        """Write the fitted model as the files of an artifact into `folder`; returns them by name.

        These are `model.onnx`, which gives calibrated probabilities, and `tokenizer.json` if it reads token ids, or
        `vocabulary.json` if it reads counts of n-grams (see `barometer.card`).
        """


@dataclass(frozen=True)
class ModelKind:
    """A line of the builder table.

    Attributes:
        module: holds `build` and `load`.
        title: a phrase that describes the model.
        distilled: whether it learns from the targets of the stage `distil` and not from the labels alone.
    """

    module: str
    title: str
    distilled: bool = False

    def build(self, settings: Mapping[str, Any], backbone: BackboneSettings, seed: int) -> Classifier:
        """Make an unfitted model; raises SettingsError if its settings are wrong."""
        make: Callable[..., Classifier] = import_module(self.module).build
        return make(settings, backbone, seed)

    def load(self, folder: Path) -> Classifier:
        """Load what `save` wrote."""
        read: Callable[[Path], Classifier] = import_module(self.module).load
        return read(folder)


BUILDERS: dict[str, ModelKind] = {
    "tfidf": ModelKind("barometer.models.tfidf", "tf-idf of words and characters, logistic regression"),
    "bert": ModelKind("barometer.models.transformer", "fine-tuned transformer encoder, mean pooling", distilled=True),
}


def model_kind(name: str) -> ModelKind:
    """Look a model up.

    Raises:
        SettingsError: naming the models that exist.
    """
    if name not in BUILDERS:
        raise SettingsError(f"unknown model {name!r}; expected one of {', '.join(BUILDERS)}")
    return BUILDERS[name]
