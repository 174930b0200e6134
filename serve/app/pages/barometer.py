"""The first page: the barometer now and earlier, its history, and the same for every coin."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import gradio as gr

from barometer.coins import coin_titles
from barometer.live.records import BarometerReading
from serve.api.ports import StoreUnavailableError
from serve.app.coins import coin_rows, coin_table
from serve.app.context import AppContext, Page
from serve.app.history import DEFAULT, MARKETS, RANGES, Market, MarketError, history_words, read_market, windows
from serve.app.overview import overview, overview_card, stale_note
from serve.app.panels import no_data, note, store_unreachable
from serve.app.plots import blank_plot, days_in_view, history_plot
from serve.app.theme import palette, script
from serve.markup import render

EVERYTHING = "All crypto news"
_REFRESH_SECONDS = 300
_BY_COIN = (
    "Headlines of the last seven days, compared with the seven days before. Pick a coin to see this page for it alone."
)
History = tuple[str, gr.CheckboxGroup, gr.Plot]
Shown = tuple[gr.HTML, str, gr.Button, gr.Column, str, *History]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    choices = [(EVERYTHING, ""), *((title, coin) for coin, title in coin_titles().items())]
    stale = gr.HTML(visible=False, elem_id="g-stale")
    with gr.Row(elem_id="g-about"):
        coin = gr.Dropdown(choices, value="", label="Headlines about", elem_id="g-coin", scale=0, min_width=260)
        clear = gr.Button("", visible=False, elem_id="g-clear", size="sm", scale=0, min_width=120)
    card = gr.HTML(render("skeleton.html"), elem_id="g-overview")
    with gr.Column(elem_id="g-rest") as rest:
        gr.HTML(render("heading.html", id="", title="Over time", text=""), elem_classes="g-head")
        with gr.Row(elem_id="g-how"):
            shown = gr.Radio(RANGES, value=DEFAULT, label="Range", elem_id="g-range", scale=2)
            overlays = gr.CheckboxGroup([], label="Compare with", visible=False, elem_id="g-overlays", min_width=380)
        plot = gr.Plot(blank_plot(), show_label=False, elem_id="g-plot")
        words = gr.HTML(elem_id="g-words")
        gr.HTML(render("heading.html", id="g-coins", title="By coin", text=_BY_COIN), elem_classes="g-head")
        table = gr.HTML(elem_id="g-table", js_on_load=script("coin_table.js"))

    history = [words, overlays, plot]
    asked = [coin, shown, overlays, page.dark]
    outputs = [stale, card, clear, rest, table, *history]
    turn = _history_of(context)
    show = _page_of(context, turn)
    private: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None}
    quiet: dict[str, Any] = {**private, "show_progress": "hidden"}
    to_top = render("to_top.js", element="g-about", focus="g-title")
    page.shown(show, asked, outputs)
    coin.input(show, asked, outputs, **private)
    for changed in (table.click(_picked, None, coin, **quiet), clear.click(lambda: "", None, coin, **quiet)):
        changed.then(show, asked, outputs, **private).then(None, js=to_top, api_visibility="private")
    gr.on([shown.input, overlays.input, page.dark.input], turn, asked, history, **private)
    gr.Timer(_REFRESH_SECONDS).tick(show, asked, outputs, **quiet)


def _picked(event: gr.EventData) -> str:
    coin = str(event.coin)
    return coin if coin in coin_titles() else ""


def _page_of(context: AppContext, turn: Callable[..., History]) -> Callable[..., Shown]:
    def show(coin: str | None, shown: str, overlays: Sequence[str], dark: bool) -> Shown:
        now, picked = context.clock(), coin or None
        clear = gr.Button(f"✕ {_subject(picked)}" if picked else "", visible=picked is not None)
        try:
            found = overview(context.store, now, picked)
            if found.state.newest_pub_time is None:
                return _hidden(), no_data(), clear, gr.Column(visible=False), "", *_no_history()
            table = coin_table(coin_rows(context.store, now), picked)
        except StoreUnavailableError as error:
            return _hidden(), store_unreachable(str(error)), clear, gr.Column(visible=False), "", *_no_history()
        stale = stale_note(found.state, now, context.stale_hours)
        card = overview_card(found, _subject(picked))
        return (
            gr.HTML(stale, visible=bool(stale)),
            card,
            clear,
            gr.Column(visible=True),
            table,
            *turn(coin, shown, overlays, dark),
        )

    return show


def _history_of(context: AppContext) -> Callable[..., History]:
    def turn(coin: str | None, shown: str, overlays: Sequence[str], dark: bool) -> History:
        try:
            found = windows(context.store, context.clock(), shown, coin or None)
        except StoreUnavailableError as error:
            return store_unreachable(str(error)), *_no_history()[1:]
        series, notes = _series(context, found)
        offered = gr.CheckboxGroup(choices=[market.name for market in series], visible=bool(series))
        laid_over = {market: days for market, days in series.items() if market.name in overlays}
        figure = history_plot(found, laid_over, palette(dark)) if found else blank_plot()
        return render("history.html", words=history_words(found)) + notes, offered, gr.Plot(figure, visible=bool(found))

    return turn


def _series(context: AppContext, found: Sequence[BarometerReading]) -> tuple[dict[Market, Mapping[date, float]], str]:
    """The market series that have days in view, and notes about those that cannot be read."""
    series, notes = {}, ""
    for market in MARKETS:
        try:
            days = read_market(context.market, market)
        except MarketError as error:
            notes += note(f"{market.name} is not shown: {error}.")
        else:
            if days_in_view(days, found):
                series[market] = days
    return series, notes


def _hidden() -> gr.HTML:
    return gr.HTML("", visible=False)


def _no_history() -> History:
    return "", gr.CheckboxGroup(choices=[], visible=False), gr.Plot(visible=False)


def _subject(coin: str | None) -> str:
    return coin_titles().get(coin, coin) if coin else EVERYTHING
