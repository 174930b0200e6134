"""The reports of the pipeline about a model and its corpus, parsed and validated. Rates are in [0, 1]."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, FiniteFloat, TypeAdapter, ValidationError

from barometer.labels import N_CLASSES, Label, label_from_name

T = TypeVar("T")
Matrix = list[list[int]]
Count = Annotated[int, Field(gt=0)]
Rate = Annotated[FiniteFloat, Field(ge=0, le=1)]
ClassName = Annotated[Label, BeforeValidator(label_from_name)]


class ReportError(ValueError):
    """A report is malformed; the message names the file and the problem."""


class MissingReportError(ReportError):
    """A report has not been written yet."""


class Report(BaseModel):
    """Part of a report; fields that the app does not show are ignored."""


class Interval(Report):
    """A figure with its 95% interval."""

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat


class Figures(Report):
    """How one model did on one part of the data."""

    accuracy: Interval
    macro_f1: Interval


class PartFigures(Figures):
    """What a card says of its model on one part of the data."""

    headlines: Count
    calibration_error: Interval


class Compared(Report):
    """Every model on one part of the data, by name; `majority class` is one of them."""

    figures: dict[str, Figures]


class Versioned(Report):
    """The version of the model that a report is about."""

    version: str = Field(validation_alias=AliasChoices("version", "model_version"))


class Guess(Report):
    """The actual and the predicted class of a test headline."""

    actual: ClassName
    predicted: ClassName


class ReliabilityBin(Report):
    """Headlines of similar confidence: their mean confidence, their accuracy and their number."""

    confidence: Rate
    accuracy: Rate
    headlines: FiniteFloat = Field(gt=0)


class BehaviouralTest(Report):
    """One test of CheckList: minimum functionality (MFT), invariance (INV) or direction (DIR)."""

    test: str
    capability: str
    kind: Literal["MFT", "INV", "DIR"]
    cases: Count
    failures: int = Field(ge=0)
    failure_rate: Rate
    low: FiniteFloat
    high: FiniteFloat


class Separation(Report):
    """How well a classifier separates newer headlines from training headlines: ROC AUC, and that of random halves."""

    pair: str
    group: str
    features: str
    masked: bool
    auc: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    control: FiniteFloat


class CurvePoint(Report):
    """Accuracy of a model trained on `size` headlines, with its 95% interval."""

    model: str
    size: Count
    accuracy: FiniteFloat
    accuracy_low: FiniteFloat
    accuracy_high: FiniteFloat


class Study(Report):
    """A study in words; `finding` marks emphasis with pairs of asterisks."""

    title: str
    finding: str
    limits: str


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports about a model in the folder of one corpus, such as reports/demo.

    Every method raises `MissingReportError` if its report is not there, and `ReportError` if it is malformed.
    """

    folder: Path
    model: str

    def results(self) -> dict[str, Compared]:
        """The models side by side, by part (`test`, `temporal_test`)."""
        return _json(self.folder / "results.json", dict[str, Compared])

    def exported_version(self) -> str:
        """The version that the figures on held-out headlines belong to."""
        return _json(self.folder / "export" / f"{self.model}.json", Versioned).version

    def tested_version(self) -> str:
        """The version that the behavioural tests belong to."""
        return _json(self.folder / "checklist" / self.model / "metrics.json", Versioned).version

    def confusion(self) -> Matrix:
        """Counts of test headlines, shape (3, 3): rows are actual classes, columns predicted ones."""
        counts = [[0] * N_CLASSES for _ in range(N_CLASSES)]
        for guess in _csv(self.folder / "evaluate" / self.model / "confusion.csv", Guess):
            counts[guess.actual][guess.predicted] += 1
        return counts

    def reliability(self) -> list[ReliabilityBin]:
        """Test headlines by the confidence of the predicted class, least confident first."""
        return _csv(self.folder / "evaluate" / self.model / "reliability.csv", ReliabilityBin)

    def behaviour(self) -> list[BehaviouralTest]:
        """The behavioural tests with their failures."""
        return _csv(self.folder / "checklist" / self.model / "failure_rates.csv", BehaviouralTest)

    def drift(self) -> list[Separation]:
        """How well newer headlines can be separated from training headlines."""
        return _csv(self.folder / "adversarial_validation" / "auc.csv", Separation)

    def curve(self) -> list[CurvePoint]:
        """Accuracy by number of labels, for each model from the smallest size on."""
        return _csv(self.folder / "learning_curve" / "learning_curve.csv", CurvePoint)

    def study(self, name: str) -> Study:
        """The finding of a study in words."""
        return _json(self.folder / name / "summary.json", Study)


def parse_card_metrics(metrics: Mapping[str, Any]) -> dict[str, PartFigures]:
    """The metrics of a model card, by part; empty if the card has none.

    Raises:
        ReportError: if they are malformed.
    """
    return _checked("the model card", lambda: TypeAdapter(dict[str, PartFigures]).validate_python(metrics))


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
