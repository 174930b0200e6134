"""What the services depend on: a model that scores headlines, and a store of scored news.

`barometer.predictor.Predictor` is a `Scorer`; `serve.api.store.BarometerStore` is a `DataStore`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from barometer.card import ModelCard
from barometer.labels import Label
from barometer.live.history_files import HistoryPart
from barometer.live.records import AnnotationOverview, BarometerReading, CoinReading, ListedTitle, TitleFilter, Vitals
from serve.api.data_schemas import State

Bucket = Literal["hour", "day"]
CoinDays = Mapping[str, Sequence[tuple[date, BarometerReading]]]


class StoreUnavailableError(RuntimeError):
    """The store does not answer now; a retry may succeed."""


class Scorer(Protocol):
    """One model version; safe to share between threads. `runtime` names what runs it: `onnxruntime int8`."""

    card: ModelCard
    runtime: str

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Class probabilities of N titles, shape (N, 3), class order, and their probabilities of being news, (N,)."""
        ...


LoadScorer = Callable[[Path], Scorer]


class DataStore(Protocol):
    """Queries of the data API, all about the active model version. Times are UTC, windows half open.

    With a `coin` (a ticker in capitals) only headlines that mention it count; an unknown one has none. Every method
    may raise `StoreUnavailableError` and is called from several threads.
    """

    def check(self) -> None:
        """Return if queries can be answered now."""
        ...

    def model_version(self) -> str | None:
        """The active version; None before one is activated."""
        ...

    def state(self, since: datetime, until: datetime, coin: str | None = None) -> State:
        """The barometer of [since, until) with its context."""
        ...

    def reading(self, since: datetime, until: datetime, coin: str | None = None) -> BarometerReading:
        """The barometer of [since, until)."""
        ...

    def per_day(self, first: date, last: date) -> Sequence[tuple[date, BarometerReading]]:
        """The barometer of every UTC day that has headlines, newest first, both ends included."""
        ...

    def history(
        self, since: datetime, until: datetime, bucket: Bucket, coin: str | None = None
    ) -> Sequence[BarometerReading]:
        """The barometer of each hour or day in [since, until) that has headlines, newest first."""
        ...

    def whole_history(self, bucket: Bucket, until: datetime) -> Iterator[HistoryPart]:
        """The barometer of every hour or day that is over at `until`, of all headlines and every coin, in parts."""
        ...

    def coins(self, since: datetime, until: datetime) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned in [since, until), most mentioned first."""
        ...

    def coin_days(self, since: datetime, until: datetime) -> CoinDays:
        """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned."""
        ...

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ListedTitle]:
        """The `k` newest headlines that count, of one predicted class or of any, newest first."""
        ...

    def search(self, wanted: TitleFilter, *, limit: int, offset: int = 0) -> Sequence[ListedTitle]:
        """The scored headlines that pass a filter, newest first, with their coins."""
        ...

    def annotation(self) -> AnnotationOverview:
        """What annotators have done and have to do; of all versions."""
        ...

    def vitals(self, now: datetime) -> Vitals:
        """What operators watch at a moment."""
        ...


OpenStore = Callable[[], AbstractContextManager[DataStore]]
