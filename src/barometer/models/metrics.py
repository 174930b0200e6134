"""Figures of merit of class probabilities, each with a bootstrap interval, and a paired test of two models."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Floats
from barometer.stats import Estimate, PairedTest, mcnemar, percentile_interval, resamples

Labels = NDArray[np.integer]
_TINY = 1e-12


def confusion(labels: Labels, predicted: Labels) -> NDArray[np.int64]:
    """Counts of shape (3, 3): rows are true classes, columns predicted ones."""
    return np.bincount(labels * N_CLASSES + predicted, minlength=N_CLASSES**2).reshape(N_CLASSES, N_CLASSES)


def accuracy(labels: Labels, probabilities: Floats) -> float:
    """Share of headlines whose most probable class is the true one."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def macro_f1(labels: Labels, probabilities: Floats) -> float:
    """Unweighted mean of the classes' F1; a class that is neither true nor predicted counts 0."""
    counts = confusion(labels, probabilities.argmax(axis=1))
    denominator = counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * np.diag(counts) / np.maximum(denominator, 1)).mean())


def log_loss(labels: Labels, probabilities: Floats) -> float:
    """Mean negative natural logarithm of the probability given to the true class."""
    return float(-np.log(np.clip(probabilities[np.arange(len(labels)), labels], _TINY, None)).mean())


def calibration_error(labels: Labels, probabilities: Floats, bins: int = 10) -> float:
    """Expected calibration error of the top class over bins of equal width (Guo et al. 2017)."""
    table = reliability(labels, probabilities, bins)
    weights = table[:, 2] / max(len(labels), 1)
    return float((weights * np.abs(table[:, 0] - table[:, 1])).sum())


def reliability(labels: Labels, probabilities: Floats, bins: int = 10) -> Floats:
    """Rows of (mean confidence, accuracy, count), one for each bin of confidence that is not empty."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    used = count > 0
    mean = np.bincount(index, confidence, bins)[used] / count[used]
    return np.column_stack([mean, np.bincount(index, right, bins)[used] / count[used], count[used]])


def class_figures(labels: Labels, probabilities: Floats) -> dict[str, float]:
    """Precision and recall of every class, as `precision_negative` and so on; 0 where undefined."""
    counts = confusion(labels, probabilities.argmax(axis=1))
    figures = {}
    for k, name in enumerate(FIELD_NAMES):
        figures[f"precision_{name}"] = float(counts[k, k] / max(counts[:, k].sum(), 1))
        figures[f"recall_{name}"] = float(counts[k, k] / max(counts[k].sum(), 1))
    return figures


def all_figures(labels: Labels, probabilities: Floats, bins: int) -> dict[str, float]:
    """Every figure by name."""
    return {
        "accuracy": accuracy(labels, probabilities),
        "macro_f1": macro_f1(labels, probabilities),
        **class_figures(labels, probabilities),
        "log_loss": log_loss(labels, probabilities),
        "calibration_error": calibration_error(labels, probabilities, bins),
    }


def evaluate(
    labels: Labels,
    probabilities: Floats,
    rng: np.random.Generator,
    *,
    samples: int = 1000,
    confidence: float = 0.95,
    bins: int = 10,
) -> dict[str, Estimate]:
    """Every figure with a percentile bootstrap interval over headlines (Efron and Tibshirani 1993, chapter 13).

    Raises:
        ValueError: if there is no headline, or the shapes do not fit.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), N_CLASSES):
        raise ValueError(f"{len(labels)} labels and probabilities of shape {probabilities.shape} do not fit")
    values = all_figures(labels, probabilities, bins)
    draws = [
        all_figures(labels[chosen], probabilities[chosen], bins) for chosen in resamples(len(labels), samples, rng)
    ]
    return {
        name: percentile_interval(value, np.array([d[name] for d in draws]), confidence)
        for name, value in values.items()
    }


def paired_test(
    labels: Labels,
    a: Floats,
    b: Floats,
    rng: np.random.Generator,
    *,
    samples: int = 1000,
    confidence: float = 0.95,
) -> PairedTest:
    """Compare the arg max of two models' probabilities, each of shape (N, 3), on the same N headlines."""
    right_a = a.argmax(axis=1) == labels
    right_b = b.argmax(axis=1) == labels
    a_only, b_only = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    difference = paired_difference(labels, a, b, accuracy, rng, samples, confidence)
    return PairedTest(difference, a_only, b_only, mcnemar(a_only, b_only))


def paired_difference(
    labels: Labels,
    a: Floats,
    b: Floats,
    figure: Callable[[Labels, Floats], float],
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Figure of A minus figure of B with a bootstrap interval that resamples both on the same headlines."""
    value = figure(labels, a) - figure(labels, b)
    draws = [figure(labels[c], a[c]) - figure(labels[c], b[c]) for c in resamples(len(labels), samples, rng)]
    return percentile_interval(value, np.array(draws), confidence)
