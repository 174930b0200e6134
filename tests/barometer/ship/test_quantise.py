"""Int8 graphs: what is quantised, what stays, and that every runtime gives the same."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from barometer.card import read_card
from barometer.predictor import Predictor
from barometer.runtimes import installed
from barometer.ship.quantise import StaticQuantiser

GROUPS = 8  # two layers, each with four tensors that linear layers read


def graph_of(quantiser: StaticQuantiser, folder: Path, left_out: int) -> Any:
    quantiser.write(folder / f"{left_out}.onnx", left_out)
    return onnx.load(folder / f"{left_out}.onnx").graph


def int8_tables(graph: Any) -> list[tuple[int, ...]]:
    """Shapes of all matrices of integers."""
    return [tuple(t.dims) for t in graph.initializer if t.data_type == onnx.TensorProto.INT8 and len(t.dims) == 2]


def test_linear_layers_and_embeddings_are_integers(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    graph = graph_of(tiny_quantiser, tmp_path, 0)
    # A layer has six weight matrices: query, key, value, attention output and two of the feed-forward network.
    shapes = int8_tables(graph)
    assert len(shapes) == 13
    assert sorted(set(shapes))[:3] == [(32, 32), (32, 64), (64, 32)]
    assert sum(node.op_type == "QuantizeLinear" for node in graph.node) == GROUPS


def test_batches_set_no_range(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    graph = graph_of(tiny_quantiser, tmp_path, 0)
    constants = {tensor.name for tensor in graph.initializer}
    ranges = [node.input[1:] for node in graph.node if node.op_type in {"QuantizeLinear", "DequantizeLinear"}]
    assert all(name in constants for names in ranges for name in names)
    assert not any(node.op_type == "DynamicQuantizeLinear" for node in graph.node)


@pytest.mark.parametrize("left_out", [1, 3, GROUPS])
def test_the_worst_groups_stay_fp32(tiny_quantiser: StaticQuantiser, tmp_path: Path, left_out: int) -> None:
    graph = graph_of(tiny_quantiser, tmp_path, left_out)
    read = {node.name.removesuffix("/Quantize") for node in graph.node if node.op_type == "QuantizeLinear"}
    kept = set(sorted(tiny_quantiser.errors, key=lambda name: tiny_quantiser.errors[name])[: GROUPS - left_out])
    assert read == kept


def test_writing_leaves_the_quantiser_unchanged(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    graph_of(tiny_quantiser, tmp_path, 0)
    first = (tmp_path / "0.onnx").read_bytes()
    graph_of(tiny_quantiser, tmp_path, 2)
    graph_of(tiny_quantiser, tmp_path, 0)
    assert (tmp_path / "0.onnx").read_bytes() == first


def test_nothing_unused_is_written(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    graph = graph_of(tiny_quantiser, tmp_path, 0)
    used = {name for node in graph.node for name in node.input}
    assert {tensor.name for tensor in graph.initializer} <= used
    floats = sum(numpy_helper.to_array(t).size for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT)
    integers = sum(numpy_helper.to_array(t).size for t in graph.initializer if t.data_type == onnx.TensorProto.INT8)
    assert floats < integers / 2


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_int8_agrees_with_fp32_everywhere(
    runtime: str, tiny_artifact: Path, int8_artifact: Path, headlines: list[tuple[str, int]]
) -> None:
    if runtime not in installed():
        pytest.skip(f"{runtime} is not installed")
    texts = [text for text, _ in headlines]
    source = Predictor.load(tiny_artifact, runtime="onnxruntime").predict_proba(texts)
    found = Predictor.load(int8_artifact, runtime=runtime).predict_proba(texts)
    assert (found.argmax(axis=1) == source.argmax(axis=1)).mean() >= 0.985
    assert np.abs(found - source).max() < 0.1
    assert read_card(int8_artifact).version != read_card(tiny_artifact).version
