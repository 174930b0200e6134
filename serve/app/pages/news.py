"""The news behind the number: the latest headlines with their scores, to filter, search and page through."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import gradio as gr

from barometer.coins import coin_titles
from barometer.labels import CLASS_NAMES, label_from_name
from barometer.live.records import EVERY_TITLE, TitleFilter
from serve.api.ports import StoreUnavailableError
from serve.app.context import AppContext, Page
from serve.app.headlines import MAX_SEARCH, find_page, headline_list
from serve.app.states import loading, no_data, state, store_unreachable

_ANY = "All"
_COINS_OF = timedelta(days=365)
_TO_TOP = "() => document.getElementById('news-head').scrollIntoView({block: 'start'})"
Shown = tuple[str, int, gr.Button, gr.Button]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    gr.HTML('<h2>Latest headlines</h2><p>What the barometer has read, with what the model made of it.</p>',
            elem_id="news-head", elem_classes="b-head")  # fmt: skip
    with gr.Row(elem_id="news-filters"):
        predicted = gr.Radio([_ANY, *CLASS_NAMES], value=_ANY, label="Class", elem_id="news-class", scale=3)
        coin = gr.Dropdown([_ANY], value=_ANY, label="Coin", allow_custom_value=True, elem_id="news-coin",
                           min_width=180)  # fmt: skip
        text = gr.Textbox(label="Search", placeholder="Words in the headline", max_length=MAX_SEARCH, max_lines=1,
                          submit_btn="Search", elem_id="news-search", scale=2)  # fmt: skip
        clear = gr.Button("Clear", size="sm", scale=0, min_width=80, elem_id="news-clear")
    everything = gr.Checkbox(label="Include what is not news", container=False, elem_id="news-all")
    listed = gr.HTML(loading("Reading the headlines"), elem_id="news-list")
    number = gr.State(1)
    with gr.Row(elem_id="news-paging"):
        newer = gr.Button("← Newer", interactive=False, size="md", scale=0, min_width=130, elem_id="news-newer")
        older = gr.Button("Older →", interactive=False, size="md", scale=0, min_width=130, elem_id="news-older")

    asked = [predicted, coin, text, everything]
    outputs = [listed, number, newer, older]
    turn = _turner(context)
    page.shown(_opener(context, turn), [*asked, number], [coin, *outputs])
    private: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress_on": listed}
    gr.on([predicted.input, coin.input, text.submit, everything.input], turn, asked, outputs, **private)
    for button, step in ((newer, -1), (older, 1)):
        turned = button.click(_stepper(turn, step), [*asked, number], outputs, **private)
        turned.then(None, js=_TO_TOP, api_visibility="private")
    clear.click(lambda: (_ANY, _ANY, "", False, *turn(_ANY, _ANY, "", False)), None, [*asked, *outputs], **private)


def _turner(context: AppContext) -> Callable[..., Shown]:
    def turn(
        predicted: str | None, coin: str | None, text: str | None, everything: bool | None, number: int = 1
    ) -> Shown:
        filters = _filters(predicted, coin, text, everything)
        try:
            page = find_page(context.store, filters, number)
        except StoreUnavailableError as error:
            return store_unreachable(str(error)), number, *_buttons(False, False)
        if page.titles:
            shown = headline_list(page, context.clock())
        elif filters != EVERY_TITLE or page.number > 1:
            shown = state("No headline matches", "Try fewer words, another coin or class, or clear the filters.")
        else:
            shown = no_data()
        return shown, page.number, *_buttons(page.number > 1, page.more)

    return turn


def _opener(context: AppContext, turn: Callable[..., Shown]) -> Callable[..., tuple[gr.Dropdown, *Shown]]:
    def opened(
        predicted: str | None, coin: str | None, text: str | None, everything: bool | None, number: int
    ) -> tuple[gr.Dropdown, *Shown]:
        now = context.clock()
        try:
            titles = coin_titles()
            mentioned = [found.coin for found in context.store.coins(now - _COINS_OF, now)]
            coins = [(titles.get(coin, coin), coin) for coin in mentioned]
        except StoreUnavailableError:
            coins = []  # the list beside it says so
        return gr.Dropdown(choices=[(_ANY, _ANY), *coins]), *turn(predicted, coin, text, everything, number)

    return opened


def _stepper(turn: Callable[..., Shown], step: int) -> Callable[..., Shown]:
    return lambda *asked: turn(*asked[:-1], asked[-1] + step)


def _filters(predicted: str | None, coin: str | None, text: str | None, everything: bool | None) -> TitleFilter:
    # A browser sends texts; what else calls the app may send null for a field that is not filled in.
    ticker = (coin or _ANY).strip()
    return TitleFilter(
        None if predicted in (None, _ANY) else label_from_name(predicted),
        None if ticker in ("", _ANY) else ticker.upper(),
        text or "",
        include_not_news=bool(everything),
    )


def _buttons(newer: bool, older: bool) -> tuple[gr.Button, gr.Button]:
    return gr.Button(interactive=newer), gr.Button(interactive=older)
