"""What the services depend on: a model that scores headlines, and a store of scored news.

`barometer.predictor.Predictor` is a `Scorer`; `serve.api.store.BarometerStore` is a `DataStore`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from barometer.card import ModelCard
from barometer.labels import Label
from barometer.live.history_files import HistoryPart
from barometer.live.records import (
    AlertOverview,
    AnnotationOverview,
    BarometerReading,
    CoinReading,
    ListedStory,
    ListedTitle,
    OutletReading,
    StoryCopy,
    StoryFilter,
    TitleFilter,
    Vitals,
)
from barometer.live.store.parts import Asked, Weights
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

    With a `part` only its headlines count; an unknown one has none. A ticker in capitals stands for the headlines that
    mention the coin, by the store's own rule for those that mention several. `weights` and `alone` take the store's own
    choice if they are None. Every method may raise `StoreUnavailableError` and is called from several threads.
    """

    def check(self) -> None:
        """Return if queries can be answered now."""
        ...

    def model_version(self) -> str | None:
        """The active version; None before one is activated."""
        ...

    def state(self, since: datetime, until: datetime, part: Asked = None, weights: Weights | None = None) -> State:
        """The barometer of [since, until) with its context."""
        ...

    def reading(
        self, since: datetime, until: datetime, part: Asked = None, weights: Weights | None = None
    ) -> BarometerReading:
        """The barometer of [since, until)."""
        ...

    def per_day(self, first: date, last: date) -> Sequence[tuple[date, BarometerReading]]:
        """The barometer of every UTC day that has headlines, newest first, both ends included."""
        ...

    def history(
        self,
        since: datetime,
        until: datetime,
        bucket: Bucket,
        part: Asked = None,
        weights: Weights | None = None,
    ) -> Sequence[BarometerReading]:
        """The barometer of each hour or day in [since, until) that has headlines, newest first."""
        ...

    def whole_history(self, bucket: Bucket, until: datetime) -> Iterator[HistoryPart]:
        """The barometer of every hour or day that is over at `until`, of all headlines and every coin, in parts."""
        ...

    def coins(self, since: datetime, until: datetime, *, alone: bool | None = None) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned in [since, until), most mentioned first.

        With `alone`, headlines that mention several coins are left out.
        """
        ...

    def coin_days(self, since: datetime, until: datetime, *, alone: bool | None = None) -> CoinDays:
        """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned."""
        ...

    def outlets(self, since: datetime, until: datetime) -> Sequence[OutletReading]:
        """The barometer of every outlet that has headlines in [since, until), most headlines first."""
        ...

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ListedTitle]:
        """The `k` newest headlines that count, of one predicted class or of any, newest first."""
        ...

    def search(self, wanted: TitleFilter, *, limit: int, offset: int = 0) -> Sequence[ListedTitle]:
        """The scored headlines that pass a filter, newest first, with their coins."""
        ...

    def stories(self, wanted: StoryFilter, *, limit: int, offset: int = 0) -> Sequence[ListedStory]:
        """The stories that pass a filter, in its order, with their copies."""
        ...

    def copies(self, title_ids: Collection[int]) -> Mapping[int, Sequence[StoryCopy]]:
        """The copies of headlines, the earliest first; those without any are left out."""
        ...

    def usual_counts(self, since: datetime, until: datetime, part: Asked = None) -> Sequence[int]:
        """How many headlines the window [since, until) had in earlier weeks, the nearest first."""
        ...

    def alerts(self, limit: int) -> AlertOverview:
        """The alerts that are watched, and the `limit` newest events; of all versions."""
        ...

    def annotation(self) -> AnnotationOverview:
        """What annotators have done and have to do; of all versions."""
        ...

    def vitals(self, now: datetime) -> Vitals:
        """What operators watch at a moment."""
        ...


OpenStore = Callable[[], AbstractContextManager[DataStore]]
