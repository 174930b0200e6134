"""The MLflow registry: runs, versions, and the aliases `challenger` and `champion`. The only user of MLflow."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

CHALLENGER, CHAMPION = "challenger", "champion"
ARTIFACT_PATH = "model"
DEFAULT_URI = "sqlite:///mlflow.db"
URI_VARIABLE = "MLFLOW_TRACKING_URI"
_MAX_PARAM = 500
_FOREIGN = re.compile(r"[^\w./ -]")  # characters that a metric's name may not have


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version in the registry: its number there, the run it came from and the version in its card."""

    number: str
    run_id: str
    model_version: str


class Registry:
    """Logs runs and registers versions of one named model on one tracking server."""

    def __init__(self, name: str, experiment: str, tracking_uri: str | None = None) -> None:
        self.name = name
        self.uri = tracking_uri or os.environ.get(URI_VARIABLE) or DEFAULT_URI
        self.experiment = experiment
        self.client = MlflowClient(self.uri)

    def log_run(
        self,
        run_name: str,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        folders: Mapping[str, Path],
        tags: Mapping[str, str],
    ) -> str:
        """Log a finished run with its parameters, metrics and folders of artifacts; returns the run's id."""
        found = self.client.get_experiment_by_name(self.experiment)
        experiment = found.experiment_id if found else self.client.create_experiment(self.experiment)
        with (
            _tracking_at(self.uri),
            mlflow.start_run(experiment_id=experiment, run_name=run_name, tags=dict(tags)) as run,
        ):
            mlflow.log_params({key: str(value)[:_MAX_PARAM] for key, value in params.items()})
            mlflow.log_metrics({_FOREIGN.sub("_", key): value for key, value in metrics.items()})
            for path, folder in folders.items():
                mlflow.log_artifacts(str(folder), path)
        return str(run.info.run_id)

    def register(self, run_id: str, model_version: str) -> RegisteredVersion:
        """Register the artifact of a run as a new version with alias `challenger`."""
        with _absent_is_fine("RESOURCE_ALREADY_EXISTS"):
            self.client.create_registered_model(self.name)
        source = f"{self.client.get_run(run_id).info.artifact_uri}/{ARTIFACT_PATH}"
        version = self.client.create_model_version(self.name, source, run_id, tags={"model_version": model_version})
        self.client.set_registered_model_alias(self.name, CHALLENGER, version.version)
        return RegisteredVersion(str(version.version), run_id, model_version)

    def champion(self) -> RegisteredVersion | None:
        """The version with alias `champion`, or None if there is none yet."""
        with _absent_is_fine("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            found = self.client.get_model_version_by_alias(self.name, CHAMPION)
            return RegisteredVersion(str(found.version), found.run_id, found.tags.get("model_version", ""))
        return None

    def promote(self, version: RegisteredVersion) -> None:
        """Move the alias `champion` to a version."""
        self.client.set_registered_model_alias(self.name, CHAMPION, version.number)

    @contextmanager
    def download(self, version: RegisteredVersion) -> Iterator[Path]:
        """Give the artifact folder of a version, for as long as the context lasts."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(self.client.download_artifacts(version.run_id, ARTIFACT_PATH, folder))


@contextmanager
def _tracking_at(uri: str) -> Iterator[None]:
    """Point MLflow's global functions at `uri`; they put it into the environment, where it must not stay."""
    before = os.environ.get(URI_VARIABLE)
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)
        if before is not None:
            os.environ[URI_VARIABLE] = before


@contextmanager
def _absent_is_fine(*codes: str) -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        if error.error_code not in codes:
            raise
