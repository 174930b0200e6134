"""What a page shows in place of its content where there is none: said plainly, with what to do about it."""

import re
from html import escape


def state(title: str, text: str, role: str = "status") -> str:
    """A panel that says what is missing and what to do about it; HTML, everything escaped.

    Args:
        title: what is missing.
        text: sentences; what stands between backticks is shown as something to type.
        role: `status` where people may wait, `alert` where something is wrong.
    """
    said = re.sub("`([^`]+)`", r"<code>\1</code>", escape(text[:1].upper() + text[1:]))
    return f'<div class="b-state" role="{role}"><h2>{escape(title)}</h2><p>{said}</p></div>'


def loading(text: str) -> str:
    """What stands there until the first answer comes; HTML, escaped."""
    return f'<div class="b-state b-loading" role="status"><p>{escape(text)} …</p></div>'


def no_data() -> str:
    """Nothing was crawled and scored yet."""
    return state(
        "No headlines yet", "The barometer shows a number once `barometer refresh` has fetched and scored news."
    )


def store_unreachable(reason: str) -> str:
    """The store does not answer, or has no tables."""
    return state("The news cannot be read just now", f"{reason}.", role="alert")


def no_model(reason: str) -> str:
    """No model artifact could be loaded."""
    return state("No model is loaded yet", f"{reason}. The page answers as soon as one is there.", role="alert")


def note(text: str) -> str:
    """A remark above content that is shown all the same, such as that it is stale."""
    return f'<div class="b-note" role="status">{escape(text)}</div>'
