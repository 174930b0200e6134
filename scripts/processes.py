"""Services in processes of their own, news made for the occasion, and how latencies are summed up."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

_PATIENCE = 120.0


def free_port() -> int:
    """A port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_service(service: str, **settings: str) -> Iterator[str]:
    """`barometer serve SERVICE` (model, data or app) without rate limits; gives its address at once.

    Args:
        service: its name.
        settings: further variables, without their prefix BAROMETER_.
    """
    port = free_port()
    settings |= {f"{service.upper()}_PORT": str(port), "LOG_LEVEL": "warning"}
    settings |= {"RATE_PER_SECOND": "1000000", "RATE_BURST": "1000000"}
    environment = os.environ | {f"BAROMETER_{name}": value for name, value in settings.items()}
    process = subprocess.Popen([sys.executable, "-m", "barometer.cli.main", "serve", service], env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def app_over_news(folder: Path, headlines: Path, model: Path) -> Iterator[str]:
    """The app over 30 days of sample news that end now, crawled and scored into `folder`; gives its address at once.

    Raises:
        SystemExit: if there is no news; the reason is in the messages above.
    """
    options = ["--headlines", str(headlines), "--model", str(model), "--folder", str(folder)]
    done = subprocess.run([sys.executable, "-m", "scripts.demo_news", *options], stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit("no sample news could be made; run `make demo` first")
    store = f"sqlite:///{(folder / 'barometer.db').resolve()}"
    unlimited = dict.fromkeys(("JOBS_PER_SECOND", "JOBS_BURST", "JOBS_PER_CLIENT", "MAX_JOBS"), "1000000")
    with running_service("app", DATABASE_URL=store, MODEL=str(model), **unlimited) as url:
        yield url


def wait_until(url: str, path: str, found: str) -> float:
    """Request `path` until the answer holds `found`; return the seconds waited.

    Raises:
        SystemExit: if that takes more than two minutes.
    """
    start = time.monotonic()
    with httpx.Client(base_url=url, trust_env=False, timeout=_PATIENCE) as client:
        while time.monotonic() < start + _PATIENCE:
            try:
                if found in client.get(path).text:
                    return time.monotonic() - start
            except httpx.TransportError:
                pass
            time.sleep(0.02)
    raise SystemExit(f"{url}{path} did not answer with {found!r} within {_PATIENCE:.0f} s; see its messages above")


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile of one or more values, interpolated within them."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def latency_cells(milliseconds: Sequence[float], digits: int) -> str:
    """Cells of a table: median, 95th and 99th percentile and maximum."""
    figures = (*(percentile(milliseconds, percent) for percent in (50, 95, 99)), max(milliseconds))
    return " | ".join(f"{figure:.{digits}f}" for figure in figures)
