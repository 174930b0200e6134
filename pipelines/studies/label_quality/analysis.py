"""The numbers of the label quality study, and the tables derived from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from barometer.labels import CLASS_NAMES, N_CLASSES
from barometer.models.metrics import Labels
from barometer.stats import Estimate, Mask, Rate, rate, risk_ratio
from pipelines.studies.label_quality.confident_learning import Detection

AGREED, DIFFERED, SINGLE, EXPERT = "annotators agreed", "annotators differed", "one annotator", "expert"


@dataclass(frozen=True, slots=True)
class ModelOpinion:
    """One model: its accuracy out of fold, how many labels it suspects, and its estimate of the share of wrong ones."""

    accuracy: float
    suspects: int
    noise: float


@dataclass(frozen=True, slots=True)
class Check:
    """How well flipped labels are found: `share` of them, `repeats` times, by a fast model of this accuracy."""

    detection: Detection
    accuracy: float
    share: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Worst:
    """A label in doubt with its text, as the report quotes it."""

    text: str
    current_label: str
    suggested_label: str
    quality: float


@dataclass(frozen=True, slots=True)
class Result:
    """All findings of the study.

    Attributes:
        class_counts: labels of each class, class order.
        models: by name.
        shared: labels that every model suspects.
        overlap: Jaccard index of the models' suspects.
        listed: labels that any model suspects, which are those in the list for review.
        given, suggested: classes of the shared suspects.
        joint: joint distribution of given (rows) and true labels, shape (3, 3), mean over the models.
        rates: suspects by group.
        ratios: risk ratios between groups, where defined: `differed_over_agreed`, `crowd_over_expert`.
        check: of the method, with known answers.
        confidence: of all intervals.
        review: file that lists the labels in doubt.
        worst: the worst labels; empty where no text may be shown.
    """

    class_counts: Sequence[int]
    models: Mapping[str, ModelOpinion]
    shared: Rate
    overlap: float
    listed: int
    given: Sequence[int]
    suggested: Sequence[int]
    joint: Sequence[Sequence[float]]
    rates: Mapping[str, Rate]
    ratios: Mapping[str, Estimate]
    check: Check
    confidence: float
    review: str
    worst: Sequence[Worst]

    @property
    def pairs(self) -> Mapping[tuple[str, str], int]:
        """Shared suspects by names of given and suggested class, the largest first."""
        counts = Counter(zip(self.given, self.suggested, strict=True))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {(CLASS_NAMES[given], CLASS_NAMES[suggested]): n for (given, suggested), n in ranked}

    @property
    def confusions(self) -> Sequence[tuple[str, str, float]]:
        """Pairs of classes with the share of all labels estimated to belong to the other one, the largest first."""
        joint = np.asarray(self.joint)
        both = [(i, j, float(joint[i, j] + joint[j, i])) for i in range(N_CLASSES) for j in range(i + 1, N_CLASSES)]
        return [(CLASS_NAMES[i], CLASS_NAMES[j], share) for i, j, share in sorted(both, key=lambda row: -row[2])]

    @property
    def noise_by_class(self) -> Mapping[str, Sequence[float]]:
        """Of the labels of each given class, the share estimated to belong to each class, class order."""
        return {CLASS_NAMES[k]: [share / sum(row) for share in row] for k, row in enumerate(self.joint)}

    @property
    def check_succeeds(self) -> bool:
        """Whether flipped labels are found better than by chance."""
        return self.check.detection.auroc.low > 0.5


def groups(headlines: pd.DataFrame, conflicts: Mask) -> dict[str, Mask]:
    """Masks of the headlines by origin of the label, where there is more than one, and by class; none is empty."""
    expert = headlines["method"].to_numpy() == EXPERT
    single = ~expert & (headlines["votes"].to_numpy() == 1)
    masks = {
        EXPERT: expert,
        SINGLE: single,
        AGREED: ~expert & ~single & ~conflicts,
        DIFFERED: ~expert & ~single & conflicts,
    }
    origins = {name: np.asarray(mask) for name, mask in masks.items() if mask.any()}
    labels = headlines["label"].to_numpy(dtype=np.int64)
    classes = {f"given as {CLASS_NAMES[k]}": labels == k for k in np.unique(labels)}
    return (origins if len(origins) > 1 else {}) | classes


def ratios(rates: Mapping[str, Rate], suspect: Mask, expert: Mask | None, confidence: float) -> dict[str, Estimate]:
    """Risk ratios that are defined: differing over agreeing annotators, and crowd over expert labels."""
    found = {}
    if AGREED in rates and DIFFERED in rates:
        found["differed_over_agreed"] = risk_ratio(rates[DIFFERED], rates[AGREED], confidence)
    if expert is not None:
        found["crowd_over_expert"] = risk_ratio(rate(suspect, ~expert, confidence), rates[EXPERT], confidence)
    return {name: ratio for name, ratio in found.items() if ratio is not None}


def suspects_by_group(
    headlines: pd.DataFrame, conflicts: Mask, suspect: Mask, confidence: float
) -> tuple[dict[str, Rate], dict[str, Estimate]]:
    """Rates of suspected labels by group, and the risk ratios between groups."""
    masks = groups(headlines, conflicts)
    rates = {name: rate(suspect, mask, confidence) for name, mask in masks.items()}
    return rates, ratios(rates, suspect, masks.get(EXPERT), confidence)


def class_counts(labels: Labels) -> list[int]:
    """Labels of each class, class order."""
    return [int(n) for n in np.bincount(labels, minlength=N_CLASSES)]


def metrics(result: Result) -> dict[str, object]:
    """The study's numbers."""
    return {
        "labels": result.shared.headlines,
        "suspects": {name: model.suspects for name, model in result.models.items()},
        "noise": {name: model.noise for name, model in result.models.items()},
        "shared_suspects": result.shared.cases,
        "overlap": result.overlap,
        "detection": asdict(result.check.detection),
        "rates": {name: asdict(found) for name, found in result.rates.items()},
        "ratios": {name: asdict(found) for name, found in result.ratios.items()},
    }


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """Suspects by group (`rates.csv`), and given and suggested class of every shared suspect (`pairs.csv`)."""
    rows = [
        {"group": name, "suspected": found.share.value, "low": found.share.low, "high": found.share.high}
        for name, found in result.rates.items()
    ]
    names = {key: [CLASS_NAMES[k] for k in getattr(result, key)] for key in ("given", "suggested")}
    return {"rates.csv": pd.DataFrame(rows).round(6), "pairs.csv": pd.DataFrame(names)}
