"""When a model is retrained, how far a killed retraining came, and who is told."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from barometer.corpus.snapshots import content_md5
from barometer.labels import Label
from barometer.live.annotation.labels import read_annotations, save_annotations
from barometer.live.records import Annotation, Measurement
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.measurements import read_measurements
from pipelines.flows import retrain as flow
from pipelines.flows.settings import NotifySettings, Production, ProductionError, RetrainSettings, ScheduleSettings

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
SETTINGS = RetrainSettings(new_labels=3, drift_auc=0.7)


def drift(low: float, at: datetime = NOW) -> list[Measurement]:
    return [Measurement(at, {"low": low})]


PAST = [Measurement(NOW, {"of_labels": 10})]


@pytest.mark.parametrize(
    ("labels", "past", "measured", "said"),
    [
        (2, [], [], None),
        (3, [], [], "3 newly labelled headlines"),
        (12, PAST, [], None),
        (13, PAST, [], "3 newly labelled headlines"),
        (12, PAST, drift(0.71), None),  # it was known at the last retraining
        (12, PAST, drift(0.71, NOW + timedelta(hours=1)), "drift, AUC at least 0.71"),
        (12, PAST, drift(0.7, NOW + timedelta(hours=1)), None),
    ],
)
def test_reasons_to_retrain(labels: int, past: Any, measured: Any, said: str | None) -> None:
    assert flow.why(SETTINGS, labels, past, measured) == said


def test_snapshot_is_trained_with_known_corpora() -> None:
    began = flow.Retraining("snapshots/ab.csv", 3, 3, "a request", "1", ["news", "demo"])
    command = flow.training_command(RetrainSettings(overrides=("seed=3",)), began)
    assert command[1:6] == ["-m", "dvc", "exp", "run", "--temp"] and command[-3:] == ["-S", "seed=3", "register"]
    data = Path("data").absolute()
    assert f"corpus.auxiliary=[{data}/news,{data}/demo]" in command
    assert "corpus.path=snapshots/ab.csv" in command


@pytest.fixture
def work(sqlite_url: str, save_scored: Callable[..., list[int]], tmp_path: Path) -> Production:
    """A store with four labelled headlines."""
    engine = open_engine(sqlite_url)
    ids = save_scored(engine, "v", [(NOW, 0.5, ())] * 4)
    with writing(engine) as connection:
        save_annotations(connection, [Annotation(title_id, "7", Label.POSITIVE, NOW) for title_id in ids])
    engine.dispose()
    settings = ScheduleSettings(retrain=replaced(SETTINGS, folder=tmp_path / "retrain"))
    return Production(settings, sqlite_url, tmp_path / "model")


def change(work: Production, position: int, label: Label) -> None:
    """An annotator has second thoughts."""
    engine = open_engine(work.database)
    with writing(engine) as connection:
        given = read_annotations(connection)[position]
        save_annotations(connection, [Annotation(given.title_id, given.annotator, label, NOW + timedelta(hours=1))])
    engine.dispose()


def replaced(settings: RetrainSettings, **changes: Any) -> RetrainSettings:
    return RetrainSettings.model_validate(settings.model_dump() | changes)


@pytest.mark.slow
def test_failed_training_goes_on_later(work: Production, in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, check=True)
    failing = [sys.executable, "-c", "print('out of memory'); raise SystemExit(3)"]
    monkeypatch.setattr(flow, "training_command", lambda settings, current: failing)
    with pytest.raises(ProductionError, match=r"exit status 3; see the end of .*\.log"):
        flow.retrain(work)
    folder = work.settings.retrain.folder
    state = json.loads((folder / "state.json").read_text())
    assert (state["step"], state["labels"], state["reason"]) == ("snapshot", 4, "4 newly labelled headlines")
    snapshot = Path(state["snapshot"])
    assert snapshot == Path("snapshots", f"{content_md5(snapshot)}.csv") and snapshot.with_suffix(".csv.dvc").exists()
    assert "out of memory" in (folder / f"{snapshot.stem}.log").read_text()
    # A label is changed; the next try is for the same reason, and trains on what the labels say then.
    change(work, 0, Label.NEGATIVE)
    with pytest.raises(ProductionError, match="exit status 3"):
        flow.retrain(work)
    state = json.loads((folder / "state.json").read_text())
    assert state["snapshot"] != str(snapshot) and state["reason"] == "4 newly labelled headlines"
    # A run that was killed after the gate goes on there: nothing is trained again.
    state |= {"step": "refused", "version": "2", "verdict": "worse than the champion"}
    (folder / "state.json").write_text(json.dumps(state))
    done = flow.retrain(work)
    assert done is not None and done.lines()[1:] == ["version 2: refused", "worse than the champion"]
    assert flow.retrain(work) is None  # no labels came since
    engine = open_engine(work.database)
    with reading(engine) as connection:
        (kept,) = read_measurements(connection, "retrain", 5)
    engine.dispose()
    assert (kept.result["of_labels"], kept.result["step"]) == (4, "refused")


def test_two_retrainings_exclude_each_other(work: Production) -> None:
    with flow._alone(work.settings.retrain.folder), pytest.raises(ProductionError, match="another retraining"):
        flow.retrain(work)


def test_command_and_url_are_told(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    keep = f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())"
    flow.notify(NotifySettings(command=(sys.executable, "-c", keep)), {"step": "served"})
    assert json.loads(told.read_text()) == {"step": "served"}
    with pytest.raises(ProductionError, match="was not told"):
        flow.notify(NotifySettings(url="http://127.0.0.1:9/hook"), {})
    with pytest.raises(ProductionError, match="exit status 4"):
        flow.notify(NotifySettings(command=(sys.executable, "-c", "raise SystemExit(4)")), {})
