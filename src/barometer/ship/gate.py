"""Whether a challenger may be served: better than guessing and no worse than the champion, on frozen headlines.

Both models are scored now, on the same headlines of frozen sets. On each set the challenger has to be right more often
than the most frequent class, with its interval, and non-inferior to the champion: the bound of the paired interval of
each difference must lie within a stated margin (Piaggio et al. 2012, CONSORT for non-inferiority trials). A set that is
too small to show that refuses the model; it never passes one by lack of evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barometer.labels import N_CLASSES, Label
from barometer.models.base import Floats
from barometer.models.index_error import at_random
from barometer.models.metrics import Labels, accuracy, log_loss, macro_f1, paired_difference
from barometer.prevalence import Prevalence
from barometer.settings import MarginSettings
from barometer.ship.verdict import SetVerdict, Verdict
from barometer.stats import Estimate

Figure = Callable[[Labels, Floats], float]
WINDOW, WINDOWS = 100, 200  # headlines in a window of the barometer, and how many windows a set is judged on
HIGHER_IS_BETTER = frozenset({"accuracy", "macro_f1"})


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """N labelled headlines and what two models answer to them.

    Attributes:
        name: of the yardstick, or of the held-out parts.
        labels: class indices, shape (N,).
        challenger: its `answers`, shape (N, 4).
        champion: the same of the champion; None where there is none, or where it may have learnt from these headlines.
        strict: whether it has to be shown here that the margins hold; else only what is shown to be worse refuses.
    """

    name: str
    labels: Labels
    challenger: Floats
    champion: Floats | None
    strict: bool = True


def majority_baseline(train_labels: Labels, n: int) -> Floats:
    """Probabilities of shape (n, 3) of the rule that always answers with the class shares of the training labels."""
    return np.tile(np.bincount(train_labels, minlength=N_CLASSES) / len(train_labels), (n, 1))


def answers(probabilities: Floats, prevalence: Prevalence) -> Floats:
    """What a model answers to N headlines, shape (N, 4): their probabilities, and what each adds to the barometer."""
    values = probabilities @ np.array(prevalence.weights)
    return np.column_stack([probabilities, values]).astype(np.float64)


def judge(
    sets: Sequence[JudgedSet],
    rival: str,
    failure_rate: float,
    may_fail: float,
    margins: MarginSettings,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Verdict:
    """Judge a challenger on every set; one failure anywhere refuses it.

    Args:
        sets: frozen sets, on none of which the challenger was trained.
        rival: what `champion` of the sets is, in words.
        failure_rate: of the challenger over the minimum functionality tests, in [0, 1].
        may_fail: the highest rate that may ship.
        margins: by how much each figure may be worse.
        rng: resamples headlines, and draws the windows of the barometer.
        samples: of the bootstrap.
        confidence: of the two-sided intervals.

    Raises:
        ValueError: if a set is empty or its shapes do not fit.
    """
    verdicts = tuple(_judge_set(found, margins, rng, samples, confidence) for found in sets)
    return Verdict(rival, verdicts, failure_rate, may_fail)


def _judge_set(
    judged: JudgedSet, margins: MarginSettings, rng: np.random.Generator, samples: int, confidence: float
) -> SetVerdict:
    labels, challenger, champion = judged.labels, judged.challenger, judged.champion
    _check_shapes(judged)
    figures = _figures(at_random(len(labels), min(WINDOW, len(labels)), WINDOWS, rng))
    majority, guess = _majority(labels)
    above = paired_difference(labels, challenger, guess, _accuracy, rng, samples, confidence)
    failures = [] if above.low > 0 else [f"not above the majority class ({majority:.1%}): {_signed(above)}"]
    differences = {}
    if champion is not None:
        differences = {
            name: paired_difference(labels, challenger, champion, figure, rng, samples, confidence)
            for name, figure in figures.items()
        }
        failures += _inferior(differences, margins.model_dump()) if judged.strict else _worse(differences)
    return SetVerdict(
        judged.name,
        len(labels),
        majority,
        {name: figure(labels, challenger) for name, figure in figures.items()},
        {} if champion is None else {name: figure(labels, champion) for name, figure in figures.items()},
        above,
        differences,
        tuple(failures),
    )


def _check_shapes(judged: JudgedSet) -> None:
    expected = (len(judged.labels), N_CLASSES + 1)
    for found in (judged.challenger, judged.champion):
        if found is not None and (found.shape != expected or not len(found) or not np.isfinite(found).all()):
            raise ValueError(f"{judged.name}: answers of shape {found.shape}; expected finite ones of shape {expected}")


def _majority(labels: Labels) -> tuple[float, Floats]:
    """The share of the most frequent class of N headlines, and the answers of the rule that always says it, (N, 3)."""
    counts = np.bincount(labels, minlength=N_CLASSES)
    return float(counts.max() / len(labels)), np.tile(np.eye(N_CLASSES)[counts.argmax()], (len(labels), 1))


def _figures(windows: NDArray[np.int64]) -> dict[str, Figure]:
    """The figures that are compared; each takes labels (N,) and answers (N, 4)."""

    def index_error(labels: Labels, found: Floats) -> float:
        """Mean absolute error of the barometer over windows drawn at random, as a share."""
        errors = found[:, N_CLASSES] - (labels == Label.POSITIVE)
        return float(np.abs(errors[windows].mean(axis=1)).mean())

    return {"accuracy": _accuracy, "macro_f1": _of(macro_f1), "log_loss": _of(log_loss), "index_error": index_error}


def _of(figure: Figure) -> Figure:
    """A figure of probabilities as one of answers."""
    return lambda labels, found: figure(labels, found[:, :N_CLASSES])


_accuracy = _of(accuracy)


def _inferior(differences: Mapping[str, Estimate], margins: Mapping[str, Any]) -> list[str]:
    """The figures whose interval reaches beyond the margin on the bad side."""
    return [
        f"{name.replace('_', ' ')} {_signed(found)} may be worse by more than {margins[name]:g}"
        for name, found in differences.items()
        if not (-found.low if name in HIGHER_IS_BETTER else found.high) <= margins[name]
    ]


def _worse(differences: Mapping[str, Estimate]) -> list[str]:
    """The figures whose whole interval lies on the bad side."""
    return [
        f"{name.replace('_', ' ')} {_signed(found)} is worse"
        for name, found in differences.items()
        if (-found.high if name in HIGHER_IS_BETTER else found.low) > 0
    ]


def _signed(found: Estimate) -> str:
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
