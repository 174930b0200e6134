"""The bench of models: every engine and runtime has its row."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from barometer.runtimes import installed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_every_engine_and_runtime_is_measured(int8_artifact: Path) -> None:
    command = [sys.executable, "-m", "scripts.bench", str(int8_artifact), "--headlines", "40", "--rounds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = re.findall(r"^\| (.+?) \| [\d,]+ \| \d+\.\d \|$", done.stdout, re.MULTILINE)
    assert rows[:3] == [
        "torch eager, batch 32",
        "onnxruntime fp32, batch 32 by length",
        "onnxruntime int8, batch 32 by length",
    ]
    assert [f"predictor, {runtime} int8" for runtime in installed()] == rows[3 : 3 + len(installed())]
    assert len(re.findall(r"^\| start to first answer, median \| \d+\.\d\d s \|$", done.stdout, re.MULTILINE)) == len(
        installed()
    )
