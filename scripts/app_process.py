"""The app in a process of its own, over news made for the occasion: what is measured and photographed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts.bench_api import free_port

_PATIENCE = 120.0


def sample_news(folder: Path, headlines: Path, model: Path) -> Path:
    """Crawl and score 30 days of sample news that end now; the store that holds them, in `folder`.

    Raises:
        SystemExit: if that fails; why is in the messages above.
    """
    options = ["--headlines", str(headlines), "--model", str(model), "--folder", str(folder)]
    done = subprocess.run([sys.executable, "-m", "scripts.demo_news", *options], stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit("no sample news could be made; run `make demo` first")
    return folder / "barometer.db"


@contextmanager
def running_app(store: Path, model: Path) -> Iterator[str]:
    """The app over a store and a model artifact; gives its address, at once."""
    port = free_port()
    changes = {"DATABASE_URL": f"sqlite:///{store.resolve()}", "MODEL": str(model), "APP_PORT": str(port),
               "RATE_PER_SECOND": "1000000", "RATE_BURST": "1000000", "LOG_LEVEL": "warning"}  # fmt: skip
    environment = {**os.environ, **{f"BAROMETER_{key}": value for key, value in changes.items()}}
    process = subprocess.Popen([sys.executable, "-m", "serve.app"], env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_until(url: str, path: str, found: str) -> float:
    """Ask for `path` until the answer holds `found`; seconds waited.

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
    raise SystemExit(f"{url}{path} did not answer with {found!r} within {_PATIENCE:.0f} s; its messages are above")
