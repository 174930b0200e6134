"""The proof that exported graphs are the models they came from, and the search for an int8 graph that is close enough.

A graph over token ids is quantised to int8 (`barometer.ship.quantise`). If int8 strays too far in an installed runtime,
the layers with the largest errors get their full precision back; if that does not help, fp32 ships.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from barometer.models.base import Floats
from barometer.runtimes import ONNXRUNTIME
from barometer.settings import ExportSettings
from barometer.ship.quantise import Feed, StaticQuantiser

_BATCH = 32
_GROUPS_LEFT_OUT = (0, 1, 2, 4)  # of linear layers that read the same tensor


class ParityError(RuntimeError):
    """An exported graph does not give its source model's probabilities."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How a graph compares with its source model over the N texts of the test part.

    Attributes:
        max_difference: largest absolute difference of a probability.
        agreement: share of texts with the same arg max.
        accuracy_loss: source's accuracy minus the graph's, as a share.
    """

    texts: int
    max_difference: float
    agreement: float
    accuracy_loss: float


def compare(source: Floats, exported: Floats, labels: "np.ndarray[Any, Any]") -> Parity:
    """Compare probabilities of shape (N, 3) of a source model and its graph on texts with N labels."""
    a, b = source.argmax(axis=1), exported.argmax(axis=1)
    return Parity(
        texts=len(labels),
        max_difference=float(np.abs(source - exported).max()),
        agreement=float((a == b).mean()),
        accuracy_loss=float((a == labels).mean() - (b == labels).mean()),
    )


def compare_all(source: Floats, exported: Mapping[str, Floats], labels: "np.ndarray[Any, Any]") -> dict[str, Parity]:
    """The same for probabilities by runtime."""
    return {runtime: compare(source, found, labels) for runtime, found in exported.items()}


def check_fp32(parity: Parity, settings: ExportSettings) -> None:
    """Raise ParityError if a full-precision graph strays beyond `export.fp32_tolerance`."""
    if not parity.max_difference <= settings.fp32_tolerance:
        raise ParityError(
            f"a probability differs by {parity.max_difference:.2e} between model and graph over {parity.texts} texts; "
            f"export.fp32_tolerance allows {settings.fp32_tolerance:.0e}"
        )


def int8_is_good(parity: Parity, settings: ExportSettings) -> bool:
    """Whether a quantised graph agrees with its source often enough and loses little accuracy."""
    return parity.agreement >= settings.int8_min_agreement and parity.accuracy_loss <= settings.int8_max_accuracy_loss


def feeds(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Feed]:
    """The inputs of a graph for texts, in batches of similar length."""
    from barometer.models.encoders import pad, sorted_batches, tokenise  # noqa: PLC0415 - torch, which tf-idf needs not

    ids = tokenise(tokenizer, texts)
    batches = [pad([ids[i] for i in batch]) for batch in sorted_batches([len(row) for row in ids], _BATCH)]
    return [{"input_ids": rows.numpy(), "attention_mask": mask.numpy()} for rows, mask in batches]


def by_runtime(parities: Mapping[str, Parity]) -> dict[str, Any]:
    """Parities for a card: onnxruntime's, which is everywhere, and the others' under their names."""
    others = {runtime: asdict(parity) for runtime, parity in parities.items() if runtime != ONNXRUNTIME}
    return asdict(parities[ONNXRUNTIME]) | others


def best_int8(
    quantiser: StaticQuantiser,
    folder: Path,
    score: Callable[[Path], Mapping[str, Floats]],
    source: Floats,
    labels: "np.ndarray[Any, Any]",
    settings: ExportSettings,
) -> tuple[Path | None, list[dict[str, Any]]]:
    """Quantise with ever more layers left out until one graph is good enough in every runtime.

    Args:
        quantiser: of the fp32 graph.
        folder: where graphs are written.
        score: a graph -> its probabilities of the N texts by runtime.
        source: the source model's probabilities, shape (N, 3).
        labels: N class indices.
        settings: what is good enough.

    Returns:
        The first good int8 graph or None, and what was tried, with the parity in each runtime.
    """
    tried = []
    for left_out in _GROUPS_LEFT_OUT:
        path = folder / f"int8-{left_out}.onnx"
        quantiser.write(path, left_out)
        parities = compare_all(source, score(path), labels)
        good = all(int8_is_good(parity, settings) for parity in parities.values())
        tried.append({"layers_left_out": left_out, "accepted": good, **by_runtime(parities)})
        if good:
            return path, tried
    return None, tried
