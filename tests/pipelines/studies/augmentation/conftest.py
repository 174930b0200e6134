"""Tiny language models with random weights, made here: what a hub model is to the augmenters, without a hub."""

import warnings
from pathlib import Path

import pytest

WORDS = ("bitcoin", "ethereum", "price", "rises", "falls", "hits", "record", "high", "low", "amid", "new", "rules")


@pytest.fixture(scope="session")
def titles() -> list[str]:
    return [
        "Bitcoin price rises amid new rules",
        "Ethereum falls, hits record low",
        "New rules: bitcoin hits record high",
        "Price of $10,000 rises in the U.S. as bitcoin's halving nears",
    ]


@pytest.fixture(scope="session")
def masked_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT masked language model over WORDS."""
    from transformers import BertConfig, BertForMaskedLM, BertTokenizer, set_seed

    folder = tmp_path_factory.mktemp("masked")
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s", ",", ":"]
    BertTokenizer(vocab={token: i for i, token in enumerate(tokens)}).save_pretrained(folder)
    set_seed(0)
    config = BertConfig(
        vocab_size=len(tokens), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def short_translations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights find no end of a sentence, so translations stop early."""
    monkeypatch.setattr("pipelines.studies.augmentation.methods.language_models._MAX_NEW_TOKENS", 8)


@pytest.fixture(scope="session")
def marian_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two Marian translation models over a SentencePiece vocabulary of WORDS."""
    there, back = tmp_path_factory.mktemp("there"), tmp_path_factory.mktemp("back")
    for seed, folder in enumerate((there, back)):
        _write_marian(folder, seed)
    return there, back


def _write_marian(folder: Path, seed: int) -> None:
    import json

    import sentencepiece
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer, set_seed

    (folder / "words.txt").write_text("\n".join(" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "words.txt"), model_prefix=str(folder / "source"), vocab_size=50, minloglevel=2,
        hard_vocab_limit=False,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.model"))
    vocabulary = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    order = ["</s>", "<unk>", *[piece for piece in vocabulary if piece not in {"<s>", "</s>", "<unk>"}], "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(order)}))
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes((folder / "source.model").read_bytes())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
        MarianTokenizer(
            str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")
        ).save_pretrained(folder)
    set_seed(seed)
    pad = len(order) - 1
    config = MarianConfig(
        vocab_size=len(order), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=128,
        pad_token_id=pad, eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=0,
        init_std=1.0,  # so that what is read changes what is written
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
