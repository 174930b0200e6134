"""The MLflow registry: runs, versions, and the aliases `challenger` and `champion`."""

import json
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from barometer.card import CARD
from barometer.ship.moved import ARTIFACTS, bring_home, database_file
from barometer.ship.reachable import URI_VARIABLE, RegistryError, UnknownVersionError, check_reachable, set_manners
from barometer.ship.tracking import DEFAULT_URI, absent_is_fine, address, flat, of_checkout, one_line, tracking_at

CHALLENGER, CHAMPION = "challenger", "champion"
ARTIFACT_PATH = "model"
_LEARNT_FROM = "learnt_from"
_MAX_PARAM, _MAX_TAG = 500, 5000
_FOREIGN = re.compile(r"[^\w./ -]")  # characters that a metric's name may not have


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version in the registry.

    Attributes:
        number: there, counted from 1.
        run_id: the run that it came from.
        model_version: the version in its card.
        tags: what is known about it, verdict included; `created`: when it was registered; `aliases`: that name it.
    """

    number: str
    run_id: str
    model_version: str
    tags: Mapping[str, str] = field(default_factory=dict, compare=False)
    aliases: tuple[str, ...] = field(default=(), compare=False)
    created: datetime | None = field(default=None, compare=False)


class Registry:
    """Logs runs and registers versions of one named model on one tracking server.

    Args:
        name: of the model in the registry.
        experiment: that runs are logged to.
        tracking_uri: the server; by default MLFLOW_TRACKING_URI, else a file in the checkout.
        create: whether a file that is missing is made.

    Raises:
        RegistryError: if the server does not answer within seconds, or the file is missing and not made.
    """

    def __init__(self, name: str, experiment: str, tracking_uri: str | None = None, *, create: bool = True) -> None:
        self.name = name
        self.experiment = experiment
        self.uri = tracking_uri or os.environ.get(URI_VARIABLE) or DEFAULT_URI
        check_reachable(self.uri)
        set_manners()
        self._file = database_file(of_checkout(self.uri))
        if self._file is not None:
            self.uri = f"sqlite:///{self._file}"
            if not create and not self._file.is_file():
                raise RegistryError(
                    f"no registry at {self._file}: `dvc repro register` makes it; {URI_VARIABLE} names another"
                )
            bring_home(self._file)
        with one_line(self.uri):
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
        with (
            one_line(self.uri),
            tracking_at(self.uri),
            mlflow.start_run(experiment_id=self._experiment_id(), run_name=run_name, tags=dict(tags)) as run,
        ):
            mlflow.log_params({key: str(value)[:_MAX_PARAM] for key, value in params.items()})
            mlflow.log_metrics({plain_key(key): value for key, value in metrics.items()})
            for path, folder in folders.items():
                mlflow.log_artifacts(str(folder), path)
        return str(run.info.run_id)

    def _experiment_id(self) -> str:
        """The experiment, made if it is new: beside a database of one file lie its artifacts, so that both move."""
        found = self.client.get_experiment_by_name(self.experiment)
        if found:
            return str(found.experiment_id)
        folder = self._file and str(self._file.parent / ARTIFACTS / plain_key(self.experiment).replace("/", "_"))
        return str(self.client.create_experiment(self.experiment, artifact_location=folder))

    def register(self, run_id: str, model_version: str, tags: Mapping[str, object] | None = None) -> RegisteredVersion:
        """Register the artifact of a run as a new version with alias `challenger`, and what is known about it."""
        with one_line(self.uri):
            with absent_is_fine("RESOURCE_ALREADY_EXISTS"):
                self.client.create_registered_model(self.name)
            source = f"{self.client.get_run(run_id).info.artifact_uri}/{ARTIFACT_PATH}"
            known = {"model_version": model_version} | _as_tags(tags or {})
            made = self.client.create_model_version(self.name, source, run_id, tags=known)
            self.client.set_registered_model_alias(self.name, CHALLENGER, made.version)
        return self.find(str(made.version))

    def find(self, wanted: str) -> RegisteredVersion:
        """A version by its number, its alias (`champion`, `challenger`) or the version in its card.

        Raises:
            UnknownVersionError: if there is none.
        """
        for version in self.versions():
            if wanted in (version.number, version.model_version, *version.aliases):
                return version
        hint = "nothing has passed the gate" if wanted == CHAMPION else "`barometer model list` shows them"
        raise UnknownVersionError(f"{self.name} has no version {wanted!r} at {address(self.uri)}: {hint}")

    def versions(self) -> list[RegisteredVersion]:
        """Every version, newest first; empty where nothing was registered."""
        with one_line(self.uri), absent_is_fine("RESOURCE_DOES_NOT_EXIST"):
            aliases: dict[str, list[str]] = {}
            for alias, number in self.client.get_registered_model(self.name).aliases.items():
                aliases.setdefault(str(number), []).append(alias)
            found = self.client.search_model_versions(f"name = '{self.name}'", max_results=10_000)
            made = [_version(one, tuple(sorted(aliases.get(str(one.version), [])))) for one in found]
            return sorted(made, key=lambda version: -int(version.number))
        return []

    def champion(self) -> RegisteredVersion | None:
        """The version with alias `champion`, or None if there is none yet."""
        return next((version for version in self.versions() if CHAMPION in version.aliases), None)

    def promote(self, version: RegisteredVersion, reason: str = "") -> None:
        """Move the alias `champion` to a version, and note why and when."""
        self.tag(
            version, {"champion.reason": reason, "champion.since": datetime.now(UTC).isoformat(timespec="seconds")}
        )
        with one_line(self.uri):
            self.client.set_registered_model_alias(self.name, CHAMPION, version.number)

    def tag(self, version: RegisteredVersion, tags: Mapping[str, object]) -> None:
        """Note facts about a version; floats keep six decimals."""
        with one_line(self.uri):
            for key, value in _as_tags(tags).items():
                self.client.set_model_version_tag(self.name, version.number, key, value)

    def note_learnt_from(self, run_id: str, ids: Collection[int]) -> None:
        """Keep the ids of the headlines whose labels a run's model has seen."""
        with one_line(self.uri):
            self.client.log_text(run_id, json.dumps(sorted(ids)), f"{_LEARNT_FROM}/ids.json")

    def learnt_from(self, version: RegisteredVersion) -> frozenset[int] | None:
        """The ids that `note_learnt_from` kept; None where nobody kept them."""
        with one_line(self.uri), tempfile.TemporaryDirectory() as folder:
            if not self.client.list_artifacts(version.run_id, _LEARNT_FROM):
                return None
            path = self.client.download_artifacts(version.run_id, f"{_LEARNT_FROM}/ids.json", folder)
            return frozenset(json.loads(Path(path).read_text(encoding="utf-8")))

    def fetch(self, version: RegisteredVersion, folder: Path, file: str = "") -> Path:
        """Download the artifact of a version, or one file of it, into a folder; returns its path there."""
        wanted = f"{ARTIFACT_PATH}/{file}" if file else ARTIFACT_PATH
        with one_line(self.uri):
            try:
                return Path(self.client.download_artifacts(version.run_id, wanted, str(folder)))
            except MlflowException:
                raise
            except Exception as error:  # the clients of artifact stores raise what they like
                raise RegistryError(f"version {version.number} cannot be downloaded: {flat(error)}") from error

    def card(self, version: RegisteredVersion) -> dict[str, Any]:
        """The card of a version as it was registered, unchecked."""
        with tempfile.TemporaryDirectory() as folder:
            text = self.fetch(version, Path(folder), CARD).read_text(encoding="utf-8")
        card: dict[str, Any] = json.loads(text)
        return card

    @contextmanager
    def download(self, version: RegisteredVersion) -> Iterator[Path]:
        """Give the artifact folder of a version, for as long as the context lasts."""
        with tempfile.TemporaryDirectory() as folder:
            yield self.fetch(version, Path(folder))


def plain_key(key: str) -> str:
    """The name under which MLflow keeps a metric or tag."""
    return _FOREIGN.sub("_", key)


def _version(found: Any, aliases: tuple[str, ...]) -> RegisteredVersion:  # noqa: ANN401 - MLflow has no types
    created = datetime.fromtimestamp(found.creation_timestamp / 1000, UTC)
    tags = {str(key): str(value) for key, value in found.tags.items()}
    return RegisteredVersion(str(found.version), found.run_id, tags.get("model_version", ""), tags, aliases, created)


def _as_tags(values: Mapping[str, object]) -> dict[str, str]:
    """Facts as MLflow takes them: non-empty text of bounded length under plain keys."""
    texts = {key: f"{value:.6g}" if isinstance(value, float) else str(value) for key, value in values.items()}
    return {plain_key(key): text[:_MAX_TAG] for key, text in texts.items() if text}
