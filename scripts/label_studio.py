"""An environment with Label Studio, which the tests of annotation start: `python -m scripts.label_studio FOLDER`.

`make test` has it installed while it installs the rest. Whoever asks second waits for the first.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

VERSION = "1.23.*"
FOLDER = Path(".pytest_cache/d/label-studio")


def install(folder: Path) -> Path:
    """Install Label Studio into a folder unless it is there; returns its program.

    Raises:
        RuntimeError: with pip's last line, if it cannot be installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            words = ["install", "--quiet", "--no-compile", f"label-studio=={VERSION}"]
            done = subprocess.run([str(folder / "bin/pip"), *words], stderr=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise RuntimeError("".join(done.stderr.strip().splitlines()[-1:]))
            (folder / "complete").touch()
    return folder / "bin" / "label-studio"


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
    except RuntimeError as problem:
        sys.exit(f"Label Studio cannot be installed: {problem}")
