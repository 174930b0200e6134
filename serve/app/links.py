"""What a link asks for, as far as its preview shows it; `static/links.js` does the rest in the browser."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection
from starlette.types import Scope

from barometer.coins import coin_titles
from serve.api.card import HEIGHT, WIDTH
from serve.api.ranges import DEFAULT, TITLES

_CARD = "api/v1/card.png"


@dataclass(frozen=True, slots=True)
class Preview:
    """What sites show beside a link: what it is about, its address and that of a picture, both absolute.

    `subject` is empty where the link is about all news.
    """

    subject: str
    address: str
    picture: str
    width: int = WIDTH
    height: int = HEIGHT


def preview(scope: Scope) -> Preview:
    """The preview of the link that a request is for; a coin or range that does not exist is left out."""
    # The first of several counts, as in the browser.
    asked = dict(reversed(parse_qsl(scope["query_string"].decode("latin-1"))))
    coin, chosen = asked.get("coin", "").upper(), asked.get("range", "").lower()
    known = {"coin": coin if coin in coin_titles() else "", "range": chosen if chosen in TITLES else ""}
    query = urlencode({name: value for name, value in known.items() if value and value != DEFAULT})
    root = str(HTTPConnection(scope).base_url)
    mark = "?" if query else ""
    return Preview(coin_titles().get(coin, ""), f"{root}{mark}{query}", f"{root}{_CARD}{mark}{query}")
