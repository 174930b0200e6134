"""Keeps one model version in use and switches to another without losing a request.

The folder may be a link that is moved, or be rewritten in place. The switch happens only after the new model has been
checked against its card, loaded and tried; a request keeps the model that it started with.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from barometer.card import CARD
from serve.api.errors import NotReadyError
from serve.api.ports import LoadScorer, Scorer

_TRIAL = "Bitcoin trades sideways as markets wait"
_SHORT = 64  # titles of a short list
_Mark = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Predictions of one model version for N titles.

    Attributes:
        probabilities: shape (N, 3), class order.
        news: probability that each is news, shape (N,); 1 from a model that does not predict it.
        model_version: the version of the model.
        news_threshold: probability of being news from which a headline counts; None if every headline counts.
    """

    probabilities: NDArray[np.float32]
    news: NDArray[np.float32]
    model_version: str
    news_threshold: float | None = None


class ModelSwitch:
    """The current model, the threads that run it, and the watch over its folder."""

    def __init__(self, folder: Path, load: LoadScorer, threads: int, max_waiting: int) -> None:
        self._folder, self._load, self._max_waiting = folder, load, max_waiting
        self._current: Scorer | None = None
        self._mark: _Mark | None = None
        self._waiting = 0
        self.reason: str | None = "the model is loading"
        # Single titles, and a title without each of its words, do not wait behind lists of hundreds.
        self._single = ThreadPoolExecutor(threads, thread_name_prefix="single")
        self._short = ThreadPoolExecutor(1, thread_name_prefix="short")
        self._lists = ThreadPoolExecutor(1, thread_name_prefix="lists")
        self._log = structlog.get_logger(service="model")

    @property
    def current(self) -> Scorer:
        """The current model.

        Raises:
            NotReadyError: before there is one.
        """
        if self._current is None:
            raise NotReadyError("no model is loaded; /health says why")
        return self._current

    @property
    def ready(self) -> bool:
        """Whether a model is loaded."""
        return self._current is not None

    async def score(self, texts: Sequence[str]) -> Scores:
        """Score titles with the model that is current when the request arrives.

        Raises:
            NotReadyError: before a model is loaded, or if too many requests are waiting.
        """
        scorer = self.current
        if self._waiting >= self._max_waiting:
            raise NotReadyError("too many requests are waiting for the model; try again later")
        lane: Executor = self._single if len(texts) == 1 else self._short if len(texts) <= _SHORT else self._lists
        self._waiting += 1
        try:
            found, news = await asyncio.get_running_loop().run_in_executor(lane, scorer.score, texts)
        finally:
            self._waiting -= 1
        return Scores(found, news, scorer.card.version, scorer.card.news_threshold)

    @asynccontextmanager
    async def watched(self, seconds: float) -> AsyncIterator[None]:
        """Follow the folder while the block lasts; at its end, let the threads finish."""
        watch = asyncio.create_task(self.watch(seconds))
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            self.close()

    async def watch(self, seconds: float) -> None:
        """Load the folder now and whenever it changes, until cancelled."""
        while True:
            await asyncio.to_thread(self.refresh)
            await asyncio.sleep(seconds)

    def refresh(self) -> None:
        """Switch to the model in the folder if it is new and complete; otherwise keep the current one and log why."""
        mark = _mark(self._folder)
        if mark and mark == self._mark:
            self.reason = None
            return
        try:
            # Resolved, so that a link moved meanwhile cannot mix two models.
            scorer = self._load(self._folder.resolve())
            scorer.score([_TRIAL])
        except Exception as error:  # noqa: BLE001 - a broken model raises whatever its parser raises; the watch goes on
            self._refuse(str(error))
            return
        if _mark(self._folder) != mark:
            self._refuse(f"{self._folder} changed while it was being read")
            return
        self._mark, self.reason = mark, None
        before, self._current = self._current, scorer
        if before is None or before.card.version != scorer.card.version:
            self._log.info(
                "model",
                name=scorer.card.name,
                version=scorer.card.version,
                runtime=scorer.runtime,
                folder=str(self._folder),
            )

    def _refuse(self, reason: str) -> None:
        if reason != self.reason:
            self._log.warning("model_refused", reason=reason, kept=self._current and self._current.card.version)
        self.reason = reason

    def close(self) -> None:
        """Let the threads finish."""
        self._single.shutdown()
        self._short.shutdown()
        self._lists.shutdown()


def _mark(folder: Path) -> _Mark:
    """A fingerprint of a folder that needs no reading of its files; empty if there is no card."""
    try:
        files = sorted(folder.resolve().iterdir())
        if not (folder / CARD).is_file():
            return ()
        stats = [(str(file), file.stat()) for file in files]
    except OSError:
        return ()
    return tuple((name, stat.st_ino, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
