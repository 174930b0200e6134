"""A news site, a store and settings for the steps of production, and a Prefect server of the session's own."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from barometer.live.demo_feeds import serve_folder, write_feeds
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.standing import active_version

TITLES = [
    "Bitcoin surges past its old record as funds buy more",
    "Ethereum crashes after a large exchange halts withdrawals",
    "Regulator publishes new rules for staking in the spring",
    "Solana recovers after a long night without new blocks",
]
Configure = Callable[..., Path]


@pytest.fixture(scope="session")
def feed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a feed of TITLES, of the last days."""
    folder = tmp_path_factory.mktemp("feeds")
    (file,) = write_feeds([(title, "demo") for title in TITLES], folder, datetime.now(UTC), timedelta(days=2)).values()
    with serve_folder(folder) as base:
        yield f"{base}/{file.name}"


@pytest.fixture
def shown() -> Callable[[str], str | None]:
    """Reads from the store of a URL the model version whose scores the barometer shows."""

    def read(url: str) -> str | None:
        engine = open_engine(url)
        with reading(engine) as connection:
            version = active_version(connection)
        engine.dispose()
        return version

    return read


@pytest.fixture
def configure(tmp_path: Path, feed_url: str, tfidf_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Writes the settings: `configure(store_url, [addresses], section={...})` gives the file; sets the environment."""

    def write(store_url: str, addresses: list[str] | None = None, **sections: dict[str, Any]) -> Path:
        feeds, config = tmp_path / "feeds.yaml", tmp_path / "schedule.yaml"
        addresses = [feed_url] if addresses is None else addresses
        rules = {"fetch": {"allow_hosts": ["127.0.0.1"]}, "poll": {"interval_minutes": 0, "backoff_minutes": 0}}
        feeds.write_text(yaml.safe_dump({"addresses": addresses} | rules))
        config.write_text(yaml.safe_dump({"feeds": str(feeds)} | sections))
        monkeypatch.setenv("BAROMETER_DATABASE_URL", store_url)
        monkeypatch.setenv("BAROMETER_MODEL", str(tfidf_artifact))
        return config

    return write


@pytest.fixture(scope="session", autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Prefect, imported by the tests and not before, keeps its state out of the home folder and sends no telemetry."""
    os.environ |= {"PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")), "DO_NOT_TRACK": "1"}
    os.environ |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


@pytest.fixture(scope="session")
def prefect_server(_apart: None) -> Iterator[None]:
    """Prefect's own harness: flows run against a server with an empty database."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=600):
        yield
