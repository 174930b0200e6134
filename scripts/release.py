"""Releases the model that the pipeline exported: measures it, copies it to models/NAME, and tracks it with DVC.

python -m scripts.release [--source FOLDER]; afterwards commit models/NAME.dvc and dvc-remote/.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from barometer.card import CARD, MODEL, read_card
from barometer.predictor import Predictor, available_cores
from barometer.release import FAST, NAMES
from scripts.bench import seconds, texts

MODELS = Path("models")
_ROUNDS, _HEADLINES = 3, 1000


def measure(folder: Path) -> dict[str, Any]:
    """Size and speed of an artifact on this machine: the median of three rounds over 1,000 headlines."""
    predictor, lines = Predictor.load(folder), texts(_HEADLINES)
    predictor.predict_proba(lines[:100])
    rate = round(
        len(lines) / statistics.median(seconds(lambda: predictor.predict_proba(lines)) for _ in range(_ROUNDS))
    )
    size = (folder / MODEL).stat().st_size
    return {"bytes": size, "headlines_per_second": rate, "cores": available_cores(), "runtime": predictor.runtime}


def release(name: str, source: Path) -> None:
    """Copy an artifact to `models/NAME`, with the measurements in its card, and track it with DVC."""
    card = read_card(source)
    target = MODELS / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    card = replace(card, speed=measure(target))
    (target / CARD).write_text(card.to_json(), encoding="utf-8")
    for command in (["add"], ["push"]):
        subprocess.run([sys.executable, "-m", "dvc", *command, "-q", str(target)], check=True)
    print(f"{target}: version {card.version}, {card.speed}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NAMES, nargs="?", default=FAST, help="name of the release")
    parser.add_argument("--source", type=Path, default=Path("outputs/artifacts/bert"))
    arguments = parser.parse_args()
    release(arguments.name, arguments.source)


if __name__ == "__main__":
    main()
