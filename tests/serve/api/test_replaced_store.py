"""A data API whose SQLite file is replaced, deleted, restored or of other tables while it answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version
from serve.api.data_api import create_data_api
from serve.api.store import store_opener

NOW = datetime(2025, 2, 3, 9, tzinfo=UTC)
FilledStore = Callable[[str, float], Path]


@pytest.fixture
def filled(sqlite_template: Path, tmp_path: Path, save_scored: Callable[..., list[int]]) -> FilledStore:
    """Makes a file with one headline: `filled(name, positive)`; its model version is the name."""

    def make(name: str, positive: float) -> Path:
        path = tmp_path / name
        path.write_bytes(sqlite_template.read_bytes())
        engine = open_engine(f"sqlite:///{path}")
        save_scored(engine, name, [(NOW - timedelta(hours=1), positive, ())])
        with writing(engine) as connection:
            activate_version(connection, name, NOW)
        engine.dispose()
        return path

    return make


@pytest.fixture
def served(run: Any, settings_with: Any, filled: FilledStore) -> Iterator[tuple[httpx.Client, Path]]:
    path = filled("first", 0.75)
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{path}"), clock=lambda: NOW)) as client:
        assert client.get("/health").json()["model_version"] == "first"
        yield client, path


def value(client: httpx.Client) -> float:
    return float(client.get("/v1/barometer").json()["value"])


def test_answers_come_from_the_new_file(served: tuple[httpx.Client, Path], filled: FilledStore) -> None:
    client, path = served
    assert value(client) == pytest.approx(0.75)
    filled("second", 0.25).replace(path)
    assert value(client) == pytest.approx(0.25)
    assert client.get("/health").json()["model_version"] == "second"


def test_missing_file_is_not_ready(served: tuple[httpx.Client, Path], filled: FilledStore) -> None:
    client, path = served
    path.unlink()
    for _ in range(2):
        health, asked = client.get("/health"), client.get("/v1/barometer")
        assert (health.status_code, asked.status_code, asked.headers["Retry-After"]) == (503, 503, "5")
        assert "file first is missing" in health.json()["reason"]
    filled("restored", 0.5).replace(path)
    assert client.get("/health").status_code == 200
    assert value(client) == pytest.approx(0.5)


def test_file_without_tables_is_not_ready(served: tuple[httpx.Client, Path]) -> None:
    client, path = served
    (path.parent / "empty").touch()
    (path.parent / "empty").replace(path)
    health = client.get("/health")
    assert (health.status_code, "barometer db upgrade" in health.json()["reason"]) == (503, True)
