"""The app as people meet it: served on a free port over a store with known scores, and driven in Chromium."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import structlog
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from sqlalchemy import Engine

from barometer.headline import headline_id
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.standing import activate_version, record_run
from barometer.live.store.titles import save_titles
from barometer.predictor import Predictor
from scripts.browser import chromium
from serve.api.run import opener, server_config
from serve.api.settings import AppSettings
from serve.app.application import create_app

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSION = "0123456789ab"
# Title, hours before NOW, positive probability, coins. Of what is not positive, two thirds are negative.
Row = tuple[str, float, float, tuple[str, ...]]

LAST_DAY: tuple[Row, ...] = (
    ("Bitcoin soars to a record high", 1, 0.9, ("BTC",)),
    ("Ether and bitcoin drop", 2, 0.1, ("BTC", "ETH")),
    ("Ether jumps on upgrade", 20, 0.8, ("ETH",)),
)


def _older_rows() -> Iterator[Row]:
    """Two headlines a day for the 40 days before the last, of 0.3 and 0.5; of them, one in three days is about BTC."""
    for day in range(1, 41):
        coins = ("BTC",) if day % 3 == 0 else ()
        yield f"Bitcoin quiet on day {day}", 24 * day + 3, 0.3, coins
        yield f"Market gains on day {day}", 24 * day + 6, 0.5, ()


def _fill(engine: Engine, rows: tuple[Row, ...], refreshed_at: datetime | None) -> None:
    titles = [
        NewsTitle(headline_id(text), text, "example.org", f"https://example.org/{number}",
                  NOW - timedelta(hours=hours), NOW, frozenset(coins))
        for number, (text, hours, _, coins) in enumerate(rows)
    ]  # fmt: skip
    scores = [Prediction(headline_id(text), ((1 - p) * 2 / 3, (1 - p) / 3, p)) for text, _, p, _ in rows]
    with writing(engine) as connection:
        save_titles(connection, titles)
        save_predictions(connection, VERSION, scores, NOW)
        activate_version(connection, VERSION, NOW)
        for step in ("crawl", "score"):
            if refreshed_at is not None:
                record_run(connection, step, refreshed_at)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What libraries of the app warn of is no error here: the app runs within the tests' process."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            for deprecated in ("'future.no_silent_downcasting'", "The copy keyword"):  # gradio 6 with pandas 3
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{deprecated}:DeprecationWarning"))


@pytest.fixture(scope="session")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Makes a store: `seeded(rows, refreshed_at)` gives its URL; without arguments, the rows that `seed` tells of."""

    def make(rows: tuple[Row, ...] | None = None, refreshed_at: datetime | None = NOW - timedelta(minutes=30)) -> str:
        url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('store') / 'barometer.db')}"
        engine = open_engine(url)
        _fill(engine, (*LAST_DAY, *_older_rows()) if rows is None else rows, refreshed_at)
        engine.dispose()
        return url

    return make


@pytest.fixture(scope="session")
def seed() -> SimpleNamespace:
    """What the default store holds: `now` (of the app's clock, too), `version`, `last_day` (rows of the last 24 h)."""
    return SimpleNamespace(now=NOW, version=VERSION, last_day=LAST_DAY)


StartApp = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> StartApp:
    """Serves the app: `with start_app(database_url=..., model=...) as url`; any field of `AppSettings` can be given.

    What is not given does not exist: no store, no model, no reports, no market data. `clock` is NOW unless given.
    """

    @contextmanager
    def start(clock: Callable[[], datetime] = lambda: NOW, **changes: object) -> Iterator[str]:
        nothing = tmp_path_factory.mktemp("nothing")
        values = {
            "rate_per_second": 1e6, "rate_burst": 1_000_000, "model_poll_seconds": 0.2, "shutdown_seconds": 1,
            "database_url": f"sqlite:///{nothing}/barometer.db", "model": nothing / "model",
            "reports": nothing / "reports", "market": nothing / "market",
        }  # fmt: skip
        settings = AppSettings.model_validate({**values, **changes})
        server = uvicorn.Server(
            server_config(create_app(settings, opener(settings), Predictor.load, clock), 0, settings)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            end = time.monotonic() + 60
            while not server.started:
                assert thread.is_alive() and time.monotonic() < end, "the app did not start"
                time.sleep(0.02)
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()

    return start


@pytest.fixture(scope="module")
def app_url(start_app: StartApp, seeded: Callable[..., str], tiny_artifact: Path) -> Iterator[str]:
    """The address of an app over the default store, with a small real model; tests change nothing in it."""
    with start_app(database_url=seeded(), model=tiny_artifact) as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def _quiet_logs() -> Iterator[None]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")  # Playwright keeps an event loop running, in which other tests could start none
def browser() -> Iterator[Browser]:
    """Chromium, as `CHROMIUM` names it or as it is found; without one the tests fail."""
    expect.set_options(timeout=30_000)  # a busy machine of two cores takes its time
    try:
        with chromium() as found:
            yield found
    except SystemExit as error:
        pytest.fail(f"no tests of the app: {error}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page: `open_page(url, width=390, dark=True)`.

    At the end of the test, errors on the console (but those with the words `expected`), errors of scripts and requests
    to other hosts fail it.
    """
    contexts = []
    problems: list[str] = []

    def look(page: Page, host: str, expected: str) -> None:
        def asked(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != host:
                problems.append(f"request to another host: {request.url}")

        page.on("request", asked)
        page.on("pageerror", lambda error: problems.append(f"error of a script: {error}"))

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not (expected and expected in message.text):
                problems.append(f"console: {message.text}")

        page.on("console", said)

    def go(
        url: str, width: int = 1200, height: int = 900, dark: bool = False, wait: str = "load", expected: str = ""
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        look(page, urlsplit(url).netloc, expected)
        page.goto(url, wait_until=wait)  # type: ignore[arg-type]
        return page

    yield go
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(open_page: Callable[..., Page], app_url: str) -> Page:
    """The default app, opened at its first page in a window of 1200 by 900."""
    return open_page(app_url)
