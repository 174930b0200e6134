"""A model artifact -> probabilities of headlines; needs onnxruntime, tokenizers and numpy, nothing heavier."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from barometer.card import MODEL, TOKENIZER, ModelCard, read_card
from barometer.headline import normalise_title
from barometer.labels import N_CLASSES

Probabilities = NDArray[np.float32]


class Scores(NamedTuple):
    """What a model says of N titles.

    Attributes:
        probabilities: calibrated, shape (N, 3), class order; rows sum to 1.
        news: the probability that each is news at all, shape (N,); 1 where the model cannot tell.
    """

    probabilities: Probabilities
    news: NDArray[np.float32]


class _Graph(Protocol):
    def run(self, texts: Sequence[str]) -> Scores: ...


class Predictor:
    """Scores headlines with one model version; safe to share between threads."""

    def __init__(self, card: ModelCard, graph: _Graph) -> None:
        self.card = card
        self._graph = graph

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> "Predictor":
        """Load a model artifact after checking every file's digest.

        Args:
            folder: the artifact.
            threads: how many headlines are scored at once; all cores if not given.

        Raises:
            ArtifactError: if the artifact is incomplete, altered or not for this project's classes.
        """
        card = read_card(folder)
        threads = threads or available_cores()
        graph = _TokenGraph(folder, card, threads) if card.input == "tokens" else _TextGraph(folder, threads)
        return cls(card, graph)

    @property
    def version(self) -> str:
        """The model version, which goes with every prediction."""
        return self.card.version

    def predict_proba(self, texts: Sequence[str]) -> Probabilities:
        """Return calibrated probabilities of N titles, shape (N, 3), class order; rows sum to 1.

        A title's probabilities do not depend on what else is in `texts`.
        """
        return self.score(texts).probabilities

    def score(self, texts: Sequence[str]) -> Scores:
        """Return probabilities and news of N titles; the same holds for them."""
        if not texts:
            return _empty_scores(0)
        return self._graph.run([normalise_title(text) for text in texts])


def _empty_scores(n: int) -> Scores:
    return Scores(np.empty((n, N_CLASSES), dtype=np.float32), np.ones(n, dtype=np.float32))


def available_cores() -> int:
    """How many cores this process may use (containers often allow fewer than the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(folder: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])


class _TokenGraph:
    """A graph over token ids, one headline a run, several runs at a time.

    Alone, a headline needs no padding, and the scales of dynamically quantised activations come from nothing else:
    in a batch, its neighbours would change its probabilities. Runs on single-threaded kernels in parallel are
    faster than batches on parallel kernels, whose matrices are too small to share (`make bench` shows both).
    """

    def __init__(self, folder: Path, card: ModelCard, threads: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(card.max_length or 512)
        self._session = _session(folder, threads=1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="predictor")
        self._threads = threads

    def run(self, texts: Sequence[str]) -> Scores:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        result = _empty_scores(len(ids))
        if len(ids) < 2 * self._threads:
            self._score(ids, result, 0, 1)
        else:
            jobs = [self._pool.submit(self._score, ids, result, k, self._threads) for k in range(self._threads)]
            for job in jobs:
                job.result()
        return result

    def _score(self, ids: list[list[int]], result: Scores, start: int, step: int) -> None:
        for i in range(start, len(ids), step):
            row = np.array([ids[i]], dtype=np.int64)
            found = self._session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})
            for column, values in zip(result, found, strict=False):  # a graph may have no second output
                column[i] = values[0]


class _TextGraph:
    """A graph over strings; lower-casing is done here because graph and Python disagree outside ASCII."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._session = _session(folder, threads)

    def run(self, texts: Sequence[str]) -> Scores:
        column: NDArray[Any] = np.array([[text.lower()] for text in texts], dtype=object)
        probabilities: Probabilities = self._session.run(["probabilities"], {"text": column})[0]
        return Scores(probabilities, np.ones(len(probabilities), dtype=np.float32))
