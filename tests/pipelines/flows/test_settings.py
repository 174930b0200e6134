from pathlib import Path
from typing import Any

import pytest
import yaml

from barometer.release import find_model
from barometer.settings import SettingsError
from pipelines.flows.settings import ScheduleSettings, load_production

ROOT = Path(__file__).resolve().parents[3]


def test_shipped_file_holds_the_defaults() -> None:
    work = load_production(ROOT / "conf" / "schedule" / "default.yaml", {})
    assert work.settings == ScheduleSettings()
    assert (work.database, work.model) == ("sqlite:///outputs/barometer.db", find_model("fast"))


def test_a_password_is_not_shown() -> None:
    url = "postgresql://me:secret@host/db"
    work = load_production(ROOT / "conf" / "schedule" / "default.yaml", {"BAROMETER_DATABASE_URL": url})
    assert work.database == url and "secret" not in repr(work)


@pytest.mark.parametrize(
    ("section", "values", "expected"),
    [
        ("sample", {"strategy": "bald"}, "sample.strategy = 'bald': .*needs samples"),
        ("sample", {"strategy": "hope"}, "unknown strategy 'hope'; expected one of"),
        ("refresh", {"when": {"cron": "0 * * * *", "every_minutes": 5}}, "give either cron or every_minutes"),
        ("refresh", {"when": {}}, "give either cron or every_minutes"),
        ("refresh", {"score_days": 10**6}, "refresh.score_days = 1000000: .*less than or equal to 36500"),
        ("clean_up", {"keep_title_days": 3}, "clean_up.keep_title_days = 3: .*greater than or equal to 31"),
    ],
)
def test_invalid_settings_are_reported(tmp_path: Path, section: str, values: dict[str, Any], expected: str) -> None:
    path = tmp_path / "schedule.yaml"
    path.write_text(yaml.safe_dump({section: values}))
    with pytest.raises(SettingsError, match=expected):
        load_production(path, {})


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no file of the schedule"):
        load_production(tmp_path / "none.yaml", {})
