"""Fixtures that several areas share: a tiny transformer backbone, tiny corpora, where the real corpora lie."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

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
