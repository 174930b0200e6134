"""A Label Studio for tests and benchmarks, in an environment of its own: `python -m scripts.label_studio FOLDER`.

`make test` installs it beside the rest, with a Python that has no packages. Whoever asks second waits for the first.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUIREMENT = "label-studio==1.23.*"
VARIABLE = "BAROMETER_LABEL_STUDIO"  # the program, where it is installed already
FOLDER = Path(".pytest_cache/d/label-studio")  # where the tests install it


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


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
    except RuntimeError as problem:
        sys.exit(f"Label Studio cannot be installed: {problem}")
