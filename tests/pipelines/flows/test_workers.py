"""Several workers of one Prefect server on one PostgreSQL: real processes, real requests, a real kill."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
import sqlalchemy as sa
import yaml

from barometer.live.demo_feeds import write_feeds
from tests.servers.feeds import served
from tests.servers.processes import until

ROOT = Path(__file__).resolve().parents[3]
FEEDS, AT_ONCE = 12, 2  # AT_ONCE requests of each crawl
WORKERS = 3
REFRESH = "refresh/barometer"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("prefect_server"),
    # Prefect's client leaves connections to the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]


class Site:
    """Feeds that count who asks, and answer only once `open` is set."""

    def __init__(self, folder: Path) -> None:
        self.asked: Counter[str] = Counter()
        self.open = threading.Event()
        self.folder = folder
        self.lock = threading.Lock()

    def body(self, path: str) -> bytes | None:
        if path == "/robots.txt":
            return None
        with self.lock:
            self.asked[path] += 1
        self.open.wait(120)
        return (self.folder / path[1:]).read_bytes()


def kill(process: subprocess.Popen[bytes]) -> None:
    """A worker and the run that it started, as a machine that loses its power does."""
    with suppress(psutil.NoSuchProcess):
        worker = psutil.Process(process.pid)
        for each in [worker, *worker.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()


@contextmanager
def worker(pool: str, name: str, api: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--name", name, "--limit", "1"]
    environment = os.environ | {"PREFECT_API_URL": api, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        yield process
    except AssertionError as error:
        error.add_note(log.read_text()[-5000:])
        raise
    finally:
        kill(process)


@pytest.fixture
def api(prefect_server: None) -> str:
    """The address of the session's Prefect server."""
    from prefect.settings import get_current_settings

    return str(get_current_settings().api.url)


@pytest.fixture
def pool(prefect_server: None) -> str:
    """A work pool whose workers run flows as processes."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="barometer", type="process", base_job_template=template))
    return "barometer"


def states(known: Collection[UUID] = ()) -> dict[UUID, str]:
    """The states of the runs of deployments that are not `known`."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs()
    return {run.id: str(run.state_name) for run in runs if run.deployment_id is not None and run.id not in known}


def rows(url: str, statement: str) -> list[Any]:
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = list(connection.exec_driver_sql(statement).all())
    engine.dispose()
    return found


def many_feeds(folder: Path) -> tuple[list[str], Site]:
    titles = [(f"Exchange number {n} lists coin number {n + 1}", f"source {n % FEEDS:02}") for n in range(2 * FEEDS)]
    write_feeds(titles, folder, datetime.now(UTC), timedelta(days=2))
    return [title for title, _ in titles], Site(folder)


@pytest.mark.long
def test_killed_worker_loses_no_headline(
    configure: Callable[..., Path], postgresql_url: str, api: str, pool: str, tmp_path: Path
) -> None:
    from prefect.deployments import run_deployment

    from pipelines.flows.deployments import deploy_to
    from pipelines.flows.settings import load_production

    earlier = states()
    titles, site = many_feeds(tmp_path / "feeds")
    with served(site.body) as base:
        addresses = [f"{base}/{file.name}" for file in sorted((tmp_path / "feeds").iterdir())]
        config = configure(postgresql_url, addresses, refresh={"at_once": WORKERS})
        slow = {"allow_hosts": ["127.0.0.1"], "concurrency": AT_ONCE, "per_host": AT_ONCE}
        rules = {"fetch": slow, "poll": {"lease_seconds": 8}, "filters": {"order": ["recent", "words"]}}
        (tmp_path / "feeds.yaml").write_text(yaml.safe_dump({"addresses": addresses, **rules}))
        deploy_to(pool, load_production(config).settings, config, ROOT)
        log = tmp_path / "log"
        with worker(pool, "a", api, log) as dies, worker(pool, "b", api, log), worker(pool, "c", api, log):
            for _ in range(WORKERS):
                run_deployment(REFRESH, timeout=0, as_subflow=False)
            until(lambda: len(site.asked) == WORKERS * AT_ONCE)  # all three are in the middle of their crawl
            kill(dies)
            site.open.set()
            until(lambda: list(states(earlier).values()).count("Completed") == WORKERS - 1)
    # What the killed worker had asked and not read is asked again, everything else once.
    assert sorted(site.asked.values()) == [1] * (FEEDS - AT_ONCE) + [2] * AT_ONCE
    assert sorted(rows(postgresql_url, "SELECT title FROM news_titles")) == sorted((title,) for title in titles)
    assert rows(postgresql_url, "SELECT count(*), count(DISTINCT title_id) FROM model_predictions") == [(24, 24)]
    assert sorted(states(earlier).values()) == ["Completed", "Completed", "Running"]  # nobody reports the dead one


def test_schedule_serves_a_named_server(
    configure: Callable[..., Path], postgresql_url: str, api: str, tmp_path: Path
) -> None:
    earlier, config = states(), configure(postgresql_url, refresh={"at_once": WORKERS + 1})  # beside those killed
    command = [sys.executable, "-m", "barometer.cli.main", "schedule", "--config", str(config)]
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_HOME"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment | {"PREFECT_API_URL": api}, stdout=log, stderr=log
        )
        try:
            until(lambda: "Completed" in states(earlier).values() or process.poll() is not None)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 0, (tmp_path / "log").read_text()[-5000:]
        finally:
            kill(process)
    assert rows(postgresql_url, "SELECT count(*), count(DISTINCT title_id) FROM model_predictions") == [(4, 4)]
    assert not (tmp_path / "outputs" / "prefect" / "prefect.db").exists()
