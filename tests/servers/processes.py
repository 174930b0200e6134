"""Server processes, their ports, and waiting for them."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 300) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"still not after {seconds} s"
        time.sleep(0.2)
    return found


@contextmanager
def running(words: list[str], address: str, log: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server process, from its first answer on."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, stdout=output, stderr=output, cwd=log.parent, env=environment, start_new_session=True
        )
    until = time.monotonic() + 600
    try:
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:  # on a busy machine; its workers are of its group
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
