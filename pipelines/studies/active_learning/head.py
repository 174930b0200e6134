"""A small network with dropout over frozen sentence vectors: the stand-in for fine-tuning, a thousand times cheaper."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from barometer.labels import N_CLASSES
from barometer.models.metrics import Labels
from barometer.query.diversity import Floats, Indices
from pipelines.studies.active_learning.learners import Beliefs, LastLayer, softmax
from pipelines.studies.active_learning.settings import HeadSettings


class HeadLearner:
    """One hidden layer (ReLU), dropout, a linear layer; full-batch AdamW with a learning rate that falls to 0."""

    def __init__(self, pool: Floats, test: Floats, settings: HeadSettings) -> None:
        # The encoder's vectors have length 1; scaled so, a coordinate has a variance of about 1.
        scale = np.sqrt(pool.shape[1])
        self.pool = (pool * scale).astype(np.float32)
        self.test = (test * scale).astype(np.float32)
        self.settings = settings

    def fit(self, chosen: Indices, labels: Labels, seed: int) -> Beliefs:
        """Train from a fresh start; the seed decides where it starts and what is dropped."""
        first, shift, weight, bias = self._train(torch.from_numpy(self.pool[chosen]), torch.tensor(labels), seed)
        hidden, hidden_test = (np.maximum(part @ first + shift, 0) for part in (self.pool, self.test))
        return Beliefs(
            softmax(hidden @ weight + bias),
            softmax(hidden_test @ weight + bias),
            LastLayer(hidden, weight, bias, self.settings.dropout),
        )

    def _train(self, vectors: torch.Tensor, labels: torch.Tensor, seed: int) -> list[Floats]:
        settings, generator = self.settings, torch.Generator().manual_seed(seed)
        parameters = _start(vectors.shape[1], settings.hidden, generator)
        first, shift, weight, bias = parameters
        optimiser = torch.optim.AdamW(parameters, settings.lr, weight_decay=settings.weight_decay, fused=True)
        decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, settings.steps)
        for _ in range(settings.steps):
            hidden = torch.relu(vectors @ first + shift)
            kept = torch.rand(hidden.shape, generator=generator) >= settings.dropout
            loss = cross_entropy((hidden * kept / (1 - settings.dropout)) @ weight + bias, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            decay.step()
        return [parameter.detach().numpy() for parameter in parameters]


def _start(width: int, hidden: int, generator: torch.Generator) -> list[torch.Tensor]:
    """Weights drawn after He et al. (2015), biases 0."""
    shapes = ((width, hidden), (hidden, N_CLASSES))
    weights = [torch.randn(shape, generator=generator) * (2 / shape[0]) ** 0.5 for shape in shapes]
    first, weight = (w.requires_grad_() for w in weights)
    return [first, torch.zeros(hidden, requires_grad=True), weight, torch.zeros(N_CLASSES, requires_grad=True)]
