"""The fine-tuned transformer as a learner: the shipped kind of model, at minutes for every question."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from barometer.labels import N_CLASSES
from barometer.models.base import Examples
from barometer.models.encoders import pad, sorted_batches, tokenise
from barometer.models.metrics import Labels
from barometer.models.transformer import PREDICTION_BATCH, TransformerClassifier, build
from barometer.query.diversity import Floats, Indices
from barometer.settings import BackboneSettings
from pipelines.studies.active_learning.learners import Beliefs, LastLayer, softmax


class FineTunedLearner:
    """Fine-tunes the configured backbone from its pre-trained weights at every fit; `validation` only stops it."""

    def __init__(
        self,
        pool: Sequence[str],
        test: Sequence[str],
        validation: Examples,
        settings: Mapping[str, Any],
        backbone: BackboneSettings,
    ) -> None:
        self.pool, self.test, self.validation = list(pool), list(test), validation
        self.settings, self.backbone = settings, backbone

    def fit(self, chosen: Indices, labels: Labels, seed: int) -> Beliefs:
        """Fine-tune; the seed decides the new layer, what is dropped and the order of batches."""
        texts = [self.pool[i] for i in chosen]
        model = build(self.settings, self.backbone, seed)
        model.fit(Examples(texts, np.eye(N_CLASSES)[labels], np.ones(len(texts))), self.validation)
        head = model.network.head
        weight, bias = head.weight.detach().numpy().T, head.bias.detach().numpy()
        pool, test = pooled(model, self.pool), pooled(model, self.test)
        last = LastLayer(pool, weight, bias, model.settings.dropout)
        return Beliefs(softmax(pool @ weight + bias), softmax(test @ weight + bias), last)


def pooled(model: TransformerClassifier, texts: Sequence[str]) -> Floats:
    """What enters the linear layer for each of N texts, without dropout, shape (N, width of the encoder)."""
    ids = tokenise(model.tokenizer, texts)
    network = model.network.eval()
    vectors = np.empty((len(ids), network.head.in_features), dtype=np.float32)
    seen: list[torch.Tensor] = []
    hook = network.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        for batch in sorted_batches([len(row) for row in ids], PREDICTION_BATCH):
            network(*pad([ids[i] for i in batch]))
            vectors[batch] = seen.pop().numpy()
    hook.remove()
    return vectors
