"""What the pages are handed: the store, the model, folders and the clock. Nothing here reads the environment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import gradio as gr

from serve.api.ports import DataStore
from serve.api.switch import ModelSwitch


@dataclass(frozen=True, slots=True)
class AppContext:
    """What every page may ask.

    Attributes:
        store: answers questions about the news; any of them may raise `StoreUnavailableError`.
        model: the model in use; raises `NotReadyError` while there is none, and `reason` says why.
        reports: folder of one corpus' reports; may be missing.
        market: folder of daily market series; may be missing.
        clock: the time now, in UTC.
        stale_hours: the age of the last refresh from which the page says that it is stale.
    """

    store: DataStore
    model: ModelSwitch
    reports: Path
    market: Path
    clock: Callable[[], datetime]
    stale_hours: float


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is laid out.

    Attributes:
        blocks: the app, whose `load` event fires when somebody opens it.
        tab: the page's own tab, whose `select` event fires when somebody turns to it.
        dark: a hidden checkbox that is set in dark mode before `shown` fires; its `input` fires when the mode changes.
        shown: call `shown(fn, inputs, outputs)` to fill the page when it is opened and whenever it is turned to.
    """

    blocks: gr.Blocks
    tab: gr.Tab
    dark: gr.Checkbox
    shown: Callable[..., None]
