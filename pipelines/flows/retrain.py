"""Retrains when there is reason to: snapshot of labels, training, gate and alias in the pipeline, served model, scores.

The labels of each retraining are a data version of their own. `state.json` holds the last step that is done: a run that
was killed goes on after it.
"""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from barometer.live.annotation.labels import corpus_csv, labelled_titles
from barometer.live.records import Measurement
from barometer.live.store.engine import reading, writing
from barometer.live.store.measurements import read_measurements, save_measurement
from barometer.live.store.upgrade import opened_store
from pipelines.flows.annotation import answer_of, output_of
from pipelines.flows.settings import NotifySettings, Production, ProductionError, RetrainSettings
from pipelines.flows.steps import score

_NAME = "labels.csv"
_STATE = "state.json"
_CORPUS = "live"
_DATA = Path("data")
Step = Literal["snapshot", "trained", "served", "refused"]


@dataclass(frozen=True, slots=True)
class Retraining:
    """A retraining, as far as it came.

    Attributes:
        snapshot: the file of its labels, which DVC tracks, relative to the checkout.
        labels, of_labels: how many headlines are in it, and of how many labelled ones.
        reason: why it began.
        before: the version that was champion when it began; empty if none was.
        corpora: what it learns from besides, below `data`: those of the settings that are there.
        step: the last step that is done.
        version, verdict: of the model that was trained; empty before.
    """

    snapshot: str
    labels: int
    of_labels: int
    reason: str
    before: str
    corpora: list[str] = field(default_factory=list)
    step: Step = "snapshot"
    version: str = ""
    verdict: str = ""

    def lines(self) -> list[str]:
        """The outcome in words."""
        known = f"{self.labels:,} labelled headlines in {self.snapshot}, because of {self.reason}"
        ends = {"served": "promoted and served", "refused": "refused"}
        known += f", with {', '.join(self.corpora) or 'no other corpus'}"
        return [known, f"version {self.version or '-'}: {ends.get(self.step, self.step)}", self.verdict]


def retrain(work: Production, *, force: bool = False) -> Retraining | None:
    """Retrain if there are enough new labels or too much drift, or go on with what was begun; None without a reason.

    A training that failed or was killed begins again with the labels as they are by then.

    Raises:
        ProductionError: if another retraining is at work, or a step fails; it can be repeated.
    """
    settings = work.settings.retrain
    with _alone(settings.folder):
        current = _begun(settings.folder)
        if current is None or current.step == "snapshot":
            # Labels may have come since a training failed, for want of them perhaps; the same ones are one version.
            known = current.reason if current else None
            current = _begin(work, "a request" if force else known)
        if current is None:
            return None
        if current.step == "snapshot":
            current = _kept(settings.folder, _trained(settings, current))
        if current.step == "trained":
            output_of("model", "pull", "champion")  # services, and the next scoring, follow the served folder
            score(work)
            current = _kept(settings.folder, replace(current, step="served"))
        _finish(work, current)
        return current


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ProductionError(f"another retraining is at work in {folder}") from None
        yield


def _begun(folder: Path) -> Retraining | None:
    """The retraining that was begun and not finished, if there is one."""
    state = folder / _STATE
    return Retraining(**json.loads(state.read_text(encoding="utf-8"))) if state.exists() else None


def _kept(folder: Path, current: Retraining) -> Retraining:
    """Write down how far a retraining came, in one step."""
    new = folder / f"{_STATE}.new"
    new.write_text(json.dumps(asdict(current), indent=1), encoding="utf-8")
    new.replace(folder / _STATE)
    return current


def _begin(work: Production, reason: str | None) -> Retraining | None:
    """Keep the labels as they are now, if there is a reason: the given one, or else one that is found now."""
    with opened_store(work.database) as engine, reading(engine) as connection:
        titles = labelled_titles(connection)
        past = read_measurements(connection, "retrain", 1)
        drift = read_measurements(connection, "drift", 1)
    reason = reason or why(work.settings.retrain, len(titles), past, drift)
    if reason is None or not titles:
        return None
    text, left_out = corpus_csv(titles)
    settings = work.settings.retrain
    corpora = [name for name in settings.corpora if (_DATA / name).exists()]
    snapshot = _snapshot(settings, text)
    found = Retraining(snapshot, len(titles) - left_out, len(titles), reason, _champion(), corpora)
    return _kept(settings.folder, found)


def _snapshot(settings: RetrainSettings, corpus: str) -> str:
    """Keep a corpus as a data version; the same labels are the same version. Returns its path."""
    file = settings.folder / _NAME
    file.write_text(corpus, encoding="utf-8", newline="")
    remote = () if settings.remote is None else ("--remote", settings.remote)
    return output_of("snapshot", str(file), *remote).splitlines()[-1]


def why(settings: RetrainSettings, labels: int, past: list[Measurement], drift: list[Measurement]) -> str | None:
    """The reason to retrain; None if there is none.

    Args:
        settings: the thresholds.
        labels: labelled headlines now.
        past: the last retraining, if there was one.
        drift: the newest measurement of drift, if there is one; one from before the last retraining does not count.
    """
    new = labels - (int(past[0].result["of_labels"]) if past else 0)
    if new >= settings.new_labels:
        return f"{new:,} newly labelled headlines"
    if settings.drift_auc is None or not drift or (past and drift[0].measured_at <= past[0].measured_at):
        return None
    low = float(drift[0].result["low"])
    return f"drift, AUC at least {low:.2f}" if low > settings.drift_auc else None


def _trained(settings: RetrainSettings, current: Retraining) -> Retraining:
    """Run the pipeline up to the gate, and read the verdict from the registry."""
    log = settings.folder / f"{Path(current.snapshot).stem}.log"
    with log.open("a", encoding="utf-8") as stream:
        try:
            command, limit = training_command(settings, current), 3600 * settings.hours
            done = subprocess.run(command, stdout=stream, stderr=stream, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            raise ProductionError(f"training did not end within {settings.hours:g} hours; see {log}") from None
    if done.returncode:
        raise ProductionError(f"training failed with exit status {done.returncode}; see the end of {log}")
    newest = answer_of("model", "show", "challenger")
    step: Step = "trained" if "champion" in newest["aliases"] else "refused"
    return replace(current, step=step, version=newest["version"], verdict=str(newest["reason"]))


def training_command(settings: RetrainSettings, current: Retraining) -> list[str]:
    """The command that trains on a snapshot, with the champion's corpora as auxiliary, judges and registers.

    It runs in a folder of DVC's own, which has what DVC tracks: the snapshot, but not a corpus that was fetched, so the
    paths of those are absolute.
    """
    corpora = ",".join(str((_DATA / name).absolute()) for name in current.corpora)
    chosen = [
        "corpus=csv",
        f"corpus.name={_CORPUS}",
        f"corpus.path={current.snapshot}",
        f"corpus.auxiliary=[{corpora}]",
        *settings.overrides,
    ]
    return [sys.executable, "-m", "dvc", "exp", "run", "--temp", *(w for s in chosen for w in ("-S", s)), "register"]


def _champion() -> str:
    try:
        return str(answer_of("model", "show", "champion")["version"])
    except ProductionError:
        return ""  # there is none yet


def _finish(work: Production, current: Retraining) -> None:
    """Store the outcome, tell whoever wants to know, and let the next one begin."""
    now = datetime.now(UTC)
    outcome = asdict(current) | {"at": now.isoformat()}
    with opened_store(work.database) as engine, writing(engine) as connection:
        save_measurement(connection, "retrain", now, outcome)
    (work.settings.retrain.folder / _STATE).unlink()
    notify(work.settings.retrain.notify, outcome)


def notify(settings: NotifySettings, outcome: Mapping[str, Any]) -> None:
    """Send an outcome as JSON to the URL, and to the command's standard input.

    Raises:
        ProductionError: if it does not arrive; the outcome is stored all the same.
    """
    text = json.dumps(outcome, ensure_ascii=False)
    if settings.url is not None:
        try:
            headers = {"content-type": "application/json"}
            httpx.post(settings.url, content=text, headers=headers, timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            raise ProductionError(f"{settings.url} was not told of the retraining: {error}") from None
    if settings.command:
        done = subprocess.run(settings.command, input=text, text=True, timeout=60, check=False)
        if done.returncode:
            raise ProductionError(f"{settings.command[0]} was not told: exit status {done.returncode}")
