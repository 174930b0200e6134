"""The runtimes of a graph: onnxruntime; OpenVINO where it is installed and the processor multiplies integers.

Both read the same file. OpenVINO is imported only if it is chosen.
"""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from barometer.card import ArtifactError

VARIABLE = "BAROMETER_RUNTIME"
AUTO, ONNXRUNTIME, OPENVINO = "auto", "onnxruntime", "openvino"
# Flags of processors with instructions for products of 8-bit integers, without which OpenVINO gains little.
_INTEGER_FLAGS = frozenset({"amx_int8", "avx512_vnni", "avx_vnni"})
_PROCESSOR = Path("/proc/cpuinfo")


class RuntimeChoiceError(ArtifactError):
    """The requested runtime is unknown or not installed."""


class Graph(Protocol):
    """A loaded graph; safe to share between threads, each of which runs it on one core."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs in the graph's order."""
        ...


def installed() -> list[str]:
    """The runtimes that can be chosen here, onnxruntime first."""
    return [ONNXRUNTIME, *([OPENVINO] if find_spec(OPENVINO) else [])]


def choose(asked: str | None, precision: str) -> str:
    """Choose the runtime for a graph over token ids.

    Args:
        asked: `onnxruntime`, `openvino`, or `auto`: OpenVINO if it is installed, the graph holds integers and this
            processor multiplies them; if None, the environment variable BAROMETER_RUNTIME, or `auto`.
        precision: of the graph, as its card has it.

    Raises:
        RuntimeChoiceError: if it is unknown or not installed.
    """
    asked = asked or os.environ.get(VARIABLE) or AUTO
    if asked not in {AUTO, ONNXRUNTIME, OPENVINO}:
        raise RuntimeChoiceError(f"{VARIABLE} is {asked!r}; expected {AUTO}, {ONNXRUNTIME} or {OPENVINO}")
    if asked == AUTO:
        return OPENVINO if precision == "int8" and OPENVINO in installed() and _multiplies_integers() else ONNXRUNTIME
    if asked not in installed():
        raise RuntimeChoiceError(f"{VARIABLE} is {asked!r}, which is not installed: pip install {asked}")
    return asked


def quick_start() -> str:
    """The runtime for a program that must answer at once: the environment's, or the one that loads fastest."""
    return os.environ.get(VARIABLE) or ONNXRUNTIME


def _multiplies_integers() -> bool:
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not _INTEGER_FLAGS.isdisjoint(flags)


def open_graph(path: Path, runtime: str, threads: int) -> Graph:
    """Load a graph that `threads` threads will run at once."""
    return _OpenVino(path, threads) if runtime == OPENVINO else _OnnxRuntime(path)


class _OnnxRuntime:
    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        # The matrices are too small to share between cores: parallel runs are faster.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        outputs: list[NDArray[Any]] = self._session.run(None, dict(inputs))
        return outputs


class _OpenVino:
    def __init__(self, path: Path, threads: int) -> None:
        import openvino  # noqa: PLC0415 - heavy, and not always installed

        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
            # By default its threads stay on the first cores, and so do those of every other process that uses it.
            "ENABLE_CPU_PINNING": False,
            # Everything else stays fp32: by default it becomes bf16 on processors that support it.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        model = openvino.Core().compile_model(str(path), "CPU", settings)
        self._outputs = range(len(model.outputs))
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self._idle.put(model.create_infer_request())
        # OpenVINO's first run fills tables of its own. Two threads that do so at once wait for each other for ever.
        self.run({port.any_name: np.ones([1] * len(port.partial_shape), np.int64) for port in model.inputs})

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        request = self._idle.get()
        try:
            results = request.infer(dict(inputs))
            return [results[k] for k in self._outputs]
        finally:
            self._idle.put(request)
