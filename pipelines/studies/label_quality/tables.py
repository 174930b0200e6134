"""The findings on label quality, and the tables of their report."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.labels import CLASS_NAMES, N_CLASSES
from barometer.models.metrics import Labels, confusion
from barometer.stats import Estimate, Rate
from pipelines.markdown import estimate, table
from pipelines.studies.label_quality.analysis import Detection, Mask, Opinion


@dataclass(frozen=True)
class Quality:
    """All findings of the study.

    Attributes:
        labels, suggested: given and suggested class of N headlines, shape (N,).
        suspect: labels that every model suspects, shape (N,).
        opinions, accuracies: by model; the accuracy is out of fold.
        overlap: Jaccard index of the models' suspects.
        listed: labels that any model suspects, which are those in the list for review.
        all_suspects: the rate of `suspect` among all labels.
        rates: the same by group.
        ratios: risk ratios between groups, where defined.
        detection, check_accuracy: how well falsified labels are found, by a fast model of this accuracy.
        flip_share, flip_repeats: of that check.
        confidence: of all intervals.
    """

    labels: Labels
    suggested: Labels
    suspect: Mask
    opinions: Mapping[str, Opinion]
    accuracies: Mapping[str, float]
    overlap: float
    listed: int
    all_suspects: Rate
    rates: Mapping[str, Rate]
    ratios: Mapping[str, Estimate]
    detection: Detection
    check_accuracy: float
    flip_share: float
    flip_repeats: int
    confidence: float

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Suspected labels by given (rows) and suggested class, shape (3, 3)."""
        return confusion(self.labels[self.suspect], self.suggested[self.suspect])


def models_table(quality: Quality) -> list[str]:
    """One row for each model: its accuracy, its suspects and its estimate of wrong labels."""
    rows = [
        [
            name,
            f"{100 * quality.accuracies[name]:.1f}",
            f"{found.suspect.sum():,}",
            f"{100 * found.suspect.mean():.1f}",
            f"{100 * found.noise:.1f}",
        ]
        for name, found in quality.opinions.items()
    ]
    header = ["", "accuracy out of fold %", "suspected labels", "% of all", "estimated wrong %"]
    if len(quality.opinions) > 1:
        found = quality.all_suspects
        rows.append(["every one of them", "", f"{found.cases:,}", f"{100 * found.share.value:.1f}", ""])
    return table(header, rows)


def _mean_joint(quality: Quality) -> NDArray[np.floating]:
    return np.asarray(np.mean([found.joint for found in quality.opinions.values()], axis=0))


def noise_table(quality: Quality) -> list[str]:
    """Of the labels of each given class (rows), the share estimated to belong to each class."""
    joint = _mean_joint(quality)
    shares = joint / joint.sum(axis=1, keepdims=True)
    rows = [[CLASS_NAMES[k], *[f"{100 * share:.1f}" for share in shares[k]]] for k in range(N_CLASSES)]
    return table(["given", *[f"truly {name} %" for name in CLASS_NAMES]], rows)


def overlapping(quality: Quality) -> str:
    """Pairs of classes by how many labels are estimated to belong to the other one of the two."""
    joint = _mean_joint(quality)
    both = {(i, j): joint[i, j] + joint[j, i] for i in range(N_CLASSES) for j in range(i + 1, N_CLASSES)}
    ranked = sorted(both, key=lambda pair: -both[pair])
    return "; ".join(f"{CLASS_NAMES[i]} and {CLASS_NAMES[j]} ({both[i, j]:.1%} of all labels)" for i, j in ranked)


def rates_table(quality: Quality) -> list[str]:
    """Suspected labels by origin and class, and of all."""
    rows = [
        [name, f"{found.headlines:,}", f"{found.cases:,}", estimate(found.share)]
        for name, found in {**quality.rates, "all": quality.all_suspects}.items()
    ]
    return table(["", "labels", "suspected", "suspected %"], rows)


def detection_table(quality: Quality) -> list[str]:
    """The figures of the check with known answers, beside what chance would give."""
    found, chance = quality.detection, f"{100 * quality.flip_share:g}"
    rows = [
        ["precision of the suspects %", estimate(found.precision), chance],
        ["recall %", estimate(found.recall), ""],
        ["precision among the lowest quality %, as many as falsified", estimate(found.top_precision), chance],
        ["AUROC of the quality score", estimate(found.auroc, 1, 3), "0.5"],
    ]
    return table(["", "found", "by chance"], rows)


def worst_table(worst: pd.DataFrame) -> list[str]:
    """The worst labels with their texts, rows of `review_table`."""
    rows = [
        [row["text"].replace("|", "\\|"), row["current_label"], row["suggested_label"], f"{row['quality']:.2f}"]
        for row in worst.to_dict(orient="records")
    ]
    return table(["headline", "given", "suggested", "quality"], rows)
