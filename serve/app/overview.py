"""The barometer now, what is usual, and what it was: everything that the first page says of one coin, or of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from barometer.live.records import BarometerReading
from serve.api.parameters import midnight
from serve.api.ports import DataStore, State
from serve.api.standing import Standing, standing_of

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)
EARLIER = (("Yesterday", DAY), ("A week ago", timedelta(days=7)), ("A month ago", MONTH), ("A year ago", YEAR))


@dataclass(frozen=True, slots=True)
class Overview:
    """The barometer at one moment.

    Attributes:
        state: of the last 24 hours and the 30 days before them.
        earlier: the 24 hours that ended a day, a week, 30 days and 365 days before, in words.
        days: the whole UTC days of the last 365 that have headlines, newest first.
    """

    state: State
    earlier: Sequence[tuple[str, BarometerReading]]
    days: Sequence[BarometerReading]

    @property
    def now(self) -> BarometerReading:
        """The barometer of the last 24 hours."""
        return self.state.reading

    @property
    def usual(self) -> BarometerReading:
        """The barometer of the 30 days before them."""
        return self.state.usual

    @property
    def standing(self) -> Standing:
        """How the last 24 hours compare with what is usual."""
        return standing_of(self.now, self.usual)

    def days_below(self, window: timedelta) -> tuple[int, int]:
        """How many days of the last `window` lie below the last 24 hours, and how many have headlines at all."""
        first = midnight(self.now.until.date()) - window
        values = [day.value for day in self.days if day.since >= first and day.value is not None]
        return sum(value < (self.now.value or 0.0) for value in values), len(values)


def overview(store: DataStore, now: datetime, coin: str | None) -> Overview:
    """Ask the store for the barometer at a moment, of all headlines or of those about a coin.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    today = midnight(now.date())
    return Overview(
        state=store.state(now - DAY, now, coin),
        earlier=[(words, store.reading(now - ago - DAY, now - ago, coin)) for words, ago in EARLIER],
        days=store.history(today - YEAR, today, "day", coin),
    )
