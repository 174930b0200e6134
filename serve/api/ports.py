"""What the APIs need of the outside: something that scores, and something that has read the news.

`barometer.predictor.Predictor` is a `Scorer`; `serve.api.store.BarometerStore` is a `DataStore`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from barometer.card import ModelCard
from barometer.labels import Label
from barometer.live.records import BarometerReading

Bucket = Literal["hour", "day"]


class StoreUnavailableError(RuntimeError):
    """The store does not answer now; the same question may be answered later."""


class Scorer(Protocol):
    """One model version; safe to share between threads."""

    card: ModelCard

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probabilities of N titles, shape (N, 3), class order; rows sum to 1."""
        ...


LoadScorer = Callable[[Path], Scorer]


@dataclass(frozen=True, slots=True)
class DayAverage:
    """Mean positive probability, in [0, 1], of the headlines of a UTC day."""

    day: date
    positive: float | None


@dataclass(frozen=True, slots=True)
class ScoredTitle:
    """A headline as listed: when it was published (UTC) and its positive probability."""

    title: str
    source: str
    pub_time: datetime
    positive: float


@dataclass(frozen=True, slots=True)
class CoinReading:
    """The barometer of the headlines that mention a coin; `coin` is a ticker in capitals."""

    coin: str
    reading: BarometerReading


class DataStore(Protocol):
    """What the data API asks; all of the model version that is shown now. Times are UTC, windows half open.

    Every function may raise `StoreUnavailableError`, and is called from several threads.
    """

    def check(self) -> None:
        """Return if questions can be answered now."""
        ...

    def model_version(self) -> str | None:
        """The version whose scores are shown; None before anything was scored."""
        ...

    def newest_pub_time(self) -> datetime | None:
        """When the newest scored headline was published."""
        ...

    def reading(self, since: datetime, until: datetime) -> BarometerReading:
        """The barometer of [since, until)."""
        ...

    def per_day(self, first: date, last: date) -> Sequence[DayAverage]:
        """The average of every day that has headlines, newest first, both ends included."""
        ...

    def history(self, since: datetime, until: datetime, bucket: Bucket) -> Sequence[BarometerReading]:
        """The barometer of each hour or day in [since, until) that has headlines, newest first."""
        ...

    def coins(self, since: datetime, until: datetime) -> Sequence[CoinReading]:
        """The barometer of every coin mentioned in [since, until), most mentioned first."""
        ...

    def newest_titles(self, k: int, predicted: Label | None) -> Sequence[ScoredTitle]:
        """The `k` newest scored headlines of a predicted class, or of any; newest first."""
        ...


OpenStore = Callable[[], AbstractContextManager[DataStore]]
