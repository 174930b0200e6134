"""What all studies share: their parameters, and the result and the record of a run, which the report is made from."""

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
from pydantic import AfterValidator, TypeAdapter

from barometer.models.base import model_kind
from barometer.settings import Section, Settings, load_settings, validate
from pipelines import paths
from pipelines.tables import read_json, write_json

S = TypeVar("S", bound=Section)
R = TypeVar("R")
_VERSIONS = ("numpy", "onnxruntime", "scikit-learn", "torch", "transformers")


def _known(name: str) -> str:
    model_kind(name)
    return name


# The type of a parameter that names a model; pydantic reports the SettingsError of an unknown name with the key.
ModelName = Annotated[str, AfterValidator(_known)]


def key_of(name: str) -> str:
    """The key of a study in `dvc.yaml`, and its folder below `reports/CORPUS`: its name unless its package says KEY."""
    return str(getattr(import_module(f"pipelines.studies.{name}"), "KEY", name))


@dataclass(frozen=True)
class Study(Generic[S]):
    """An open study: its checked parameters and when it began.

    Attributes:
        name: of its folder below `pipelines/studies`, and of its section of `experiment`.
        settings: all parameters of the pipeline.
        params: its own section, checked.
    """

    name: str
    settings: Settings
    params: S
    began: float = field(default_factory=time.perf_counter)

    @cached_property
    def folder(self) -> Path:
        """Where the stage writes: git ignores it, so texts of real headlines may be there."""
        return paths.STUDIES / self.name

    def rng(self) -> np.random.Generator:
        """A fresh generator, always with the same seed."""
        return np.random.default_rng(self.settings.seed)

    def save(self, result: Any) -> None:  # noqa: ANN401 - each study has a Result of its own
        """Write the result, a dataclass of plain values, and the record of the run, for the report."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "result.json").write_bytes(TypeAdapter(type(result)).dump_json(result, indent=1))
        write_json(self.folder / "run.json", self._run())
        key = key_of(self.name)
        print(f"study@{key}: {self.folder / 'result.json'}; dvc repro report@{key} writes the page")

    def _run(self) -> dict[str, Any]:
        corpus, stage = self.settings.corpus.name, f"study@{key_of(self.name)}"
        return {
            "command": f"dvc repro {stage}" if corpus == "demo" else f"dvc exp run -S corpus={corpus} {stage}",
            "date": datetime.now(UTC).date().isoformat(),
            "wall_seconds": round(time.perf_counter() - self.began, 1),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "versions": {name: version(name) for name in _VERSIONS},
        }


def open_study(name: str, schema: type[S]) -> Study[S]:
    """Read and check the parameters of a study before any work starts; the clock of its run starts here.

    Raises:
        SettingsError: naming the key, the value and what was expected.
    """
    settings = load_settings()
    return Study(name, settings, validate(schema, settings.experiment.get(name, {}), f"experiment.{name}"))


def load_result(name: str, kind: type[R]) -> tuple[R, dict[str, Any]]:
    """Read the result of a study's last run and the record of that run.

    Raises:
        FileNotFoundError: if the study has not run.
    """
    folder = paths.STUDIES / name
    result: R = TypeAdapter(kind).validate_json((folder / "result.json").read_bytes())
    return result, read_json(folder / "run.json")
