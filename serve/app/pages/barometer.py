"""The first page: the barometer now, what it was, how it went, and the same for every coin."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from barometer.coins import coin_titles
from serve.api.ports import StoreUnavailableError
from serve.app.coins import coin_rows
from serve.app.context import AppContext, Page
from serve.app.figures.coin_table import SCRIPT, coin_table
from serve.app.figures.history_plot import blank_plot, days_in_view, history_plot
from serve.app.figures.overview_card import SKELETON, overview_card, stale_note
from serve.app.history import DEFAULT, RANGES, history_words, windows
from serve.app.market import MARKETS, MarketError, read_market
from serve.app.overview import overview
from serve.app.states import no_data, note, store_unreachable
from serve.app.theme import palette

EVERYTHING = "All crypto news"
_REFRESH_SECONDS = 300
# Focus goes there, too: what was pressed is far below, or gone, and a screen reader reads what it comes to.
_TO_TOP = """() => requestAnimationFrame(() => {
  document.getElementById("g-about").scrollIntoView({block: "start"});
  const title = document.getElementById("g-title");
  if (title) {
    title.tabIndex = -1;
    title.focus({preventScroll: true});
  }
})"""
History = tuple[str, gr.CheckboxGroup, gr.Plot]
Shown = tuple[gr.HTML, str, gr.Button, gr.Column, str, *History]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    choices = [(EVERYTHING, ""), *((title, coin) for coin, title in coin_titles().items())]
    stale = gr.HTML(visible=False, elem_id="g-stale")
    with gr.Row(elem_id="g-about"):
        coin = gr.Dropdown(choices, value="", label="Headlines about", elem_id="g-coin", scale=0, min_width=260)
        clear = gr.Button("", visible=False, elem_id="g-clear", size="sm", scale=0, min_width=120)
    card = gr.HTML(SKELETON, elem_id="g-overview")
    with gr.Column(elem_id="g-rest") as rest:
        gr.HTML("<h2>Over time</h2>", elem_classes="g-head")
        with gr.Row(elem_id="g-how"):
            shown = gr.Radio(RANGES, value=DEFAULT, label="Range", elem_id="g-range", scale=2)
            overlays = gr.CheckboxGroup([], label="Lay over it", visible=False, elem_id="g-overlays", min_width=380)
        plot = gr.Plot(blank_plot(), show_label=False, elem_id="g-plot")
        words = gr.HTML(elem_id="g-words")
        gr.HTML(
            '<h2 id="g-coins">By coin</h2><p>Headlines of the last seven days, beside the seven days before. '
            "Pick a coin to see the page for it alone.</p>",
            elem_classes="g-head",
        )
        table = gr.HTML(elem_id="g-table", js_on_load=SCRIPT)

    history = [words, overlays, plot]
    asked = [coin, shown, overlays, page.dark]
    outputs = [stale, card, clear, rest, table, *history]
    show, turn = _shower(context), _turner(context)
    private: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None}
    quiet: dict[str, Any] = {**private, "show_progress": "hidden"}
    page.shown(show, asked, outputs)
    coin.input(show, asked, outputs, **private)
    for changed in (table.click(_picked, None, coin, **quiet), clear.click(lambda: "", None, coin, **quiet)):
        changed.then(show, asked, outputs, **private).then(None, js=_TO_TOP, api_visibility="private")
    gr.on([shown.input, overlays.input, page.dark.input], turn, asked, history, **private)
    gr.Timer(_REFRESH_SECONDS).tick(show, asked, outputs, **quiet)


def _picked(event: gr.EventData) -> str:
    coin = str(event.coin)
    return coin if coin in coin_titles() else ""


def _shower(context: AppContext) -> Callable[..., Shown]:
    turn = _turner(context)

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


def _turner(context: AppContext) -> Callable[..., History]:
    def turn(coin: str | None, shown: str, overlays: Sequence[str], dark: bool) -> History:
        try:
            found = windows(context.store, context.clock(), shown, coin or None)
        except StoreUnavailableError as error:
            return store_unreachable(str(error)), *_no_history()[1:]
        notes, series = "", {}
        for market in MARKETS:
            try:
                days = read_market(context.market, market)
            except MarketError as error:
                notes += note(f"{market.name} is not shown: {error}.")
            else:
                if days_in_view(days, found):
                    series[market] = days
        offered = gr.CheckboxGroup(choices=[market.name for market in series], visible=bool(series))
        laid_over = {market: days for market, days in series.items() if market.name in overlays}
        figure = history_plot(found, laid_over, palette(dark)) if found else blank_plot()
        return f"<p>{history_words(found)}</p>{notes}", offered, gr.Plot(figure, visible=bool(found))

    return turn


def _hidden() -> gr.HTML:
    return gr.HTML("", visible=False)


def _no_history() -> History:
    return "", gr.CheckboxGroup(choices=[], visible=False), gr.Plot(visible=False)


def _subject(coin: str | None) -> str:
    return coin_titles().get(coin, coin) if coin else EVERYTHING
