"""What a page shows in place of its content where there is none: said plainly, with what to do about it."""

from html import escape


def state(title: str, text: str, command: str = "", role: str = "status") -> str:
    """A panel that says what is missing and, where a command helps, which one; HTML, everything escaped."""
    hint = f"<p>Run <code>{escape(command)}</code></p>" if command else ""
    return f'<div class="b-state" role="{role}"><h2>{escape(title)}</h2><p>{escape(text)}</p>{hint}</div>'


def no_data() -> str:
    """Nothing was crawled and scored yet, or nothing in the window."""
    return state(
        "No headlines yet", "The barometer shows a number once news was fetched and scored.", "barometer refresh"
    )


def store_unreachable(reason: str) -> str:
    """The store does not answer."""
    return state("The news cannot be read just now", f"{reason}. Reload the page in a minute.", role="alert")


def no_model(reason: str) -> str:
    """No model artifact could be loaded."""
    return state("No model is loaded yet", f"{reason}. The page answers as soon as one is there.", "make demo", "alert")


def note(text: str) -> str:
    """A remark above content that is shown all the same, such as that it is stale."""
    return f'<div class="b-note" role="status">{escape(text)}</div>'
