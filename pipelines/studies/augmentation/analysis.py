"""The numbers and verdicts of the augmentation study, and the tables derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.models.base import Floats
from barometer.models.metrics import Labels
from pipelines.studies.augmentation.methods.crossed import (
    Effect,
    Figure,
    accuracy_of,
    crossed_difference,
    macro_f1_of,
    mean_figure,
    paired_mean,
    with_holm,
)

NONE = "none"
# The control: whatever more of the same text does (an n-gram seen twice is no longer rare), change does not explain.
REPEAT = "repeat"
FAILURE_RATE = "failure_rate"
FIGURES: dict[str, Figure] = {"accuracy": accuracy_of, "macro_f1": macro_f1_of}

Predictions = Mapping[str, NDArray[np.intp]]
Effects = Mapping[str, Mapping[str, Effect]]  # by figure and method


@dataclass(frozen=True, slots=True)
class Verdict:
    """Methods whose difference is significantly above zero, and below, and the number of the others."""

    higher: Sequence[str]
    lower: Sequence[str]
    unclear: int


@dataclass(frozen=True, slots=True)
class Copies:
    """The altered copies of one method.

    Attributes:
        title: what the method does to a headline.
        changed: share of the copies that differ from their original.
        refused: copies left out because they resembled a held-out text.
    """

    title: str
    changed: float
    refused: int


@dataclass(frozen=True, slots=True)
class Example:
    """A headline and its altered copy."""

    method: str
    original: str
    altered: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the methods do, and under what conditions they were compared.

    Attributes:
        model: which model was trained.
        seeds, train_size, copies_each: how often, on how many headlines, with how many copies of each.
        pool: headlines of the training part, of which each seed draws `train_size`.
        tested: headlines of the test part.
        behavioural_tests, behavioural_cases: size of the suite of behavioural tests.
        means: mean over seeds of `accuracy`, `macro_f1` and `failure_rate`, by method; NONE is the first.
        against_none: differences from training without copies.
        against_repeat: differences from training with unaltered copies; empty if that was not run.
        copies: by method.
        missing: why a chosen method was not run, by method.
        confidence: of all intervals.
        examples: empty where no text may be shown.
    """

    model: str
    seeds: int
    train_size: int
    copies_each: int
    pool: int
    tested: int
    behavioural_tests: int
    behavioural_cases: int
    means: Mapping[str, Mapping[str, float]]
    against_none: Effects
    against_repeat: Effects
    copies: Mapping[str, Copies]
    missing: Mapping[str, str]
    confidence: float
    examples: Sequence[Example]

    @property
    def altering(self) -> list[str]:
        """Methods that alter texts."""
        return [name for name in self.means if name not in {NONE, REPEAT}]

    @property
    def best(self) -> str:
        """The method that alters texts with the highest accuracy; there must be one."""
        return max(self.altering, key=lambda name: self.against_none["accuracy"][name].difference.value)

    @property
    def repetition_helps(self) -> bool:
        """Whether unaltered copies raise the accuracy."""
        return self.against_none["accuracy"][REPEAT].sign > 0

    def accuracy_verdict(self, effects: Effects) -> Verdict:
        """Which alterations change the accuracy, by `against_none` or `against_repeat`."""
        return _verdict({name: effects["accuracy"][name] for name in self.altering})

    @property
    def failure_verdict(self) -> Verdict:
        """Which methods, the control among them, change the failure rate of the behavioural tests."""
        return _verdict(self.against_none[FAILURE_RATE])


def _verdict(effects: Mapping[str, Effect]) -> Verdict:
    higher, lower, unclear = ([name for name, e in effects.items() if e.sign == sign] for sign in (1, -1, 0))
    return Verdict(higher, lower, len(unclear))


def mean_figures(
    labels: Labels, predictions: Predictions, failure_rates: Mapping[str, Floats]
) -> dict[str, dict[str, float]]:
    """Means over seeds of all figures, by method; arguments as those of `effects`."""
    return {
        name: {figure: mean_figure(labels, predicted, of_counts) for figure, of_counts in FIGURES.items()}
        | {FAILURE_RATE: float(failure_rates[name].mean())}
        for name, predicted in predictions.items()
    }


def effects(
    labels: Labels,
    predictions: Predictions,
    failure_rates: Mapping[str, Floats],
    reference: str,
    confidence: float = 0.95,
) -> dict[str, dict[str, Effect]]:
    """Differences of each figure between each method and NONE or REPEAT, corrected over methods; {} without either.

    Accuracy and macro-F1 are tested over seeds and headlines; the failure rate over seeds alone, because the cases of
    the behavioural tests are made from few templates and are no sample of headlines.

    Args:
        labels: true classes of the test headlines, shape (N,).
        predictions: by method, predicted classes, shape (seeds, N); seeds in the same order for all.
        failure_rates: by method, shape (seeds,).
        reference: what each method is compared with.
        confidence: of the intervals.
    """
    if reference not in predictions:
        return {}
    names = [name for name in predictions if name not in {NONE, reference}]
    base = predictions[reference]
    found = {
        figure: {name: crossed_difference(labels, predictions[name], base, of_counts, confidence) for name in names}
        for figure, of_counts in FIGURES.items()
    }
    rates = {name: paired_mean(failure_rates[name] - failure_rates[reference], confidence) for name in names}
    return {figure: with_holm(by_method) for figure, by_method in (found | {FAILURE_RATE: rates}).items()}


def metrics(result: Result) -> dict[str, object]:
    """Means of every method, and how it differs from none."""
    return {
        name: dict(means)
        | {f"{figure}_difference": _numbers(by[name]) for figure, by in result.against_none.items() if name in by}
        for name, means in result.means.items()
    }


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """All differences (`effects.csv`)."""
    rows = [
        {"method": name, "reference": reference, "figure": figure, **_numbers(effect)}
        for reference, by_figure in ((NONE, result.against_none), (REPEAT, result.against_repeat))
        for figure, by_method in by_figure.items()
        for name, effect in by_method.items()
    ]
    return {"effects.csv": pd.DataFrame(rows).round(6)}


def _numbers(effect: Effect) -> dict[str, float]:
    found = effect.difference
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    return numbers | {"p": effect.p_value, "p_holm": effect.p_adjusted}
