"""What is to score, what a model version says of it, and the readings that follow. All times are UTC, with zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Claim:
    """Headlines that a scorer has leased: texts by id, and until when nobody else may score them."""

    token: str
    titles: Mapping[int, str] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model version predicts for a headline.

    Attributes:
        title_id: of the headline.
        probabilities: in class order.
        is_annotating: whether it goes to annotators.
        news: the probability of being news at all; None where it is unknown.
        value: what the headline adds to the barometer; the positive probability if not given. Kept within [-1, 2].
        counted: whether the headline counts; one that is not news does not.
    """

    title_id: int
    probabilities: tuple[float, float, float]
    is_annotating: bool = False
    news: float | None = None
    value: float | None = None
    counted: bool = True


class BarometerReading(NamedTuple):
    """The share of positive headlines in a window, estimated, in [0, 1], with its 95% interval.

    All three are None where there is no headline; `count` is the number of headlines that count. A tuple, since years
    of days are thousands of these, and a frozen dataclass takes five times as long to make.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int  # type: ignore[assignment]  # hides the method of tuples
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CoinReading:
    """The barometer of the headlines that mention a coin; `coin` is a ticker in capitals."""

    coin: str
    reading: BarometerReading
