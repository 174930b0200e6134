"""What the APIs need of the outside: something that scores, and something that has read the news.

`barometer.predictor.Predictor` is a `Scorer`; `serve.api.store.BarometerStore` is a `DataStore`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from barometer.card import ModelCard
from barometer.labels import Label
from barometer.live.records import BarometerReading, CoinReading, ListedTitle, TitleFilter

Bucket = Literal["hour", "day"]


class StoreUnavailableError(RuntimeError):
    """The store does not answer now; the same question may be answered later."""


class Scorer(Protocol):
    """One model version; safe to share between threads. `runtime` says what runs it: `onnxruntime int8`."""

    card: ModelCard
    runtime: str

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities of N titles, shape (N, 3), class order, rows sum to 1; and that each is news, shape (N,)."""
        ...


LoadScorer = Callable[[Path], Scorer]


@dataclass(frozen=True, slots=True)
class State:
    """The barometer of a window, read at one moment with what it rests on.

    Attributes:
        reading: of the window.
        usual: of the 30 days before it.
        newest_pub_time: when the newest headline that counts was published, in UTC; None where there is none.
        model_version: whose scores these are; None before a version was activated.
        refreshed_at: as `DataStore.refreshed_at` says.
    """

    reading: BarometerReading
    usual: BarometerReading
    newest_pub_time: datetime | None
    model_version: str | None
    refreshed_at: datetime | None = None


class DataStore(Protocol):
    """What the data API asks; all of the model version that is shown now. Times are UTC, windows half open.

    Where a `coin` is given (a ticker in capitals), only the headlines that mention it count; an unknown one has none.
    Every function may raise `StoreUnavailableError`, and is called from several threads.
    """

    def check(self) -> None:
        """Return if questions can be answered now."""
        ...

    def model_version(self) -> str | None:
        """The version whose scores are shown; None before one was activated."""
        ...

    def refreshed_at(self) -> datetime | None:
        """When news was last crawled and scored, the older of both; None where one never was."""
        ...

    def state(self, since: datetime, until: datetime, coin: str | None = None) -> State:
        """The barometer of [since, until) and of the 30 days before, with what else a `State` has."""
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

    def coins(self, since: datetime, until: datetime) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned in [since, until), most mentioned first."""
        ...

    def coin_days(self, since: datetime, until: datetime) -> Mapping[str, Sequence[tuple[date, BarometerReading]]]:
        """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned."""
        ...

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ListedTitle]:
        """The `k` newest headlines that count, of a predicted class, or of any; newest first."""
        ...

    def search(self, wanted: TitleFilter, *, limit: int, offset: int = 0) -> Sequence[ListedTitle]:
        """The scored headlines that a filter lets pass, newest first, with their coins; as `search_titles` does it."""
        ...


OpenStore = Callable[[], AbstractContextManager[DataStore]]
