"""What pages depend on: the store, the model, folders and the clock. Nothing here reads the environment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import gradio as gr

from serve.api.ports import DataStore
from serve.api.switch import ModelSwitch


@dataclass(frozen=True, slots=True)
class AppContext:
    """What every page may use.

    Attributes:
        store: answers queries about the news; any of them may raise `StoreUnavailableError`.
        model: the current model; raises `NotReadyError` while there is none, and `reason` says why.
        reports: folder of one corpus' reports; may be missing.
        market: folder of daily market series; may be missing.
        clock: the current time in UTC.
        stale_hours: age of the last refresh above which the page is marked stale.
    """

    store: DataStore
    model: ModelSwitch
    reports: Path
    market: Path
    clock: Callable[[], datetime]
    stale_hours: float


@dataclass(frozen=True, slots=True)
class Page:
    """The place of a page.

    Attributes:
        dark: a hidden checkbox that is set in dark mode before `shown` fires; its `input` fires when the mode changes.
        shown: call `shown(fn, inputs, outputs)` to fill the page whenever it is opened or chosen. With `linked`, a
            mapping of parameter names to dropdowns or radios with an `elem_id`, the address of the page says what
            these controls are set to, and a link sets them before the page is first filled.
    """

    dark: gr.Checkbox
    shown: Callable[..., None]
