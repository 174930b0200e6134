"""PAGE news."""

import gradio as gr

from serve.app.context import AppContext, Page


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    text = gr.HTML()
    page.shown(lambda dark: f"news dark={dark}", page.dark, text)
