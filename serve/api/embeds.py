"""The resources that other sites embed or follow: badge, widget and feeds, as texts that caches may keep."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from serve.api import badge as badges
from serve.api import feeds
from serve.api import widget as widgets
from serve.api.data_schemas import Barometer, Reading, barometer_of, reading_of
from serve.api.parameters import BadgeLabel, CoinTicker, FeedDays, Hours, Theme, midnight
from serve.api.ports import DataStore
from serve.api.v1 import last_hours

MAX_AGE = timedelta(minutes=5)


def add_embed_routes(
    app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime], stale_after: timedelta
) -> None:
    """Add badge, widget and feeds to the data API; the arguments are those of `add_v1_routes`."""

    def barometer(hours: int, coin: str) -> tuple[Barometer, datetime]:
        # What was asked within one step of the clock is the same text, so that caches can tell that it is.
        now = _start_of_step(clock())
        return barometer_of(store().state(*last_hours(hours, now), coin or None), now, stale_after), now

    def past_days(days: int, coin: str) -> list[Reading]:
        today = midnight(clock().date())
        return [reading_of(day) for day in store().history(*last_hours(24 * days, today), "day", coin or None)]

    @app.get("/v1/badge.svg", response_class=Response, responses=_texts("image/svg+xml"), tags=["embed"])
    def badge(
        request: Request, hours: Hours = 24, coin: CoinTicker = "", label: BadgeLabel = "crypto news"
    ) -> Response:
        """The barometer as a small SVG for `<img>`: a label, and the score on the colour of its standing."""
        found, _ = barometer(hours, coin)
        policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors *"}
        return _cached(request, badges.badge(found, hours, coin, label).encode(), "image/svg+xml", policy)

    @app.get("/v1/widget", response_class=Response, responses=_texts("text/html"), tags=["embed"])
    def widget(request: Request, hours: Hours = 24, coin: CoinTicker = "", theme: Theme = "auto") -> Response:
        """The barometer as a page for `<iframe>`, 340 by 290 pixels or larger; it loads nothing and runs no script."""
        found, now = barometer(hours, coin)
        policy = {"Content-Security-Policy": widgets.content_security_policy()}
        return _cached(request, widgets.widget(found, now, hours, coin, theme).encode(), "text/html", policy)

    @app.get("/v1/barometer.rss", response_class=Response, responses=_texts("application/rss+xml"), tags=["embed"])
    def rss(request: Request, days: FeedDays = 30, coin: CoinTicker = "") -> Response:
        """The barometer of each of the last whole days that had headlines, newest first, as RSS 2.0."""
        body = feeds.rss(past_days(days, coin), coin, _links(request, "barometer.rss"))
        return _cached(request, body, "application/rss+xml")

    @app.get("/v1/barometer.json", response_class=Response, responses=_texts("application/feed+json"), tags=["embed"])
    def json_feed(request: Request, days: FeedDays = 30, coin: CoinTicker = "") -> Response:
        """The barometer of each of the last whole days that had headlines, newest first, as JSON Feed 1.1."""
        body = feeds.json_feed(past_days(days, coin), coin, _links(request, "barometer.json"))
        return _cached(request, body, "application/feed+json")


def _start_of_step(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % MAX_AGE


def _texts(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {media_type: {}}, "description": "As text, with an ETag"},
        304: {"description": "Nothing changed since the ETag of If-None-Match"},
    }


def _links(request: Request, own: str) -> feeds.FeedLinks:
    # Beside each other, wherever the service is mounted.
    folder = request.url.path.removesuffix(own)
    beside = {name: str(request.url.replace(path=folder + name, query="")) for name in ("widget", "barometer")}
    return feeds.FeedLinks(str(request.url), beside["widget"], beside["barometer"])


def _cached(request: Request, body: bytes, media_type: str, policy: dict[str, str] | None = None) -> Response:
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={MAX_AGE.seconds}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        **(policy or {}),
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
