import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_nothing_is_lost_during_model_swaps(int8_artifact: Path, tiny_artifact: Path) -> None:
    options = ["--model", str(int8_artifact), "--other", str(tiny_artifact), "--rate", "20", "--seconds", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench_api", *options], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows = re.findall(r"^\| (one model|model swapped 4 times) \| 20 \| 60 \| 0 \| [\d.]+ \|", done.stdout, re.MULTILINE)
    assert rows == ["one model", "model swapped 4 times"]
