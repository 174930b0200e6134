"""Reads what the pipeline reported of a model and its corpus, typed, and refuses what is not as the stages write it.

Every reader takes the folder of one corpus' reports, such as reports/demo. Rates and probabilities are in [0, 1].
"""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from barometer.labels import N_CLASSES, label_from_name

T = TypeVar("T")
Matrix = list[list[int]]


class ReportError(ValueError):
    """A report is not as its stage writes it; the message names the file and what is wrong."""


class MissingReportError(ReportError):
    """A report was not written yet."""


class Report(BaseModel):
    """What a stage wrote; fields that the app does not show are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Interval(Report):
    """A figure with its 95 % interval."""

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat


class Figures(Report):
    """How one model did on one part."""

    accuracy: Interval
    macro_f1: Interval


class PartFigures(Figures):
    """What a card says of its model on one part of the data."""

    headlines: PositiveInt
    calibration_error: Interval


class Compared(Report):
    """Every model on one part of the data, by name; `majority class` is one of them."""

    figures: dict[str, Figures]


class ReliabilityBin(Report):
    """Headlines of about one confidence: its mean, the share that was right, and how many there are."""

    confidence: FiniteFloat = Field(ge=0, le=1)
    accuracy: FiniteFloat = Field(ge=0, le=1)
    headlines: FiniteFloat = Field(gt=0)


class BehaviouralTest(Report):
    """One test of CheckList: minimum functionality (MFT), invariance (INV) or direction (DIR)."""

    test: str
    capability: str
    kind: Literal["MFT", "INV", "DIR"]
    cases: PositiveInt
    failures: NonNegativeInt
    failure_rate: FiniteFloat = Field(ge=0, le=1)
    low: FiniteFloat
    high: FiniteFloat


class Separation(Report):
    """How well a classifier tells newer headlines from those learnt from: ROC AUC, and that of random halves."""

    pair: str
    group: str
    features: str
    masked: bool
    auc: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    control: FiniteFloat


class CurvePoint(Report):
    """Accuracy of a model that learnt from `size` headlines, with its interval."""

    model: str
    size: PositiveInt
    accuracy: FiniteFloat
    accuracy_low: FiniteFloat
    accuracy_high: FiniteFloat


class Study(Report):
    """A study in words; `finding` marks what matters with pairs of asterisks."""

    title: str
    finding: str
    limits: str


def read_results(reports: Path) -> dict[str, Compared]:
    """The models side by side, by part (`test`, `temporal_test`)."""
    return _json(reports / "results.json", dict[str, Compared])


def read_reported_version(reports: Path, model: str) -> str:
    """The version of `model` that the figures on held-out headlines are of."""
    return _version(reports / "export" / f"{model}.json", "version")


def read_tested_version(reports: Path, model: str) -> str:
    """The version of `model` that the behavioural tests were put to."""
    return _version(reports / "checklist" / model / "metrics.json", "model_version")


def read_confusion(reports: Path, model: str) -> Matrix:
    """Counts of test headlines, shape (3, 3): rows are true classes, columns predicted ones."""
    path = reports / "evaluate" / model / "confusion.csv"
    counts = [[0] * N_CLASSES for _ in range(N_CLASSES)]
    for row in _csv(path, dict[str, str]):
        try:
            counts[label_from_name(row["actual"])][label_from_name(row["predicted"])] += 1
        except (KeyError, ValueError) as error:
            raise ReportError(f"{path}: {error}; expected columns actual and predicted of class names") from None
    return counts


def read_reliability(reports: Path, model: str) -> list[ReliabilityBin]:
    """Test headlines by the confidence of the predicted class, least confident first."""
    return _csv(reports / "evaluate" / model / "reliability.csv", ReliabilityBin)


def read_behaviour(reports: Path, model: str) -> list[BehaviouralTest]:
    """What `model` failed of each behavioural test."""
    return _csv(reports / "checklist" / model / "failure_rates.csv", BehaviouralTest)


def read_drift(reports: Path) -> list[Separation]:
    """How well newer headlines are told from those learnt from."""
    return _csv(reports / "adversarial_validation" / "auc.csv", Separation)


def read_curve(reports: Path) -> list[CurvePoint]:
    """Accuracy by number of labels, for each model from the smallest size on."""
    return _csv(reports / "learning_curve" / "learning_curve.csv", CurvePoint)


def read_study(reports: Path, name: str) -> Study:
    """What the study `name` found, in words."""
    return _json(reports / name / "summary.json", Study)


def parse_card_metrics(metrics: Mapping[str, Any]) -> dict[str, PartFigures]:
    """The metrics of a model card, by part; empty where the card has none.

    Raises:
        ReportError: if they are not as the export stage writes them.
    """
    return _checked("the model card", lambda: TypeAdapter(dict[str, PartFigures]).validate_python(metrics))


def _version(path: Path, key: str) -> str:
    found = _json(path, dict[str, Any]).get(key)
    if not isinstance(found, str):
        raise ReportError(f"{path}: {key} is {found!r}; expected a model version")
    return found


def _json(path: Path, kind: type[T]) -> T:
    return _checked(path, lambda: TypeAdapter(kind).validate_json(path.read_bytes()))


def _csv(path: Path, kind: type[T]) -> list[T]:
    def parse() -> list[T]:
        with path.open(encoding="utf-8", newline="") as file:
            return TypeAdapter(list[kind]).validate_python(list(csv.DictReader(file)))  # type: ignore[valid-type]

    rows = _checked(path, parse)
    if not rows:
        raise ReportError(f"{path} has no rows")
    return rows


def _checked(source: Path | str, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except FileNotFoundError:
        raise MissingReportError(f"{source} is missing") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "content"
        raise ReportError(f"{source}: {place}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReportError(f"{source} cannot be read: {error}") from None
