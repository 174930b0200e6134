"""The models that learn in the simulation: over tf-idf weights, over frozen vectors, and fine-tuned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field
from scipy.linalg import solve_triangular
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import cross_entropy

from barometer.labels import N_CLASSES
from barometer.models.base import Examples
from barometer.models.encoders import pad, sorted_batches, tokenise
from barometer.models.metrics import Labels
from barometer.models.tfidf import TfidfClassifier, TfidfSettings, prepare
from barometer.models.transformer import PREDICTION_BATCH, TransformerClassifier, build
from barometer.query.diversity import Floats, Indices
from barometer.query.strategies import Need
from barometer.settings import BackboneSettings, Positive, Section, Share
from pipelines.studies.active_learning.methods.beliefs import Beliefs, LastLayer, softmax

_JITTER = 1e-6  # keeps the Gram matrix positive definite where headlines repeat; a headline has a square of 2


class TfidfLearner:
    """Logistic regression over tf-idf weights, with the n-grams and the regularisation of the shipped model.

    The whole pool is vectorised once, without labels; only the regression is refitted.
    """

    def __init__(self, pool: Sequence[str], test: Sequence[str], settings: TfidfSettings, seed: int) -> None:
        features = TfidfClassifier(settings, seed).pipeline["features"]
        self.pool: csr_matrix = features.fit_transform([prepare(text) for text in pool]).astype(float)
        self.test: csr_matrix = features.transform([prepare(text) for text in test]).astype(float)
        self.C = settings.C

    def fit(self, chosen: Indices, labels: Labels, seed: int) -> Beliefs:
        """Fit the regression; a class without labels gets probability 0. The seed plays no part: the loss is convex."""
        classes = np.unique(labels)
        if len(classes) == 1:
            certain = np.eye(N_CLASSES)[classes]
            return Beliefs(certain.repeat(self.pool.shape[0], axis=0), certain.repeat(self.test.shape[0], axis=0))
        weight, bias = self._regress(self.pool[chosen], labels)
        pool, test = np.zeros((self.pool.shape[0], N_CLASSES)), np.zeros((self.test.shape[0], N_CLASSES))
        pool[:, classes] = softmax(self.pool @ weight + bias)
        test[:, classes] = softmax(self.test @ weight + bias)
        return Beliefs(pool, test)

    def _regress(self, features: csr_matrix, labels: Labels) -> tuple[Floats, Floats]:
        """Weights of shape (D, K) and biases (K,) of the K classes among `labels`.

        With an L2 penalty the best weights lie in the span of the n texts (the representer theorem; Schoelkopf et al.
        2001). So the regression is solved in n coordinates in place of tens of thousands, in a tenth of the time: rows
        of the Cholesky factor of the Gram matrix have the texts' own inner products.
        """
        gram = (features @ features.T).toarray()
        rows = np.linalg.cholesky(gram + _JITTER * np.eye(len(gram)))
        model = LogisticRegression(C=self.C, max_iter=1000).fit(rows, labels)
        coefficients, bias = model.coef_, model.intercept_
        if len(coefficients) == 1:  # two classes: one row of weights, in favour of the second class
            coefficients, bias = np.vstack([0 * coefficients, coefficients]), np.append(0.0, bias)
        in_texts = solve_triangular(rows.T, coefficients.T, lower=False)
        return np.asarray(features.T @ in_texts), bias


class HeadSettings(Section):
    """The network over frozen vectors: width of its hidden layer, dropout after it, and full-batch AdamW."""

    hidden: Positive
    dropout: Share
    steps: Positive
    lr: Annotated[float, Field(gt=0)]
    weight_decay: Annotated[float, Field(ge=0)]


class HeadLearner:
    """A small network over frozen sentence vectors: the stand-in for fine-tuning, a thousand times cheaper.

    One hidden layer (ReLU), dropout, a linear layer; full-batch AdamW with a learning rate that falls to 0.
    """

    def __init__(self, pool: Floats, test: Floats, settings: HeadSettings) -> None:
        # The encoder's vectors have length 1; scaled so, a coordinate has a variance of about 1.
        scale = np.sqrt(pool.shape[1])
        self.pool = (pool * scale).astype(np.float32)
        self.test = (test * scale).astype(np.float32)
        self.settings = settings

    def fit(self, chosen: Indices, labels: Labels, seed: int) -> Beliefs:
        """Train from scratch; the seed decides the initial weights and the dropout masks."""
        first, shift, weight, bias = self._train(torch.from_numpy(self.pool[chosen]), torch.tensor(labels), seed)
        hidden, hidden_test = (np.maximum(part @ first + shift, 0) for part in (self.pool, self.test))
        last = LastLayer(hidden, weight, bias, self.settings.dropout)
        return Beliefs(softmax(hidden @ weight + bias), softmax(hidden_test @ weight + bias), last)

    def _train(self, vectors: torch.Tensor, labels: torch.Tensor, seed: int) -> list[Floats]:
        settings, generator = self.settings, torch.Generator().manual_seed(seed)
        parameters = _initial_weights(vectors.shape[1], settings.hidden, generator)
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


def _initial_weights(width: int, hidden: int, generator: torch.Generator) -> list[torch.Tensor]:
    """Weights drawn as in He et al. (2015), biases 0."""
    shapes = ((width, hidden), (hidden, N_CLASSES))
    weights = [torch.randn(shape, generator=generator) * (2 / shape[0]) ** 0.5 for shape in shapes]
    first, weight = (w.requires_grad_() for w in weights)
    return [first, torch.zeros(hidden, requires_grad=True), weight, torch.zeros(N_CLASSES, requires_grad=True)]


class FineTunedLearner:
    """Fine-tunes the configured backbone from its pre-trained weights at every fit, which takes minutes.

    `validation` only decides when training stops.
    """

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
        """Fine-tune; the seed decides the new layer, the dropout masks and the order of batches."""
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


@dataclass(frozen=True, slots=True)
class LearnerKind:
    """A line of the table: a title, what it offers to strategies, and whether two fits differ by their seed."""

    title: str
    offers: frozenset[Need]
    seeded: bool


_ALL: frozenset[Need] = frozenset({"probabilities", "samples", "vectors"})
LEARNERS: dict[str, LearnerKind] = {
    "head": LearnerKind("network over frozen sentence vectors", _ALL, seeded=True),
    "tfidf": LearnerKind("tf-idf logistic regression", frozenset({"probabilities"}), seeded=False),
    "bert": LearnerKind("fine-tuned transformer", _ALL, seeded=True),
}
