"""Typed parameters of the pipeline: what `params.yaml` may hold, checked before any work starts.

The files under `conf/` are the only place where a person writes these; DVC and Hydra compose `params.yaml`
from them. An error names the key, the value found and what was expected.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Share = Annotated[float, Field(gt=0, lt=1)]
Part = Annotated[float, Field(gt=0, le=0.5)]
Positive = Annotated[int, Field(gt=0)]


class SettingsError(ValueError):
    """A parameter is missing, unknown or out of range."""


class Section(BaseModel):
    """A part of the parameters; unknown keys are errors and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusSettings(Section):
    """Which corpora are read, which share of bad rows is tolerated, and the folder of the market's daily series.

    No model ever trains on the corpora in `yardsticks`, nor on near-duplicates of them.
    """

    name: str
    path: str
    yardsticks: list[str]
    auxiliary: list[str]
    evaluation: list[str]
    unlabelled: list[str]
    market: str
    label_values: Literal["auto", "signed", "index", "name"]
    max_bad_share: Annotated[float, Field(ge=0, le=1)]


class LabelSettings(Section):
    """How votes become one label.

    `hard_share` is the share of a hard vote that is spread evenly over the classes.
    """

    crowd: Literal["majority", "dawid_skene"]
    tie: Literal["neutral", "first_annotator"]
    hard_share: Annotated[float, Field(ge=0, lt=1)]


class SplitSettings(Section):
    """Sizes of the parts (shares of all labelled headlines) and what counts as a near-duplicate."""

    folds: Annotated[int, Field(ge=2, le=20)]
    test_share: Part
    temporal_share: Annotated[float, Field(ge=0, le=0.5)]
    validation_share: Part
    near_duplicate_similarity: Share


class BackboneSettings(Section):
    """The pre-trained encoder: a hub name, a local folder, or `package:NAME` for one carried by a Python package."""

    name: str
    source: str
    max_length: Annotated[int, Field(ge=8, le=512)]


class TrainerSettings(Section):
    """Where transformers are trained; the batches and their mean loss are the same on any number of devices.

    Attributes:
        devices: GPUs, or processes where there is none; each takes an equal share of every batch.
        strategy: `ddp` (a process for each device), or `auto`: that, unless there is one device.
    """

    devices: Positive = 1
    strategy: Literal["auto", "ddp"] = "auto"


class EvaluateSettings(Section):
    """Resamples of the bootstrap and bins of the calibration error."""

    bootstrap_samples: Annotated[int, Field(ge=100)]
    confidence: Share
    calibration_bins: Positive


class ExportSettings(Section):
    """When an exported model counts as the same model as its source."""

    fp32_tolerance: float
    int8_min_agreement: Share
    int8_max_accuracy_loss: float


class MarginSettings(Section):
    """By how much a challenger may be worse than the champion, as the bound of an interval and not as an estimate.

    Attributes:
        accuracy, macro_f1: shares.
        log_loss: in nats.
        index_error: mean absolute error of the barometer over 100 headlines, as a share.
    """

    accuracy: Share
    macro_f1: Share
    log_loss: Annotated[float, Field(gt=0)]
    index_error: Share


class RegisterSettings(Section):
    """Which model ships, under what name, where runs are tracked, and what the gate demands.

    Attributes:
        release: the released model, or the folder of an artifact, that becomes champion where there is none; null
            leaves the first champion to the gate.
        margins: of non-inferiority; it has to be shown on every yardstick of `corpus.yardsticks`.
        margin_headlines: from which number on it has to be shown on held-out parts and random samples too; smaller ones
            refuse what is shown to be worse.
        min_headlines: held-out parts and random samples that are smaller still judge no one.
    """

    model: str
    name: str
    experiment: str
    release: str | None
    margins: MarginSettings
    margin_headlines: Positive
    min_headlines: Positive


class TeacherSettings(Section):
    """The large model that the stage `teach` trains: its encoder and its hyper-parameters, as those of `model.bert`."""

    backbone: BackboneSettings
    model: dict[str, Any]


class DistilSettings(Section):
    """What a distilled model learns from besides the labels.

    Attributes:
        teacher: a table of a teacher's probabilities (id, negative, neutral, positive, news).
        share: of the teacher in the target of a labelled headline.
        unlabelled_weight: how much a headline counts that only the teacher labels; 0 leaves such headlines out.
    """

    teacher: str
    share: Annotated[float, Field(ge=0, le=1)]
    unlabelled_weight: Annotated[float, Field(ge=0)]


class Settings(Section):
    """All parameters; `model` and `experiment` hold one free section each, checked by its own module."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    corpus: CorpusSettings
    labels: LabelSettings
    split: SplitSettings
    backbone: BackboneSettings
    trainer: TrainerSettings
    model: dict[str, dict[str, Any]]
    teacher: TeacherSettings
    distil: DistilSettings
    evaluate: EvaluateSettings
    export: ExportSettings
    register_: RegisterSettings = Field(alias="register")
    experiment: dict[str, dict[str, Any]]


S = TypeVar("S", bound=Section)


def validate(schema: type[S], values: Mapping[str, Any], where: str) -> S:
    """Check `values` against `schema`.

    Raises:
        SettingsError: naming every bad key as a path below `where`, its value and what was expected.
    """
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}" for e in error.errors()]
        raise SettingsError(f"{where}: " + "; ".join(problems)) from None


def load(schema: type[S], path: Path, missing: str, expected: str) -> S:
    """Read and check a YAML file.

    Args:
        schema: what it may hold.
        path: the file.
        missing: the message if there is no such file.
        expected: what the file is a mapping of, for the message.

    Raises:
        SettingsError: if the file is missing or cannot be read, is not a mapping, or does not match the schema.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(missing) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected a mapping {expected}, found {type(values).__name__}")
    return validate(schema, values, str(path))


def load_settings(path: Path = Path("params.yaml")) -> Settings:
    """Read and check a parameter file; raises as `load` does."""
    return load(Settings, path, f"no parameter file {path}; run from the repository's root", "of sections")
