"""Fixtures that several areas share: a tiny transformer backbone, tiny corpora, where the real corpora lie."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from barometer.models.base import Examples
    from barometer.models.tfidf import TfidfClassifier
    from barometer.models.transformer import TransformerClassifier

ROOT = Path(__file__).resolve().parents[1]
REAL_CORPORA = ROOT.parent / "shared" / "corpora"

POSITIVE = ("surges", "rallies", "soars", "wins approval", "gains", "recovers", "jumps", "hits record high")
NEGATIVE = ("crashes", "plunges", "slumps", "faces lawsuit", "loses", "is hacked", "drops", "halts withdrawals")
NEUTRAL = ("explained", "publishes report", "holds conference", "names new officer", "schedules vote", "guide")
COINS = ("Bitcoin", "Ethereum", "Solana", "XRP", "Cardano", "Dogecoin", "Litecoin", "Polkadot", "Tron", "Chainlink")


def synthetic_headlines() -> list[tuple[str, int]]:
    """About 220 easy headlines with their classes: enough for a tiny model to learn from."""
    return [
        (f"{coin} {words} in week {week}", label)
        for label, phrases in enumerate((NEGATIVE, NEUTRAL, POSITIVE))
        for week, words in enumerate(phrases)
        for coin in COINS
    ]


@pytest.fixture(scope="session")
def headlines() -> list[tuple[str, int]]:
    """Easy headlines with classes 0, 1, 2, in a seeded random order."""
    rows = synthetic_headlines()
    order = np.random.default_rng(3).permutation(len(rows))
    return [rows[i] for i in order]


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a randomly initialised BERT (2 layers, 32 wide) and a WordPiece tokenizer for `headlines`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("backbone")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text for text, _ in synthetic_headlines()], trainer)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    fast.save_pretrained(folder)
    set_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def examples(headlines: list[tuple[str, int]]) -> "Examples":
    """`headlines` as training examples, each certain of its class."""
    from barometer.models.base import Examples

    texts = [text for text, _ in headlines]
    return Examples(texts, np.eye(3)[[label for _, label in headlines]], np.ones(len(texts)))


@pytest.fixture(scope="session")
def tiny_bert(tiny_backbone: Path, examples: "Examples") -> "TransformerClassifier":
    """A transformer of the project's own kind, fitted on `headlines` in a few seconds."""
    from barometer.models.transformer import build
    from barometer.settings import BackboneSettings

    settings = {
        "epochs": 2,
        "patience": 2,
        "batch_size": 16,
        "lr": 5e-3,
        "head_lr_factor": 1.0,
        "layer_decay": 1.0,
        "weight_decay": 0.0,
        "warmup_share": 0.1,
        "dropout": 0.1,
        "label_smoothing": 0.1,
        "freeze_embeddings": False,
        "auxiliary": "none",
        "auxiliary_weight": 1.0,
        "auxiliary_epochs": 1,
    }
    model = build(settings, BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32), 0)
    model.fit(examples, examples)
    return model


@pytest.fixture(scope="session")
def tiny_tfidf(examples: "Examples") -> "TfidfClassifier":
    """A tf-idf model fitted on `headlines`."""
    from barometer.models.tfidf import build
    from barometer.settings import BackboneSettings

    settings = {"word_ngrams": [1, 2], "char_ngrams": [2, 4], "min_count": 2, "C": 3.0, "auxiliary_weight": 0.0}
    model = build(settings, BackboneSettings(name="none", source="none", max_length=32), 0)
    model.fit(examples, examples)
    return model


@pytest.fixture(scope="session")
def tiny_artifact(tiny_bert: "TransformerClassifier", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of `tiny_bert` in fp32, temperature 1.5."""
    from barometer.ship.export import export_transformer

    graph = tmp_path_factory.mktemp("fp32") / "fp32.onnx"
    export_transformer(tiny_bert, 1.5, graph)
    return _bert_artifact(graph, "fp32", tiny_bert, tmp_path_factory.mktemp("artifacts") / "bert")


@pytest.fixture(scope="session")
def int8_artifact(
    tiny_artifact: Path, tiny_bert: "TransformerClassifier", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The artifact of `tiny_bert` with every layer quantised."""
    from barometer.ship.export import quantise

    graph = tmp_path_factory.mktemp("int8") / "int8.onnx"
    quantise(tiny_artifact / "model.onnx", graph, 0)
    return _bert_artifact(graph, "int8", tiny_bert, tmp_path_factory.mktemp("artifacts") / "int8")


def _bert_artifact(graph: Path, precision: str, model: "TransformerClassifier", folder: Path) -> Path:
    from barometer.ship.artifact import write_artifact

    tokenizer = graph.with_name("tokenizer.json")
    model.tokenizer.save(str(tokenizer))
    write_artifact(
        folder,
        {"model.onnx": graph, "tokenizer.json": tokenizer},
        name="bert",
        model_input="tokens",
        max_length=32,
        precision=precision,
        temperature=1.5,
        metrics={},
        parity={},
        data_version="d",
        code_version="c",
    )
    return folder


@pytest.fixture(scope="session")
def tfidf_artifact(tiny_tfidf: "TfidfClassifier", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of `tiny_tfidf`, temperature 0.8."""
    from barometer.ship.artifact import write_artifact
    from barometer.ship.export import export_tfidf

    folder = tmp_path_factory.mktemp("artifacts") / "tfidf"
    graph = tmp_path_factory.mktemp("graphs") / "tfidf.onnx"
    export_tfidf(tiny_tfidf, 0.8, graph)
    write_artifact(
        folder,
        {"model.onnx": graph},
        name="tfidf",
        model_input="text",
        max_length=None,
        precision="fp32",
        temperature=0.8,
        metrics={},
        parity={},
        data_version="d",
        code_version="c",
    )
    return folder


@pytest.fixture
def real_corpora() -> Path:
    """The folder of real corpora; tests that ask for it are marked `real_data`."""
    if not REAL_CORPORA.is_dir():
        pytest.skip("the real corpora are not beside the repository")
    return REAL_CORPORA


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    """Run the test in an empty working folder."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
