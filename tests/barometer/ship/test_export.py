"""Exported graphs are the same models: parity, temperature, and how much of a graph is quantised."""

from pathlib import Path

import numpy as np
import pytest

from barometer.card import read_card, write_artifact
from barometer.headline import normalise_title
from barometer.models.base import Floats
from barometer.models.tfidf import TfidfClassifier
from barometer.models.transformer import TransformerClassifier
from barometer.predictor import Predictor
from barometer.settings import ExportSettings
from barometer.ship.export import (
    Parity,
    ParityError,
    best_int8,
    check_fp32,
    compare,
    int8_is_good,
)
from barometer.ship.quantise import StaticQuantiser

SETTINGS = ExportSettings(fp32_tolerance=1e-4, int8_min_agreement=0.985, int8_max_accuracy_loss=0.005)
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


def test_transformer_graphs_give_tempered_probabilities(
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


def test_tfidf_graphs_give_tempered_probabilities(
    tiny_tfidf: TfidfClassifier, tfidf_artifact: Path, texts: list[str]
) -> None:
    expected = temper(tiny_tfidf.predict_proba(texts), 0.8)
    np.testing.assert_allclose(Predictor.load(tfidf_artifact).predict_proba(texts), expected, atol=1e-4)


def test_temperature_is_inside_the_transformer_graph(
    tiny_bert: TransformerClassifier, tiny_artifact: Path, texts: list[str], tmp_path: Path
) -> None:
    files = tiny_bert.export((5.0, 1.0), tmp_path / "graph")
    hot = score(tiny_artifact, files["model.onnx"], texts, tmp_path / "hot")
    np.testing.assert_allclose(hot, temper(tiny_bert.predict_proba(texts), 5.0), atol=1e-4)


def test_exporting_leaves_tfidf_unchanged(tiny_tfidf: TfidfClassifier, texts: list[str], tmp_path: Path) -> None:
    before = tiny_tfidf.predict_proba(texts)
    tiny_tfidf.export((3.0, 1.0), tmp_path)
    np.testing.assert_array_equal(tiny_tfidf.predict_proba(texts), before)


def test_compare_measures_difference_agreement_and_loss() -> None:
    source = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    graph = np.array([[0.3, 0.6, 0.1], [0.2, 0.7, 0.1]])
    assert compare(source, graph, np.array([0, 1])) == Parity(2, pytest.approx(0.3), 0.5, 0.5)


def test_a_strayed_fp32_graph_is_refused() -> None:
    check_fp32(Parity(10, 1e-4, 1.0, 0.0), SETTINGS)
    with pytest.raises(ParityError, match=r"2\.00e-04.*10 texts"):
        check_fp32(Parity(10, 2e-4, 1.0, 0.0), SETTINGS)


def test_a_graph_must_give_numbers() -> None:
    with pytest.raises(ParityError):
        check_fp32(Parity(10, float("nan"), 1.0, 0.0), SETTINGS)


@pytest.mark.parametrize(
    ("agreement", "loss", "good"),
    [(0.985, 0.005, True), (0.9849, 0.0, False), (1.0, 0.0051, False), (0.99, -0.02, True), (1.0, float("nan"), False)],
)
def test_int8_is_good_at_its_bounds(agreement: float, loss: float, good: bool) -> None:
    assert int8_is_good(Parity(100, 0.1, agreement, loss), SETTINGS) is good


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


def test_the_first_good_int8_is_chosen(
    tiny_artifact: Path, tiny_quantiser: StaticQuantiser, texts: list[str], tmp_path: Path
) -> None:
    source = Predictor.load(tiny_artifact).predict_proba(texts)
    loose = SETTINGS.model_copy(update={"int8_min_agreement": 0.01, "int8_max_accuracy_loss": 1.0})
    path, tried = best_int8(
        tiny_quantiser,
        tmp_path,
        lambda graph: {"onnxruntime": score(tiny_artifact, graph, texts, tmp_path / "candidate")},
        source,
        source.argmax(axis=1),
        loose,
    )
    assert path == tmp_path / "int8-0.onnx"
    assert [(t["layers_left_out"], t["accepted"], t["texts"]) for t in tried] == [(0, True, len(texts))]


def test_no_int8_is_chosen_if_bad(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    source = np.tile([0.8, 0.1, 0.1], (4, 1))
    wrong = np.tile([0.1, 0.1, 0.8], (4, 1))
    path, tried = best_int8(
        tiny_quantiser, tmp_path, lambda _: {"onnxruntime": wrong}, source, np.zeros(4, dtype=int), SETTINGS
    )
    assert path is None
    assert [(t["layers_left_out"], t["accepted"], t["agreement"]) for t in tried] == [
        (layers, False, 0.0) for layers in (0, 1, 2, 4)
    ]


def test_int8_must_suit_every_runtime(tiny_quantiser: StaticQuantiser, tmp_path: Path) -> None:
    source = np.tile([0.8, 0.1, 0.1], (4, 1))
    wrong = np.tile([0.1, 0.1, 0.8], (4, 1))
    path, tried = best_int8(
        tiny_quantiser,
        tmp_path,
        lambda graph: {"onnxruntime": source, "openvino": source if graph.name == "int8-2.onnx" else wrong},
        source,
        np.zeros(4, dtype=int),
        SETTINGS,
    )
    assert path == tmp_path / "int8-2.onnx"
    assert [(t["agreement"], t["openvino"]["agreement"]) for t in tried] == [(1.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
