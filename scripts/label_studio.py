"""A Label Studio for tests and benchmarks, in an environment of its own: `python -m scripts.label_studio FOLDER`.

Whoever asks second for an installation waits for the first.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

REQUIREMENT = "label-studio==1.23.*"
VARIABLE = "BAROMETER_LABEL_STUDIO"  # the program, where it is installed already
OWNER, PASSWORD = "admin@example.org", "a password of tests"
FOLDER = Path(".pytest_cache/d/label-studio")  # where the tests install it
_START_SECONDS = 600.0


def install(folder: Path) -> Path:
    """Install Label Studio into a folder unless it is there; returns its program.

    Raises:
        RuntimeError: with pip's last line, if it cannot be installed.
    """
    with alone(folder):
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            words = ["install", "--quiet", "--no-compile", REQUIREMENT]
            done = subprocess.run([str(folder / "bin/pip"), *words], stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise RuntimeError("".join(done.stderr.strip().splitlines()[-1:]))
            (folder / "complete").touch()
    return folder / "bin" / "label-studio"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from making the same folder meanwhile; makes it if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def installed() -> Path | None:
    """The program: what BAROMETER_LABEL_STUDIO names, what the tests installed, or what is on the path."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    if (FOLDER / "complete").exists():
        return FOLDER / "bin" / "label-studio"
    found = shutil.which("label-studio")
    return Path(found) if found else None


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


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
    except RuntimeError as problem:
        sys.exit(f"Label Studio cannot be installed: {problem}")
