"""tf-idf and logistic regression as an ONNX graph over the n-grams that a text has.

A graph over strings makes a row of all n-grams for every text, hundreds of thousands of numbers of which some two
hundred are not 0, and ran at 4,800 headlines a second.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET = 17
_IR_VERSION = 10  # what onnxruntime 1.20 reads
_TINY = 1e-12
# Each line is an operator, what it reads, and what it gives.
_NODES = (
    ("Gather", "idf terms", "rarity"),
    ("Mul", "counts rarity", "weights"),
    ("Less", "terms first_char", "is_word"),
    ("Where", "is_word weights zero", "words"),
    ("Where", "is_word zero weights", "chars"),
    ("ReduceL2", "words", "words_norm"),
    ("ReduceL2", "chars", "chars_norm"),
    ("Where", "is_word words_norm chars_norm", "norm"),
    ("Max", "norm tiny", "norm_above_0"),
    ("Div", "weights norm_above_0", "normed"),
    ("Unsqueeze", "normed row_axis", "row"),
    ("Gather", "coefficients terms", "slopes"),
    ("MatMul", "row slopes", "products"),
    ("Squeeze", "products row_axis", "sums"),
    ("Add", "sums intercepts", "logits"),
    ("Softmax", "logits", "probabilities"),
)
_ATTRIBUTES: dict[str, dict[str, Any]] = {"ReduceL2": {"axes": [1], "keepdims": 1}, "Softmax": {"axis": -1}}


def write_tfidf_graph(
    path: Path,
    idf: NDArray[np.floating[Any]],
    coefficients: NDArray[np.floating[Any]],
    intercepts: NDArray[np.floating[Any]],
    first_char: int,
    temperature: float,
) -> None:
    """Write the graph: ids and counts of n-grams, both (N, most in a text) -> probabilities (N, 3).

    Args:
        path: the file.
        idf: inverse document frequencies of the n-grams, in the order of `barometer.ngrams.Vocabulary`.
        coefficients, intercepts: of the logistic regression, shapes (3, n-grams) and (3,).
        first_char: the id of the first n-gram of characters.
        temperature: what logits are divided by.
    """
    constants: dict[str, NDArray[Any]] = {
        "idf": idf.astype(np.float32),
        "coefficients": (coefficients.T / temperature).astype(np.float32),
        "intercepts": (intercepts / temperature).astype(np.float32),
        "first_char": np.array(first_char, dtype=np.int64),
        "zero": np.array(0, dtype=np.float32),
        "tiny": np.array(_TINY, dtype=np.float32),
        "row_axis": np.array([1], dtype=np.int64),
    }
    onnx.save(_model(constants), path)


def _model(constants: dict[str, NDArray[Any]]) -> "onnx.ModelProto":
    nodes = [
        helper.make_node(operator, read.split(), [given], given, **_ATTRIBUTES.get(operator, {}))
        for operator, read, given in _NODES
    ]
    graph = helper.make_graph(
        nodes,
        "tfidf",
        [
            helper.make_tensor_value_info("terms", TensorProto.INT64, ["texts", "n-grams"]),
            helper.make_tensor_value_info("counts", TensorProto.FLOAT, ["texts", "n-grams"]),
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["texts", 3])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opset = [helper.make_opsetid("", _OPSET)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
    onnx.checker.check_model(made)
    return made
