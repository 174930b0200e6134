"""Starts a Label Studio and signs people in, for tests and benchmarks."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

OWNER, PASSWORD = "admin@example.org", "a password of tests"
_START_SECONDS = 600.0


@contextmanager
def running(program: Path, folder: Path) -> Iterator[str]:
    """A Label Studio whose SQLite file is in a folder, from its first answer on; its address.

    Raises:
        RuntimeError: if it does not start, with the end of its log.
    """
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    variables = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "DJANGO_DB": "sqlite", "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "PATH": os.environ["PATH"], "HOME": str(folder),
    }  # fmt: skip
    command = [
        str(program), "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1",
        "--username", OWNER, "--password", PASSWORD,
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=variables, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process, folder / "log")
            yield url
        finally:
            process.terminate()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError(f"Label Studio did not start:\n{log.read_text()[-2000:]}")


def signed_in(url: str, email: str = OWNER, invitation: str = "") -> httpx.Client:
    """A client of somebody's session; with an invitation (`?token=...`), of somebody who signs up now."""
    http = httpx.Client(
        base_url=url, follow_redirects=True, timeout=60, limits=httpx.Limits(max_keepalive_connections=0)
    )
    path = f"/user/signup/{invitation}" if invitation else "/user/login/"
    http.get(path)
    form = {"csrfmiddlewaretoken": http.cookies["csrftoken"], "email": email, "password": PASSWORD}
    http.post(path, data=form, headers={"Referer": url})
    http.headers.update({"X-CSRFToken": http.cookies["csrftoken"], "Referer": url})
    return http
