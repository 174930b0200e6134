import json
from pathlib import Path
from typing import Any


from barometer.settings import load_settings
from pipelines import paths
from pipelines.compose import compose_params
from pipelines.studies.track import numbers, track

ROOT = Path(__file__).resolve().parents[3]


class Recorder:
    """Stands for the tracking server: keeps what would be logged."""

    def log_run(self, *logged: Any) -> str:
        self.logged = logged
        return "run-1"


def test_only_numbers_are_logged() -> None:
    assert numbers({"a": {"b": 1, "c": None, "d": "word", "e": True}, "f": 0.5}) == {"a.b": 1.0, "f": 0.5}


def test_a_study_logs_its_report(in_folder: Path) -> None:
    compose_params(ROOT / "conf", in_folder / "params.yaml", [])
    folder = paths.reports("demo") / "adversarial_validation"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text('{"auc": 0.8}')
    (folder / "run.json").write_text(json.dumps({"command": "dvc repro study@adversarial_validation"}))
    registry = Recorder()
    assert track(registry, load_settings(), "drift") == "run-1"  # type: ignore[arg-type]
    name, params, metrics, files, tags = registry.logged
    assert (name, params["drift.folds"], metrics, files) == ("demo-drift", 5, {"auc": 0.8}, {"reports": folder})
    assert tags["command"] == "dvc repro study@adversarial_validation"
