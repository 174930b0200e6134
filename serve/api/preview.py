"""`/v1/card.png`: the picture that sites show beside a link to the barometer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from barometer.coins import coin_titles
from barometer.live.records import BarometerReading
from serve.api.caching import cached, start_of_step, texts
from serve.api.card import Card, Pictures, Point
from serve.api.data_schemas import Barometer
from serve.api.parameters import CoinTicker, last_hours, midnight
from serve.api.ports import DataStore
from serve.api.ranges import DEFAULT, Range, first_day
from serve.api.words import count_words, day_words, points

_DAY = timedelta(days=1)
EVERYTHING = "All crypto news"
CardRange = Annotated[
    Range, Query(description="How far back the line goes, in days, months or years.", examples=["30d"])
]


def add_preview_route(
    app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime], stale_after: timedelta
) -> None:
    """Add the picture to the data API; arguments as of `embeds.add_embed_routes`."""
    pictures = Pictures()

    @app.get("/v1/card.png", response_class=Response, responses=texts("image/png", "A picture"), tags=["embed"])
    def card_png(request: Request, coin: CoinTicker = "", range: CardRange = DEFAULT) -> Response:
        """The barometer of the last 24 hours as a picture of 1200 by 630 pixels for previews of links.

        It shows the number, its interval, its standing and the date, and each day (UTC) of the range as a line.
        """
        now = start_of_step(clock())
        found = Barometer.at(now, store().state(*last_hours(24, now), coin or None), stale_after)
        days = store().history(first_day(range, now), midnight(now.date()) + _DAY, "day", coin or None)
        return cached(request, pictures.of(card_of(found, days[::-1], coin)), "image/png")


def card_of(found: Barometer, days: Sequence[BarometerReading], coin: str) -> Card:
    """The card of a barometer.

    Args:
        found: the last 24 hours.
        days: the days of the line that have headlines, oldest first.
        coin: ticker of the coin; empty for all headlines.
    """
    facts = [f"{count_words(found.count)} in the last 24 hours"]
    low, high = found.interval.low, found.interval.high
    if low is not None and high is not None:
        facts.insert(0, f"95% interval {points(low)} to {points(high)}")
    if found.stale:
        facts[-1] += ", stale"
    return Card(
        subject=coin_titles().get(coin, coin) if coin else EVERYTHING,
        date=day_words(found.until),
        number="no data" if found.score is None else f"{found.score:.1f}",
        standing="" if found.score is None else found.standing.words,
        tone=found.standing.label,
        facts=tuple(facts),
        runs=tuple(_runs(days)),
        caption=_caption(days),
    )


def _runs(days: Sequence[BarometerReading]) -> Iterator[tuple[Point, ...]]:
    """Days next to each other, as points of the line."""
    length = max((days[-1].since - days[0].since) / _DAY, 1) if days else 1
    run: list[Point] = []
    before: BarometerReading | None = None
    for day in days:
        if before is not None and before.until < day.since:
            yield tuple(run)
            run = []
        assert day.value is not None and day.low is not None and day.high is not None  # it has headlines
        run.append(Point((day.since - days[0].since) / _DAY / length, day.value, day.low, day.high))
        before = day
    if run:
        yield tuple(run)


def _caption(days: Sequence[BarometerReading]) -> tuple[str, str]:
    known = [day.value for day in days if day.value is not None]
    if not known:
        return "No headlines in this period", ""
    extremes = f"lowest {points(min(known))}, highest {points(max(known))}"
    return f"Day by day since {day_words(days[0].since)}", extremes
