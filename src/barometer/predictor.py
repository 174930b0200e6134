"""A model artifact -> probabilities of headlines; needs onnxruntime, tokenizers and numpy, nothing heavier."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from barometer.card import MODEL, TOKENIZER, VOCABULARY, ArtifactError, ModelCard, read_card
from barometer.headline import normalise_title
from barometer.labels import N_CLASSES
from barometer.ngrams import Vocabulary
from barometer.runtimes import ONNXRUNTIME, choose, open_graph

Probabilities = NDArray[np.float32]
BATCH = 32  # headlines per run
_COUNTED = 256  # the same for counts of n-grams


class Scores(NamedTuple):
    """The predictions of a model for N titles.

    Attributes:
        probabilities: calibrated, shape (N, 3), class order; rows sum to 1.
        news: the probability that each is news at all, shape (N,); 1 where the model does not predict it.
    """

    probabilities: Probabilities
    news: NDArray[np.float32]


class _Graph(Protocol):
    def run(self, texts: Sequence[str]) -> Scores: ...


class Predictor:
    """Scores headlines with one model version; safe to share between threads.

    Attributes:
        card: facts about the model.
        runtime: what runs the graph, and its precision, for example `openvino int8`.
        threads: how many batches are scored at once.
    """

    def __init__(self, card: ModelCard, graph: _Graph, runtime: str, threads: int) -> None:
        self.card = card
        self.runtime = runtime
        self.threads = threads
        self._graph = graph

    @classmethod
    def load(cls, folder: Path, threads: int | None = None, runtime: str | None = None) -> "Predictor":
        """Load a model artifact after checking every file's digest.

        Args:
            folder: the artifact.
            threads: how many batches are scored at once; all cores if not given.
            runtime: what runs the graph, see `barometer.runtimes.choose`; graphs over strings run in onnxruntime.

        Raises:
            ArtifactError: if the artifact is incomplete, altered or not for this project's classes.
            RuntimeChoiceError: if the runtime that is asked for is unknown or not installed.
        """
        folder = folder.resolve()  # a link that is moved meanwhile cannot mix two models
        card = read_card(folder)
        threads = threads or available_cores()
        chosen = choose(runtime, card.precision)
        if card.input != "tokens":
            return cls(card, _TextGraph(folder, card), f"{ONNXRUNTIME} {card.precision}", threads)
        return cls(card, _TokenGraph(folder, card, threads, chosen), f"{chosen} {card.precision}", threads)

    @property
    def version(self) -> str:
        """The model version, which goes with every prediction."""
        return self.card.version

    def predict_proba(self, texts: Sequence[str]) -> Probabilities:
        """Return calibrated probabilities of N titles, shape (N, 3), class order; rows sum to 1.

        A title's probabilities do not depend on the other `texts`.
        """
        return self.score(texts).probabilities

    def score(self, texts: Sequence[str]) -> Scores:
        """Return probabilities and news of N titles, independent of each other as in `predict_proba`."""
        if not texts:
            return _empty_scores(0)
        return self._graph.run([normalise_title(text) for text in texts])


def _empty_scores(n: int) -> Scores:
    return Scores(np.empty((n, N_CLASSES), dtype=np.float32), np.ones(n, dtype=np.float32))


def available_cores() -> int:
    """How many cores this process may use (containers often allow fewer than the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _TokenGraph:
    """A graph over token ids, in batches of similar length, several at a time on a core each."""

    def __init__(self, folder: Path, card: ModelCard, threads: int, runtime: str) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(card.max_length or 512)
        self._graph = open_graph(folder / MODEL, runtime, threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="predictor")
        self._threads = threads
        self._most = 1 if card.depends_on_batch else BATCH

    def run(self, texts: Sequence[str]) -> Scores:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        result = _empty_scores(len(ids))
        batches = self._batches([len(row) for row in ids])
        if len(batches) == 1:
            self._score(ids, result, batches[0])
        else:
            for _ in self._pool.map(lambda batch: self._score(ids, result, batch), batches):
                pass
        return result

    def _batches(self, lengths: list[int]) -> list[NDArray[np.int64]]:
        """Indices of all texts, the longest first, so that the threads finish together."""
        size = min(self._most, -(-len(lengths) // self._threads))
        order = np.argsort(lengths, kind="stable")[::-1]
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _score(self, ids: list[list[int]], result: Scores, batch: NDArray[np.int64]) -> None:
        rows = np.zeros((len(batch), max(len(ids[i]) for i in batch)), dtype=np.int64)
        mask = np.zeros_like(rows)
        for k, i in enumerate(batch):
            rows[k, : len(ids[i])] = ids[i]
            mask[k, : len(ids[i])] = 1
        found = self._graph.run({"input_ids": rows, "attention_mask": mask})
        for column, values in zip(result, found, strict=False):  # a graph may have no second output
            column[batch] = values


class _TextGraph:
    """A graph over counts of n-grams."""

    def __init__(self, folder: Path, card: ModelCard) -> None:
        if VOCABULARY not in card.files:
            raise ArtifactError(f"{folder}: the card lists no {VOCABULARY}; export the model again")
        self._vocabulary = Vocabulary.load(folder / VOCABULARY)
        self._graph = open_graph(folder / MODEL, ONNXRUNTIME, threads=1)

    def run(self, texts: Sequence[str]) -> Scores:
        result = _empty_scores(len(texts))
        for start in range(0, len(texts), _COUNTED):
            terms, counts = self._vocabulary.count([text.lower() for text in texts[start : start + _COUNTED]])
            result.probabilities[start : start + _COUNTED] = self._graph.run({"terms": terms, "counts": counts})[0]
        return result
