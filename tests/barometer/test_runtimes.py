"""The choice of a runtime: by what is asked for, what is installed, and what the processor has."""

import subprocess
import sys
from pathlib import Path

import pytest

from barometer import runtimes
from barometer.card import MODEL, ArtifactError
from barometer.predictor import Predictor
from barometer.runtimes import RuntimeChoiceError, choose, quick_start

BOTH = ["onnxruntime", "openvino"]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with both runtimes and a processor that multiplies integers; nothing is asked for."""
    monkeypatch.delenv("BAROMETER_RUNTIME", raising=False)
    monkeypatch.setattr(runtimes, "installed", lambda: BOTH)
    processor(monkeypatch, tmp_path, "fpu avx2 avx512_vnni")


def processor(monkeypatch: pytest.MonkeyPatch, folder: Path, flags: str) -> None:
    (folder / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t: {flags}\n")
    monkeypatch.setattr(runtimes, "_PROCESSOR", folder / "cpuinfo")


@pytest.mark.usefixtures("machine")
def test_integers_prefer_processors_that_multiply_them() -> None:
    assert choose(None, "int8") == "openvino"
    assert choose(None, "fp32") == "onnxruntime"


@pytest.mark.usefixtures("machine")
def test_a_processor_without_them_takes_onnxruntime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    processor(monkeypatch, tmp_path, "fpu avx2 avx512f")
    assert choose("auto", "int8") == "onnxruntime"
    monkeypatch.setattr(runtimes, "_PROCESSOR", tmp_path / "nowhere")
    assert choose("auto", "int8") == "onnxruntime"


@pytest.mark.usefixtures("machine")
def test_what_is_asked_for_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_RUNTIME", "onnxruntime")
    assert choose(None, "int8") == "onnxruntime"
    assert choose("openvino", "fp32") == "openvino"
    monkeypatch.setenv("BAROMETER_RUNTIME", "")
    assert choose(None, "int8") == "openvino"


@pytest.mark.usefixtures("machine")
def test_what_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "installed", lambda: BOTH[:1])
    assert choose(None, "int8") == "onnxruntime"
    with pytest.raises(RuntimeChoiceError, match=r"BAROMETER_RUNTIME.*openvino.*pip install openvino"):
        choose("openvino", "int8")


@pytest.mark.usefixtures("machine")
def test_a_quick_start_loads_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quick_start() == "onnxruntime"
    monkeypatch.setenv("BAROMETER_RUNTIME", "openvino")
    assert quick_start() == "openvino"


@pytest.mark.usefixtures("machine")
def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(ArtifactError, match="'tensorrt'; expected auto, onnxruntime or openvino"):
        choose("tensorrt", "int8")


@pytest.mark.parametrize(
    ("artifact", "asked", "told"),
    [
        ("int8_artifact", "onnxruntime", "onnxruntime int8"),
        ("int8_artifact", "openvino", "openvino int8"),
        ("tiny_artifact", "auto", "onnxruntime fp32"),
        ("tfidf_artifact", "openvino", "onnxruntime fp32"),
    ],
)
def test_a_predictor_tells_what_runs_it(artifact: str, asked: str, told: str, request: pytest.FixtureRequest) -> None:
    if asked not in [*runtimes.installed(), "auto"]:
        pytest.skip(f"{asked} is not installed")
    assert Predictor.load(request.getfixturevalue(artifact), runtime=asked).runtime == told


FIRST_RUNS = """
import sys
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
import numpy as np
from barometer.runtimes import OPENVINO, open_graph
sys.setswitchinterval(1e-6)
graph, start = open_graph(Path(sys.argv[1]), OPENVINO, 8), Barrier(8)
tokens, answers = np.ones((1, 8), np.int64), []
def run():
    start.wait()
    answers.append(graph.run({"input_ids": tokens, "attention_mask": tokens})[0])
threads = [Thread(target=run) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(answers), all(np.array_equal(answer, answers[0]) for answer in answers))
"""


@pytest.mark.slow
@pytest.mark.skipif("openvino" not in runtimes.installed(), reason="openvino is not installed")
def test_first_runs_at_once_all_end(int8_artifact: Path) -> None:
    command = [sys.executable, "-c", FIRST_RUNS, str(int8_artifact / MODEL)]
    for _ in range(4):  # threads that met in OpenVINO's first run held each other up once in six times
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout == "8 True\n"
