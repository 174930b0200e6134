"""The first page: the barometer now and earlier, its history, and the same for every coin."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import gradio as gr

from barometer.coins import coin_titles
from barometer.live.records import BarometerReading
from serve.api.ports import StoreUnavailableError
from serve.api.preview import EVERYTHING
from serve.api.ranges import DEFAULT, TITLES, Range
from serve.app.coins import coin_rows, coin_table
from serve.app.context import AppContext, Page
from serve.app.history import MARKETS, Line, Market, MarketError, lines_words, read_market, windows
from serve.app.overview import overview, overview_card, stale_note
from serve.app.panels import no_data, note, store_unreachable
from serve.app.plots import blank_plot, days_in_view, history_plot
from serve.app.theme import palette, script
from serve.markup import render

ALL = "all"  # as what is compared; as what the page is about it is empty
_REFRESH_SECONDS = 300
_BY_COIN = (
    "Headlines of the last seven days, compared with the seven days before. Pick a coin to see this page for it alone."
)
History = tuple[str, gr.CheckboxGroup, gr.Plot]
Shown = tuple[gr.HTML, str, gr.Button, gr.Column, str, *History]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    coins = [(title, coin) for coin, title in coin_titles().items()]
    subjects, others = [(EVERYTHING, ""), *coins], [("Nothing", ""), (EVERYTHING, ALL), *coins]
    stale = gr.HTML(visible=False, elem_id="g-stale")
    with gr.Row(elem_id="g-about"):
        coin = gr.Dropdown(subjects, value="", label="Headlines about", elem_id="g-coin", scale=0, min_width=260)
        clear = gr.Button("", visible=False, elem_id="g-clear", size="sm", scale=0, min_width=120)
        copy = gr.Button("Copy link", elem_id="g-copy", size="sm", scale=0, min_width=110)
    card = gr.HTML(render("skeleton.html"), elem_id="g-overview")
    with gr.Column(elem_id="g-rest") as rest:
        gr.HTML(render("heading.html", id="", title="Over time", text=""), elem_classes="g-head")
        with gr.Row(elem_id="g-how"):
            ranges = [(title, name) for name, title in TITLES.items()]
            shown = gr.Radio(ranges, value=DEFAULT, label="Range", elem_id="g-range", scale=2)
            compared = gr.Dropdown(others, value="", label="Compare with", elem_id="g-compare", min_width=220)
            overlays = gr.CheckboxGroup([], label="Market", visible=False, elem_id="g-overlays", min_width=380)
        plot = gr.Plot(blank_plot(), show_label=False, elem_id="g-plot")
        words = gr.HTML(elem_id="g-words")
        gr.HTML(render("heading.html", id="g-coins", title="By coin", text=_BY_COIN), elem_classes="g-head")
        table = gr.HTML(elem_id="g-table", js_on_load=script("coin_table.js"))

    history = [words, overlays, plot]
    asked = [coin, shown, compared, overlays, page.dark]
    outputs = [stale, card, clear, rest, table, *history]
    turn = _history_of(context)
    show = _page_of(context, turn)
    private: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None}
    quiet: dict[str, Any] = {**private, "show_progress": "hidden"}
    to_top = render("to_top.js", element="g-about", focus="g-title")
    page.shown(show, asked, outputs, {"coin": coin, "range": shown, "compare": compared})
    copy.click(None, js="() => barometer.copy()", api_visibility="private")
    last: dict[str, Any] = {**private, "trigger_mode": "always_last"}  # else a choice made meanwhile shows nothing
    coin.input(show, asked, outputs, **last)
    for changed in (table.click(_picked, None, coin, **quiet), clear.click(lambda: "", None, coin, **quiet)):
        changed.then(show, asked, outputs, **private).then(None, js=to_top, api_visibility="private")
    gr.on([shown.input, compared.input, overlays.input, page.dark.input], turn, asked, history, **last)
    gr.Timer(_REFRESH_SECONDS).tick(show, asked, outputs, **quiet)


def _picked(event: gr.EventData) -> str:
    coin = str(event.coin)
    return coin if coin in coin_titles() else ""


def _page_of(context: AppContext, turn: Callable[..., History]) -> Callable[..., Shown]:
    def show(coin: str | None, shown: Range, compared: str | None, overlays: Sequence[str], dark: bool) -> Shown:
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
            *turn(coin, shown, compared, overlays, dark),
        )

    return show


def _history_of(context: AppContext) -> Callable[..., History]:
    def turn(coin: str | None, shown: Range, compared: str | None, overlays: Sequence[str], dark: bool) -> History:
        try:
            lines = _lines(context, shown, coin or None, compared or None)
        except StoreUnavailableError as error:
            return store_unreachable(str(error)), *_no_history()[1:]
        found = max(lines, key=lambda line: len(line.windows)).windows
        series, notes = _series(context, found)
        offered = gr.CheckboxGroup(choices=[market.name for market in series], visible=bool(series))
        laid_over = {market: days for market, days in series.items() if market.name in overlays}
        figure = history_plot(lines, laid_over, palette(dark)) if found else blank_plot()
        return render("history.html", words=lines_words(lines)) + notes, offered, gr.Plot(figure, visible=bool(found))

    return turn


def _lines(context: AppContext, shown: Range, coin: str | None, compared: str | None) -> list[Line]:
    """The line that the page is about and, in whole days, the one that it is compared with, if that is another."""
    other = None if compared == ALL else compared
    both = compared is not None and other != coin
    now = context.clock()
    asked = [coin, other] if both else [coin]
    return [Line(_subject(each), windows(context.store, now, shown, each, whole_days=both)) for each in asked]


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
