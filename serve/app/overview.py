"""The barometer now, what is usual, and what it was earlier: the card on top of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from barometer.live.records import BarometerReading
from barometer.live.volume import Volume, volume_of
from serve.api.data_schemas import State
from serve.api.drawing import Dial
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.api.words import Standing, change, moment_words, standing_of
from serve.app.panels import note
from serve.markup import render

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)
EARLIER = (("Yesterday", DAY), ("A week ago", timedelta(days=7)), ("A month ago", MONTH), ("A year ago", YEAR))
DIAL = Dial(160, 158, 128)


@dataclass(frozen=True, slots=True)
class Overview:
    """The barometer at one moment.

    Attributes:
        state: of the last 24 hours and the 30 days before them.
        earlier: the 24 hours that ended a day, a week, 30 days and 365 days before, by name.
        days: the whole UTC days of the last 365 that have headlines, newest first.
        volume: how many headlines the last 24 hours have, and what is usual.
    """

    state: State
    earlier: Sequence[tuple[str, BarometerReading]]
    days: Sequence[BarometerReading]
    volume: Volume

    @property
    def now(self) -> BarometerReading:
        """The barometer of the last 24 hours."""
        return self.state.reading

    @property
    def standing(self) -> Standing:
        """How the last 24 hours compare with what is usual."""
        return standing_of(self.now, self.state.usual)

    @property
    def usual(self) -> float | None:
        """The mean of the 30 days before, in [0, 1]; None if they do not define what is usual."""
        return None if self.standing is Standing.UNKNOWN else self.state.usual.value

    def days_below(self, window: timedelta) -> tuple[int, int]:
        """The number of days in the last `window` that lie below the last 24 hours, and that have headlines at all."""
        first = midnight(self.now.until.date()) - window
        values = [day.value for day in self.days if day.since >= first and day.value is not None]
        return sum(value < (self.now.value or 0.0) for value in values), len(values)


def overview(store: DataStore, now: datetime, coin: str | None) -> Overview:
    """Query the barometer at a moment, of all headlines or of those about a coin.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    today = midnight(now.date())
    state = store.state(now - DAY, now, coin)
    return Overview(
        state=state,
        earlier=[(words, store.reading(now - ago - DAY, now - ago, coin)) for words, ago in EARLIER],
        days=store.history(today - YEAR, today, "day", coin),
        volume=volume_of(state.reading.count, store.usual_counts(now - DAY, now, coin)),
    )


def overview_card(found: Overview, subject: str) -> str:
    """The card of an overview as HTML; `subject` is its heading, such as "All crypto news"."""
    return render(
        "overview.html", subject=subject, dial=DIAL, state=found.state, now=found.now, usual=found.usual,
        standing=found.standing, volume=found.volume, month=found.days_below(MONTH), year=found.days_below(YEAR),
        earlier=[(words, reading, change(found.now, reading)) for words, reading in found.earlier],
    )  # fmt: skip


def stale_note(state: State, now: datetime, stale_hours: float) -> str:
    """A warning if the last refresh is too long ago or never happened; empty if it is recent."""
    if not state.is_stale(now, timedelta(hours=stale_hours)):
        return ""
    if state.refreshed_at is None:
        return note("It is unknown when news was last fetched and scored, so this may be out of date.")
    return note(f"Stale: no news has been fetched and scored since {moment_words(state.refreshed_at)}.")
