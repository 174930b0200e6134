"""The news behind the number: the latest headlines with their scores, to filter, search and page through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Condition
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from cachetools import TTLCache, cached

from barometer.coins import coin_titles
from barometer.labels import CLASS_NAMES, label_from_name
from barometer.live.records import EVERY_TITLE, ListedTitle, StoryCopy, TitleFilter
from serve.api.ports import DataStore, StoreUnavailableError
from serve.app.context import AppContext, Page
from serve.app.panels import loading, no_data, state, store_unreachable
from serve.markup import render

_ANY = "All"
_COINS_OF, _OUTLETS_OF = timedelta(days=365), timedelta(days=30)
_CHOICES_SECONDS = 30.0  # what can be chosen changes slowly, and everybody who opens the page needs it
PAGE_SIZE = 20
# Pages further back take longer and longer, and databases reject queries of thousands of words.
MAX_PAGE = 2500
MAX_SEARCH = 200
Shown = tuple[str, int, gr.Button, gr.Button]


@dataclass(frozen=True, slots=True)
class HeadlinePage:
    """Up to 20 headlines, newest first; page 1 has the newest, and `more` tells whether another page follows.

    `copies` are the titles that tell the same as a headline, by its id, of those that several outlets told.
    """

    titles: Sequence[ListedTitle]
    number: int
    more: bool
    copies: Mapping[int, Sequence[StoryCopy]] = field(default_factory=dict)


def find_page(store: DataStore, wanted: TitleFilter, number: int) -> HeadlinePage:
    """The headlines of a page; a number out of range becomes the nearest valid one.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    number = min(max(number, 1), MAX_PAGE)
    wanted = replace(wanted, text=wanted.text[:MAX_SEARCH])
    found = store.search(wanted, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE)
    titles = found[:PAGE_SIZE]
    told = [title.title_id for title in titles if title.outlets > 1]
    copies = store.copies(told) if told else {}
    return HeadlinePage(titles, number, len(found) > PAGE_SIZE and number < MAX_PAGE, copies)


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    heading = render(
        "heading.html", id="", title="Latest headlines", text="What the barometer reads, with predictions."
    )
    gr.HTML(heading, elem_id="news-head", elem_classes="b-head")
    with gr.Row(elem_id="news-filters"):
        predicted = gr.Radio([_ANY, *CLASS_NAMES], value=_ANY, label="Class", elem_id="news-class", scale=3)
        coin = gr.Dropdown([_ANY], value=_ANY, label="Coin", allow_custom_value=True, elem_id="news-coin",
                           min_width=180)  # fmt: skip
        outlet = gr.Dropdown([_ANY], value=_ANY, label="Outlet", allow_custom_value=True, elem_id="news-outlet",
                             min_width=180)  # fmt: skip
        text = gr.Textbox(label="Search", placeholder="Words in the headline", max_length=MAX_SEARCH, max_lines=1,
                          submit_btn="Search", elem_id="news-search", scale=2)  # fmt: skip
        clear = gr.Button("Clear", size="sm", scale=0, min_width=80, elem_id="news-clear")
    everything = gr.Checkbox(label="Include headlines that are not news", container=False, elem_id="news-all")
    listed = gr.HTML(loading("Loading the headlines"), elem_id="news-list")
    # Kept by the browser: what a session keeps on the server, anybody could make it keep for many sessions.
    number = gr.Number(1, visible=False, precision=0)
    with gr.Row(elem_id="news-paging"):
        newer = gr.Button("← Newer", interactive=False, size="md", scale=0, min_width=130, elem_id="news-newer")
        older = gr.Button("Older →", interactive=False, size="md", scale=0, min_width=130, elem_id="news-older")

    asked = [predicted, coin, text, everything, outlet]
    outputs = [listed, number, newer, older]
    turn = _turner(context)
    page.shown(_opener(context, turn), [*asked, number], [coin, outlet, *outputs])
    private: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress_on": listed}
    gr.on([predicted.input, coin.input, outlet.input, text.submit, everything.input], turn, asked, outputs, **private)
    for button, step in ((newer, -1), (older, 1)):
        turned = button.click(_stepper(turn, step), [*asked, number], outputs, **private)
        turned.then(None, js=render("to_top.js", element="news-head", focus=""), api_visibility="private")
    nothing = (_ANY, _ANY, "", False, _ANY)
    clear.click(lambda: (*nothing, *turn(*nothing)), None, [*asked, *outputs], **private)


def _turner(context: AppContext) -> Callable[..., Shown]:
    def turn(
        predicted: str | None,
        coin: str | None,
        text: str | None,
        everything: bool | None,
        outlet: str | None,
        number: int = 1,
    ) -> Shown:
        filters = _filters(predicted, coin, text, everything, outlet)
        try:
            page = find_page(context.store, filters, number)
        except StoreUnavailableError as error:
            return store_unreachable(str(error)), number, *_buttons(False, False)
        if page.titles:
            shown = headline_list(page, context.clock())
        elif filters != EVERY_TITLE or page.number > 1:
            shown = state(
                "No headline matches", "Try fewer words, another coin, outlet or class, or clear the filters."
            )
        else:
            shown = no_data()
        return shown, page.number, *_buttons(page.number > 1, page.more)

    return turn


def _opener(context: AppContext, turn: Callable[..., Shown]) -> Callable[..., tuple[gr.Dropdown, gr.Dropdown, *Shown]]:
    @cached(TTLCache(1, _CHOICES_SECONDS), condition=Condition())
    def choices() -> tuple[list[tuple[str, str]], list[str]]:
        now, titles = context.clock(), coin_titles()
        mentioned = [found.coin for found in context.store.coins(now - _COINS_OF, now)]
        outlets = [found.outlet for found in context.store.outlets(now - _OUTLETS_OF, now)]
        return [(titles.get(coin, coin), coin) for coin in mentioned], outlets

    def opened(*asked: Any) -> tuple[gr.Dropdown, gr.Dropdown, *Shown]:  # noqa: ANN401 - what `turn` takes
        try:
            coins, outlets = choices()
        except StoreUnavailableError:
            coins, outlets = [], []  # the list next to it reports the error
        chosen = gr.Dropdown(choices=[(_ANY, _ANY), *coins]), gr.Dropdown(choices=[_ANY, *outlets])
        return *chosen, *turn(*asked)

    return opened


def _stepper(turn: Callable[..., Shown], step: int) -> Callable[..., Shown]:
    return lambda *asked: turn(*asked[:-1], (asked[-1] or 1) + step)


def _filters(
    predicted: str | None, coin: str | None, text: str | None, everything: bool | None, outlet: str | None
) -> TitleFilter:
    # Browsers send text; other clients may send null for an empty field.
    ticker, source = ((given or _ANY).strip() for given in (coin, outlet))
    return TitleFilter(
        None if predicted in (None, _ANY) else label_from_name(predicted),
        None if ticker in ("", _ANY) else ticker.upper(),
        text or "",
        include_not_news=bool(everything),
        outlet=None if source in ("", _ANY) else source,
    )


def _buttons(newer: bool, older: bool) -> tuple[gr.Button, gr.Button]:
    return gr.Button(interactive=newer), gr.Button(interactive=older)


def headline_list(page: HeadlinePage, now: datetime) -> str:
    """The headlines of a page as an HTML list. What feeds wrote is shown as text and nothing else."""
    titles = [(title, is_web_address(title.url), _linked(page.copies.get(title.title_id, ()))) for title in page.titles]
    first = (page.number - 1) * PAGE_SIZE + 1
    return render("headlines.html", titles=titles, number=page.number, first=first, now=now)


def _linked(copies: Sequence[StoryCopy]) -> list[tuple[StoryCopy, bool]]:
    return [(copy, is_web_address(copy.url)) for copy in copies]


def is_web_address(url: str) -> bool:
    """Whether `url` is a whole http or https address; nothing else becomes a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
