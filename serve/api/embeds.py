"""The resources that other sites embed or follow, as texts that caches may keep: badge, widget and feeds."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from unicodedata import combining, east_asian_width

from fastapi import FastAPI, Request
from starlette.responses import Response

from barometer.labels import FIELD_NAMES
from serve.api import feeds
from serve.api.caching import cached, start_of_step, texts
from serve.api.data_schemas import Barometer, Reading
from serve.api.drawing import DARK, LIGHT, Dial
from serve.api.parameters import BadgeLabel, CoinTicker, FeedDays, Hours, Theme, last_hours, midnight
from serve.api.ports import DataStore
from serve.api.words import count_words, window_words
from serve.markup import render

LABEL_COLOUR = "#334155"
NO_DATA_COLOUR = "#475569"
_FONT_SIZE, _PADDING = 11, 6
_DIAL = Dial(100, 104, 76)
_COLOURS = {"light": LIGHT.variables(), "dark": DARK.variables(), "classes": FIELD_NAMES}
# Hundredths of the font size of the letters from space to tilde, in DejaVu Sans, whose metrics are Verdana's.
_WIDTHS = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
    84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
    69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
    39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip


def add_embed_routes(
    app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime], stale_after: timedelta
) -> None:
    """Add badge and widget to the data API.

    Args:
        app: the data API.
        store: returns the open store.
        clock: the current time in UTC.
        stale_after: the age of the last refresh above which the barometer is stale.
    """

    def barometer(hours: int, coin: str) -> tuple[Barometer, datetime]:
        # Requests within one step of the clock get the same text, so that caches can compare it.
        now = start_of_step(clock())
        return Barometer.at(now, store().state(*last_hours(hours, now), coin or None), stale_after), now

    @app.get("/v1/badge.svg", response_class=Response, responses=texts("image/svg+xml"), tags=["embed"])
    def badge_svg(
        request: Request, hours: Hours = 24, coin: CoinTicker = "", label: BadgeLabel = "crypto news"
    ) -> Response:
        """The barometer as a small SVG for `<img>`: a label, and the score on the colour of its standing."""
        found, _ = barometer(hours, coin)
        policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors *"}
        return cached(request, badge(found, hours, coin, label), "image/svg+xml", policy)

    @app.get("/v1/widget", response_class=Response, responses=texts("text/html"), tags=["embed"])
    def widget_page(request: Request, hours: Hours = 24, coin: CoinTicker = "", theme: Theme = "auto") -> Response:
        """The barometer as a page for `<iframe>`, 340 by 290 pixels or larger; it loads nothing and runs no script."""
        found, now = barometer(hours, coin)
        policy = {"Content-Security-Policy": content_security_policy()}
        return cached(request, widget(found, now, hours, coin, theme), "text/html", policy)


def add_feed_routes(app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime]) -> None:
    """Add the RSS and JSON feeds of daily barometers to the data API; arguments as of `add_embed_routes`."""

    def past_days(days: int, coin: str) -> list[Reading]:
        today = midnight(clock().date())
        return [Reading.of(day) for day in store().history(*last_hours(24 * days, today), "day", coin or None)]

    @app.get("/v1/barometer.rss", response_class=Response, responses=texts("application/rss+xml"), tags=["embed"])
    def rss(request: Request, days: FeedDays = 30, coin: CoinTicker = "") -> Response:
        """The barometer of each of the last whole days that had headlines, newest first, as RSS 2.0."""
        body = feeds.rss(past_days(days, coin), coin, _links(request, "barometer.rss"))
        return cached(request, body, "application/rss+xml")

    @app.get("/v1/barometer.json", response_class=Response, responses=texts("application/feed+json"), tags=["embed"])
    def json_feed(request: Request, days: FeedDays = 30, coin: CoinTicker = "") -> Response:
        """The barometer of each of the last whole days that had headlines, newest first, as JSON Feed 1.1."""
        body = feeds.json_feed(past_days(days, coin), coin, _links(request, "barometer.json"))
        return cached(request, body, "application/feed+json")


def badge(found: Barometer, hours: int, coin: str, label: str) -> str:
    """The badge of a barometer as SVG: its label, and the score on the colour of its standing.

    Args:
        found: the barometer of a window.
        hours: the length of the window.
        coin: ticker of the coin; empty for all headlines.
        label: the left half; characters that XML can hold.
    """
    value, colour = "no data", NO_DATA_COLOUR
    if found.score is not None:
        value = f"{round(found.score)} / 100{' (stale)' if found.stale else ''}"
        colour = LIGHT.classes[found.standing.label]
    halves = [
        {"text": text, "length": (length := text_width(text)), "width": length + 2 * _PADDING, "fill": fill}
        for text, fill in ((label, LABEL_COLOUR), (value, colour))
    ]
    return render("badge.svg", halves=halves, title=summary(found, hours, coin), font_size=_FONT_SIZE)


def text_width(text: str) -> int:
    """Approximate width of a text in pixels; renderers with another font fit it by `textLength`."""
    return -(-sum(map(_hundredths, text)) * _FONT_SIZE // 100)


def _hundredths(letter: str) -> int:
    if " " <= letter <= "~":
        return _WIDTHS[ord(letter) - ord(" ")]
    if combining(letter):
        return 0
    return 100 if east_asian_width(letter) in "WF" else 70


def content_security_policy() -> str:
    """The policy of the widget: its own style sheet and nothing else, on whatever page it is embedded."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _style() -> str:
    return render("widget.css", **_COLOURS)


def widget(found: Barometer, now: datetime, hours: int, coin: str, theme: Theme) -> str:
    """The widget page of a barometer.

    Args:
        found: the barometer of a window.
        now: the moment from which ages are counted, in UTC.
        hours: the length of the window.
        coin: ticker of the coin; empty for all headlines.
        theme: light, dark, or auto to follow the reader's system.
    """
    return render(
        "widget.html", found=found, now=now, window=window_words(hours), coin=coin, theme=theme, dial=_DIAL,
        summary=summary(found, hours, coin), tone=FIELD_NAMES[found.standing.label], **_COLOURS,
    )  # fmt: skip


def summary(found: Barometer, hours: int, coin: str) -> str:
    """The barometer as a sentence without its full stop, for screen readers."""
    subject = f"Crypto news barometer{f' for {coin}' if coin else ''}, {window_words(hours)}"
    if found.score is None:
        return f"{subject}: no data"
    low, high = found.ends
    number = f"{round(found.score)} of 100 ({found.standing.words.lower()}), 95% interval {low} to {high}"
    return f"{subject}: {number}, {count_words(found.count)}{', stale' if found.stale else ''}"


def _links(request: Request, own: str) -> feeds.FeedLinks:
    # Siblings, wherever the service is mounted.
    folder = request.url.path.removesuffix(own)
    siblings = {name: str(request.url.replace(path=folder + name, query="")) for name in ("widget", "barometer")}
    return feeds.FeedLinks(str(request.url), siblings["widget"], siblings["barometer"])
