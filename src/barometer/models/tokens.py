"""Texts as token ids, and batches of similar length (padding to a fixed length would waste most of the work)."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.utils.data import Sampler

TokenIds = list[list[int]]


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
