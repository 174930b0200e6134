"""What models trained with altered copies do that those trained without them do not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.models.base import Floats
from barometer.models.metrics import Labels, confusion
from pipelines.studies.augmentation.crossed import (
    Effect,
    accuracy_of,
    crossed_mean,
    macro_f1_of,
    paired_mean,
    pseudo_values,
    with_holm,
)
from pipelines.studies.augmentation.methods import REPEAT

Figure = Callable[[NDArray[np.int64]], float]
Predictions = Mapping[str, NDArray[np.intp]]

NONE = "none"
FAILURE_RATE = "failure_rate"
FIGURES: dict[str, Figure] = {"accuracy": accuracy_of, "macro_f1": macro_f1_of}


@dataclass(frozen=True)
class Comparison:
    """What the methods do, and whether that differs from no augmentation and from mere repetition.

    Attributes:
        means: mean over seeds of `accuracy`, `macro_f1` and `failure_rate`, by method.
        against_none: by figure and method, the difference from training without copies.
        against_repeat: the same difference from training with unaltered copies; empty if that was not run.
    """

    means: Mapping[str, Mapping[str, float]]
    against_none: Mapping[str, Mapping[str, Effect]]
    against_repeat: Mapping[str, Mapping[str, Effect]]


def compare(
    labels: Labels, predictions: Predictions, failure_rates: Mapping[str, Floats], confidence: float = 0.95
) -> Comparison:
    """Compare all methods with NONE, and all others with REPEAT if it is among them.

    Args:
        labels: true classes of the test headlines, shape (N,).
        predictions: by method, predicted classes, shape (seeds, N); seeds in the same order for all.
        failure_rates: by method, shape (seeds,).
        confidence: of the intervals.
    """
    altered = [name for name in predictions if name not in {NONE, REPEAT}]
    methods = [name for name in predictions if name != NONE]
    return Comparison(
        means={
            name: mean_figures(labels, predicted) | {FAILURE_RATE: float(failure_rates[name].mean())}
            for name, predicted in predictions.items()
        },
        against_none=effects(labels, predictions, failure_rates, NONE, methods, confidence),
        against_repeat=(
            effects(labels, predictions, failure_rates, REPEAT, altered, confidence) if REPEAT in predictions else {}
        ),
    )


def effects(
    labels: Labels,
    predictions: Predictions,
    failure_rates: Mapping[str, Floats],
    reference: str,
    names: Sequence[str],
    confidence: float = 0.95,
) -> dict[str, dict[str, Effect]]:
    """Differences of each figure between each method and the reference, corrected over methods.

    Accuracy and macro-F1 are tested over seeds and headlines; the failure rate over seeds alone, because the cases of
    the behavioural tests are made from few templates and are no sample of headlines.
    """
    found = {
        figure: with_holm(
            {
                name: _difference(labels, predictions[name], predictions[reference], of_counts, confidence)
                for name in names
            }
        )
        for figure, of_counts in FIGURES.items()
    }
    rates = {name: paired_mean(failure_rates[name] - failure_rates[reference], confidence) for name in names}
    return found | {FAILURE_RATE: with_holm(rates)}


def _difference(labels: Labels, a: NDArray[np.intp], b: NDArray[np.intp], figure: Figure, confidence: float) -> Effect:
    """Figure of A minus figure of B, both of predictions of shape (seeds, N)."""
    parts = [pseudo_values(labels, x, figure) - pseudo_values(labels, y, figure) for x, y in zip(a, b, strict=True)]
    return crossed_mean(np.stack(parts), _mean(labels, a, figure) - _mean(labels, b, figure), confidence)


def mean_figures(labels: Labels, predicted: NDArray[np.intp]) -> dict[str, float]:
    """Accuracy and macro-F1, their means over seeds; `predicted` has shape (seeds, N)."""
    return {name: _mean(labels, predicted, figure) for name, figure in FIGURES.items()}


def _mean(labels: Labels, predicted: NDArray[np.intp], figure: Figure) -> float:
    return float(np.mean([figure(confusion(labels, row)) for row in predicted]))
