import json
import shutil
from pathlib import Path

import pytest

from barometer.settings import load_settings
from barometer.ship.registry import Registry
from pipelines import paths
from pipelines.compose import compose_params
from pipelines.studies.track import numbers, track

ROOT = Path(__file__).resolve().parents[3]


def test_only_numbers_are_logged() -> None:
    assert numbers({"a": {"b": 1, "c": None, "d": "word", "e": True}, "f": 0.5}) == {"a.b": 1.0, "f": 0.5}


@pytest.mark.slow
def test_a_study_logs_its_report(in_folder: Path, empty_registry: Path) -> None:
    shutil.copy(empty_registry, in_folder)
    compose_params(ROOT / "conf", in_folder / "params.yaml", [])
    folder = paths.reports("demo") / "adversarial_validation"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text('{"auc": 0.8}')
    (folder / "run.json").write_text(json.dumps({"command": "dvc repro study@adversarial_validation"}))
    registry = Registry("sentiment", "experiment", f"sqlite:///{in_folder}/mlflow.db")
    run = registry.client.get_run(track(registry, load_settings(), "drift"))
    assert (run.info.run_name, run.data.params["drift.folds"], run.data.metrics) == ("demo-drift", "5", {"auc": 0.8})
    assert run.data.tags["command"] == "dvc repro study@adversarial_validation"
    stored = {item.path for item in registry.client.list_artifacts(run.info.run_id, "reports")}
    assert stored == {"reports/metrics.json", "reports/run.json"}
