import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import serve.space.run as running
from serve.api.settings import ApiSettingsError, read_environment
from serve.space.refresh import SpaceSettings
from serve.space.run import data_folder, place_store


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SpaceSettings]:
    def load(**variables: object) -> SpaceSettings:
        for name, value in variables.items():
            monkeypatch.setenv(f"BAROMETER_{name.upper()}", str(value))
        return read_environment(SpaceSettings)

    return load


Load = Callable[..., SpaceSettings]


def test_store_survives_a_restart(settings: Load, sqlite_template: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.db"
    snapshot.write_bytes(sqlite_template.read_bytes())
    snapshot.chmod(0o444)
    loaded = settings(data=tmp_path / "data", snapshot=snapshot)
    url = place_store(loaded)
    assert url == f"sqlite:///{tmp_path / 'data' / 'barometer.db'}"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store, store:
        store.execute("INSERT INTO runs VALUES ('crawl', '2024-05-18 00:00:00')")
    assert place_store(loaded) == url
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert snapshot.read_bytes() == sqlite_template.read_bytes()


def test_own_database_replaces_the_snapshot(settings: Load, postgresql_url: str) -> None:
    assert place_store(settings(database_url=postgresql_url, snapshot="/nowhere")) == postgresql_url


def test_persistent_storage_is_preferred(settings: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "PERSISTENT", tmp_path / "data")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    temporary = data_folder(settings())
    assert temporary.is_dir() and temporary != data_folder(settings())
    (tmp_path / "data").mkdir()
    assert data_folder(settings()) == tmp_path / "data"


def test_a_bad_setting_is_named(settings: Load) -> None:
    with pytest.raises(ApiSettingsError, match="BAROMETER_REFRESH_HOURS = '0'"):
        settings(refresh_hours=0)
