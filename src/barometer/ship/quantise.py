"""Static int8 for the ONNX graph of a transformer, in nodes that every runtime knows (QuantizeLinear and its reverse).

The encoder's linear layers read integers, with ranges fixed by calibration texts: a headline's result does not depend
on its batch. Attention, normalisation, activation functions and heads stay in full precision; word embeddings are
stored as integers. `barometer.ship.rounding` says how integers are chosen.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from barometer.ship.rounding import (
    Floats,
    IntegerWeights,
    Rounding,
    best_rounding,
    compensated_weights,
    integer_rows,
    mean_error,
    share_of_error,
)

Feed = dict[str, NDArray[np.int64]]

_AT_ONCE = 8  # tensors whose contents are held in memory
_TOKEN_IDS = "input_ids"  # noqa: S105


class _Layer(NamedTuple):
    """A linear layer in the graph: the product with weights (inputs, outputs), and the sum with a bias (outputs,)."""

    product: Any
    weights: Floats
    sum: Any
    bias: Floats


class StaticQuantiser:
    """Measures the linear layers of a graph on calibration texts, and writes the graph with integers in them.

    Layers that read the same tensor (query, key and value) share its integers. They form a group.

    Attributes:
        errors: largest squared error of a layer's outputs, as a share of their squares, in each group, by the tensor
            that it reads.
    """

    def __init__(self, fp32: Path, feeds: Sequence[Feed]) -> None:
        self._model = onnx.load(fp32)
        groups = _groups(self._model.graph)
        self.errors: dict[str, float] = {}
        self._roundings: dict[str, Rounding] = {}
        self._weights: dict[str, IntegerWeights] = {}
        self._shifts: dict[str, Floats] = {}
        names = list(groups)
        for start in range(0, len(names), _AT_ONCE):
            for name, x in _inputs(self._model, names[start : start + _AT_ONCE], feeds).items():
                self._measure(name, x, groups[name])

    def _measure(self, name: str, x: Floats, layers: Sequence[_Layer]) -> None:
        rounding = best_rounding(x, np.concatenate([layer.weights for layer in layers], axis=1))
        self._roundings[name] = rounding
        errors = []
        for layer in layers:
            rounded = compensated_weights(x, layer.weights, rounding)
            self._weights[layer.product.name] = rounded
            self._shifts[layer.product.name] = mean_error(x, layer.weights, rounding, rounded)
            errors.append(share_of_error(x, layer.weights, rounding, rounded))
        self.errors[name] = max(errors)

    def write(self, path: Path, groups_left_out: int = 0) -> None:
        """Write the int8 graph; the groups with the largest errors stay in full precision, as many as asked for."""
        spared = sorted(self.errors, key=self.errors.__getitem__, reverse=True)[:groups_left_out]
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        graph = model.graph
        before: dict[str, list[Any]] = {}
        for name, layers in _groups(graph).items():
            if name not in spared:
                before[layers[0].product.name] = _read_integers(graph, name, self._roundings[name])
                for layer in layers:
                    _multiply_integers(graph, layer.product, name, self._weights[layer.product.name])
                    _shift(graph, layer, self._shifts[layer.product.name])
        nodes = [new for node in graph.node for new in [*before.get(node.name, []), *_with_weights(graph, node)]]
        del graph.node[:]
        graph.node.extend(nodes)
        _drop_unused(graph)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def _constants(graph: "onnx.GraphProto") -> dict[str, Any]:
    return {tensor.name: tensor for tensor in graph.initializer}


def _groups(graph: "onnx.GraphProto") -> dict[str, list[_Layer]]:
    """Linear layers over token vectors by the tensor that they read, in the order of the graph."""
    constants = _constants(graph)
    sums = {
        name: (node, numpy_helper.to_array(constants[other]))
        for node in graph.node
        if node.op_type == "Add"
        for name, other in (node.input, reversed(node.input))
        if other in constants
    }
    groups: dict[str, list[_Layer]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in constants and node.output[0] in sums:
            weights = numpy_helper.to_array(constants[node.input[1]])
            groups.setdefault(node.input[0], []).append(_Layer(node, weights, *sums[node.output[0]]))
    return groups


def _inputs(model: "onnx.ModelProto", names: Sequence[str], feeds: Sequence[Feed]) -> dict[str, Floats]:
    """What the named tensors hold for the tokens of the texts, padding left out: (tokens, channels) each."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = ort.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, list[Floats]] = {name: [] for name in names}
    for feed in feeds:
        kept = feed["attention_mask"].astype(bool)
        for name, values in zip(names, session.run(names, feed), strict=True):
            found[name].append(values[kept])
    return {name: np.concatenate(values) for name, values in found.items()}


def _add(graph: "onnx.GraphProto", name: str, values: NDArray[Any]) -> str:
    graph.initializer.append(numpy_helper.from_array(values, name))
    return name


def _read_integers(graph: "onnx.GraphProto", name: str, rounding: Rounding) -> list[Any]:
    """Nodes that turn a tensor into integers and back: runtimes join the way back with the product that follows."""
    inverse = _add(graph, f"{name}/inverse", 1 / rounding.factors)
    scale = _add(graph, f"{name}/scale", np.array(rounding.scale, dtype=np.float32))
    zero = _add(graph, f"{name}/zero", np.array(rounding.zero, dtype=np.uint8))
    return [
        helper.make_node("Mul", [name, inverse], [f"{name}/smoothed"], f"{name}/Mul"),
        helper.make_node("QuantizeLinear", [f"{name}/smoothed", scale, zero], [f"{name}/integers"], f"{name}/Quantize"),
        helper.make_node("DequantizeLinear", [f"{name}/integers", scale, zero], [f"{name}/seen"], f"{name}/Dequantize"),
    ]


def _multiply_integers(graph: "onnx.GraphProto", product: "onnx.NodeProto", name: str, weights: IntegerWeights) -> None:
    """Point a product to integers on both sides; `_with_weights` adds the node that reads its weights."""
    _add(graph, f"{product.name}/integers", weights.integers)
    _add(graph, f"{product.name}/scales", weights.scales)
    _add(graph, f"{product.name}/zeros", np.zeros(len(weights.scales), dtype=np.int8))
    product.input[:] = [f"{name}/seen", f"{product.name}/weights"]


def _shift(graph: "onnx.GraphProto", layer: _Layer, by: Floats) -> None:
    bias = _add(graph, f"{layer.product.name}/bias", (layer.bias + by).astype(np.float32))
    layer.sum.input[:] = [layer.product.output[0], bias]


def _with_weights(graph: "onnx.GraphProto", node: "onnx.NodeProto") -> Iterator[Any]:
    """A node with what it needs before it: the way back of integer weights, or all of an embedding in integers."""
    constants = _constants(graph)
    if node.op_type == "MatMul" and node.input[1] == f"{node.name}/weights":
        parts = [f"{node.name}/{part}" for part in ("integers", "scales", "zeros")]
        yield helper.make_node("DequantizeLinear", parts, [node.input[1]], f"{node.name}/Dequantize", axis=1)
        yield node
    elif node.op_type == "Gather" and node.input[0] in constants and node.input[1] == _TOKEN_IDS:
        yield from _embed_integers(graph, node, numpy_helper.to_array(constants[node.input[0]]))
    else:
        yield node


def _embed_integers(graph: "onnx.GraphProto", node: "onnx.NodeProto", table: Floats) -> list[Any]:
    integers, scales = integer_rows(table)
    rows, steps = _add(graph, f"{node.name}/integers", integers), _add(graph, f"{node.name}/scales", scales)
    found, floats, step = (f"{node.name}/{part}" for part in ("found", "floats", "step"))
    return [
        helper.make_node("Gather", [rows, node.input[1]], [found], f"{node.name}/Gather"),
        helper.make_node("Cast", [found], [floats], f"{node.name}/Cast", to=TensorProto.FLOAT),
        helper.make_node("Gather", [steps, node.input[1]], [step], f"{node.name}/Step"),
        helper.make_node("Mul", [floats, step], [node.output[0]], f"{node.name}/Mul"),
    ]


def _drop_unused(graph: "onnx.GraphProto") -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
