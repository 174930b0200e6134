"""The frame of the app: header, one tab for each page, footer, dark mode and deep links (`?tab=news`)."""

from collections.abc import Callable, Sequence
from functools import partial

import gradio as gr
from gradio.components import Component

from serve.app.context import AppContext, Page
from serve.app.pages import barometer, model, news, predict

TITLE = "Crypto news barometer"
DESCRIPTION = "How positive is crypto news right now? Every headline read, scored and averaged into one number."
HEADER = f"""<header class="b-header"><h1>{TITLE}</h1><p>{DESCRIPTION}</p></header>"""
FOOTER = """<footer class="b-footer"><p>A mean of model predictions: no forecast, no investment advice.</p>
<ul><li><a href="api/docs">Data API</a></li><li><a href="?view=api">Page API</a></li>
<li><a href="api/v1/barometer.rss">Feed</a></li><li><a href="api/v1/widget">Widget</a></li>
<li><a href="api/v1/badge.svg">Badge</a></li></ul></footer>"""
_HOUR_S = 3600  # files that people uploaded are looked for, and deleted, so often and at this age
Components = Component | Sequence[Component] | None
# The address follows the tab that is open, so that it can be shared; it is read once, before it is first written.
_OPEN_ASKED = """() => {
  const asked = new URLSearchParams(location.search).get("tab");
  const open = (tries) => {
    const button = document.getElementById(`page-${asked}-button`);
    if (button) button.click();
    else if (tries) setTimeout(open, 50, tries - 1);  // the row of tabs may be drawn a moment later
    window.barometerOpened = true;
  };
  open(asked ? 40 : 0);
}"""
_SEEN = """() => {
  if (window.barometerOpened) {
    const address = new URL(location);
    address.searchParams.CHANGE;
    history.replaceState(history.state, "", address);
  }
  return document.body.classList.contains("dark");
}"""

# Plots are drawn in the colours of a mode. Gradio's own listener, which was there first, has changed the page by then.
_FOLLOW_SCHEME = """() => matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  const box = document.querySelector("#dark input");
  if (box.checked !== document.body.classList.contains("dark")) box.click();
})"""

# Name in the address, title of the tab, what lays it out.
PAGES: tuple[tuple[str, str, Callable[[AppContext, Page], None]], ...] = (
    ("barometer", "Barometer", barometer.build),
    ("news", "News", news.build),
    ("predict", "Try the model", predict.build),
    ("model", "Model", model.build),
)


def build_blocks(context: AppContext) -> gr.Blocks:
    """Lay out the app. Nothing is asked of the store or the model before somebody opens a page."""
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(_HOUR_S, _HOUR_S))
    with blocks:
        gr.HTML(HEADER, elem_id="header")
        dark = gr.Checkbox(visible="hidden", label="Dark mode", elem_id="dark")
        with gr.Tabs(elem_id="pages"):
            for name, title, build in PAGES:
                with gr.Tab(title, id=name, elem_id=f"page-{name}") as tab:
                    build(context, Page(blocks, tab, dark, partial(_fill, tab, name, dark)))
        gr.HTML(FOOTER, elem_id="footer")
        blocks.load(None, js=_OPEN_ASKED, api_visibility="private")
        blocks.load(None, js=_FOLLOW_SCHEME, api_visibility="private")
    return blocks


def _fill(
    tab: gr.Tab, name: str, dark: gr.Checkbox, fn: Callable[..., object], inputs: Components, outputs: Components
) -> None:
    # The tab that is open when somebody comes is selected then, so that the first page is filled, too.
    change = 'delete("tab")' if name == PAGES[0][0] else f'set("tab", "{name}")'
    seen = tab.select(
        None, None, dark, js=_SEEN.replace("CHANGE", change), api_visibility="private", show_progress="hidden"
    )
    # Not in the queue, which lets one person in at a time; each page says by itself that it is being read.
    seen.then(fn, inputs, outputs, api_visibility="private", queue=False, show_progress="hidden")
