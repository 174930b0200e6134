"""Vectors of headlines from the frozen encoder: the features of studies that cannot afford to fine-tune."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from barometer.models.backbone import load_encoder, load_tokenizer
from barometer.models.tokens import pad, sorted_batches, tokenise
from barometer.settings import BackboneSettings

_BATCH = 64


def embed(texts: Sequence[str], backbone: BackboneSettings) -> NDArray[np.float32]:
    """Mean of the token vectors of each of N texts, scaled to length 1, shape (N, width of the encoder).

    The order of the texts does not matter, but for rounding: batches are made by length.
    """
    encoder, tokenizer = load_encoder(backbone.source).eval(), load_tokenizer(backbone)
    vectors = np.empty((len(texts), encoder.config.hidden_size), dtype=np.float32)
    ids = tokenise(tokenizer, texts)
    with torch.inference_mode():
        for batch in tqdm(sorted_batches([len(row) for row in ids], _BATCH), desc="embedding", unit="batch"):
            input_ids, mask = pad([ids[i] for i in batch])
            states = encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            vectors[batch] = ((states * weights).sum(dim=1) / weights.sum(dim=1)).numpy()
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
