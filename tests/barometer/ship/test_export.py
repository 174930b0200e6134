"""Exported graphs are the same models: parity, temperature, and how much of a graph is quantised."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from barometer.card import read_card
from barometer.headline import normalise_title
from barometer.models.base import Floats
from barometer.models.tfidf import TfidfClassifier
from barometer.models.transformer import TransformerClassifier
from barometer.predictor import Predictor
from barometer.settings import ExportSettings
from barometer.ship.artifact import write_artifact
from barometer.ship.export import (
    Parity,
    ParityError,
    best_int8,
    check_fp32,
    compare,
    export_tfidf,
    export_transformer,
    int8_is_good,
    quantise,
)

SETTINGS = ExportSettings(fp32_tolerance=1e-4, int8_min_agreement=0.98, int8_max_accuracy_loss=0.005)
ODD_TEXTS = [
    "",
    " ",
    "a",
    "?!... --- $$$ %%%",
    "'",
    "100000 2021 3.5%",
    "Биткоин вырос до рекорда",
    "比特币价格大涨 🚀🚀",
    "İSTANBUL ISSIZ ẞtraße ﬁat",
    "e\u0301\u0302 combining",
    "Bitcoin\tsurges\nin week 0",
    "BITCOIN SURGES IN WEEK 0",
    "Bitcoin crashes " * 300,
    "x" * 1500,
]


def temper(probabilities: Floats, temperature: float) -> Floats:
    """What dividing the logits by `temperature` makes of probabilities."""
    powers = probabilities.astype(np.float64) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture
def texts(headlines: list[tuple[str, int]]) -> list[str]:
    return [normalise_title(text) for text in [*ODD_TEXTS, *(text for text, _ in headlines[:40])]]


def test_transformer_graph_gives_the_models_tempered_probabilities(
    tiny_bert: TransformerClassifier, tiny_artifact: Path, texts: list[str]
) -> None:
    expected = temper(tiny_bert.predict_proba(texts), 1.5)
    np.testing.assert_allclose(Predictor.load(tiny_artifact).predict_proba(texts), expected, atol=1e-4)


def test_transformer_graph_takes_padded_batches(tiny_bert: TransformerClassifier, tiny_artifact: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(tiny_artifact / "model.onnx")
    ids = np.array([tiny_bert.tokenizer.encode("Bitcoin surges").ids])
    alone = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    padded, mask = np.zeros((2, 20), dtype=np.int64), np.zeros((2, 20), dtype=np.int64)
    padded[0, : ids.shape[1]], mask[0, : ids.shape[1]], mask[1] = ids, 1, 1
    together = session.run(None, {"input_ids": padded, "attention_mask": mask})[0][0]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_tfidf_graph_gives_the_models_tempered_probabilities(
    tiny_tfidf: TfidfClassifier, tfidf_artifact: Path, texts: list[str]
) -> None:
    expected = temper(tiny_tfidf.predict_proba(texts), 0.8)
    np.testing.assert_allclose(Predictor.load(tfidf_artifact).predict_proba(texts), expected, atol=1e-4)


def test_temperature_is_inside_the_transformer_graph(
    tiny_bert: TransformerClassifier, tiny_artifact: Path, texts: list[str], tmp_path: Path
) -> None:
    export_transformer(tiny_bert, 5.0, tmp_path / "hot.onnx")
    hot = score(tiny_artifact, tmp_path / "hot.onnx", texts, tmp_path / "hot")
    np.testing.assert_allclose(hot, temper(tiny_bert.predict_proba(texts), 5.0), atol=1e-4)


def test_exporting_leaves_the_tfidf_model_as_it_was(
    tiny_tfidf: TfidfClassifier, texts: list[str], tmp_path: Path
) -> None:
    before = tiny_tfidf.predict_proba(texts)
    export_tfidf(tiny_tfidf, 3.0, tmp_path / "tfidf.onnx")
    np.testing.assert_array_equal(tiny_tfidf.predict_proba(texts), before)


def test_compare_measures_difference_agreement_and_loss() -> None:
    source = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    graph = np.array([[0.3, 0.6, 0.1], [0.2, 0.7, 0.1]])
    assert compare(source, graph, np.array([0, 1])) == Parity(2, pytest.approx(0.3), 0.5, 0.5)


def test_a_strayed_fp32_graph_is_refused() -> None:
    check_fp32(Parity(10, 1e-4, 1.0, 0.0), SETTINGS)
    with pytest.raises(ParityError, match=r"2\.00e-04.*10 texts"):
        check_fp32(Parity(10, 2e-4, 1.0, 0.0), SETTINGS)


def test_an_fp32_graph_that_gives_no_numbers_is_refused() -> None:
    with pytest.raises(ParityError):
        check_fp32(Parity(10, float("nan"), 1.0, 0.0), SETTINGS)


@pytest.mark.parametrize(
    ("agreement", "loss", "good"),
    [(0.98, 0.005, True), (0.9799, 0.0, False), (1.0, 0.0051, False), (0.99, -0.02, True), (1.0, float("nan"), False)],
)
def test_int8_is_good_at_its_bounds_and_not_beyond(agreement: float, loss: float, good: bool) -> None:
    assert int8_is_good(Parity(100, 0.1, agreement, loss), SETTINGS) is good


def test_layers_left_out_stay_fp32(tiny_artifact: Path, tmp_path: Path) -> None:
    left: dict[int, tuple[int, set[int]]] = {}
    for layers in (0, 1, 2):
        quantise(tiny_artifact / "model.onnx", tmp_path / f"{layers}.onnx", layers)
        names = [n.name for n in onnx.load(tmp_path / f"{layers}.onnx").graph.node if n.op_type == "MatMulInteger"]
        left[layers] = (len(names), {depth for depth in (0, 1) if any(f"layer.{depth}/" in name for name in names)})
    # A layer has six weight matrices: query, key, value, attention output and two of the feed-forward network.
    assert left == {0: (12, {0, 1}), 1: (6, {1}), 2: (0, set())}


def test_int8_weights_are_smaller(tiny_artifact: Path, int8_artifact: Path) -> None:
    initializers = onnx.load(int8_artifact / "model.onnx").graph.initializer
    assert sum(tensor.data_type == onnx.TensorProto.INT8 for tensor in initializers) >= 12
    assert read_card(int8_artifact).version != read_card(tiny_artifact).version


def score(like: Path, graph: Path, texts: list[str], folder: Path) -> Floats:
    """Probabilities that the predictor gets from a graph put into a copy of the artifact `like`."""
    card = read_card(like)
    write_artifact(
        folder,
        {"model.onnx": graph, "tokenizer.json": like / "tokenizer.json"},
        name=card.name,
        model_input=card.input,
        max_length=card.max_length,
        precision="candidate",
        calibration={"method": "temperature", "temperature": 1.5},
        metrics={},
        parity={},
        data_version="d",
        code_version="c",
    )
    return Predictor.load(folder).predict_proba(texts)


def test_the_first_int8_graph_that_is_good_enough_is_chosen(
    tiny_artifact: Path, texts: list[str], tmp_path: Path
) -> None:
    source = Predictor.load(tiny_artifact).predict_proba(texts)
    loose = SETTINGS.model_copy(update={"int8_min_agreement": 0.01, "int8_max_accuracy_loss": 1.0})
    path, tried = best_int8(
        tiny_artifact / "model.onnx",
        tmp_path,
        lambda graph: score(tiny_artifact, graph, texts, tmp_path / "candidate"),
        source,
        source.argmax(axis=1),
        loose,
    )
    assert path == tmp_path / "int8-0.onnx"
    assert [(t["layers_left_out"], t["accepted"], t["texts"]) for t in tried] == [(0, True, len(texts))]


def test_no_int8_graph_is_chosen_when_none_is_good_enough(tiny_artifact: Path, tmp_path: Path) -> None:
    source = np.tile([0.8, 0.1, 0.1], (4, 1))
    wrong = np.tile([0.1, 0.1, 0.8], (4, 1))
    path, tried = best_int8(
        tiny_artifact / "model.onnx", tmp_path, lambda _: wrong, source, np.zeros(4, dtype=int), SETTINGS
    )
    assert path is None
    assert [(t["layers_left_out"], t["accepted"], t["agreement"]) for t in tried] == [
        (0, False, 0.0),
        (1, False, 0.0),
        (2, False, 0.0),
    ]
