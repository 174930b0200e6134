"""Panels that a page shows instead of its content, or above it: what is missing and what to do about it. HTML."""

from serve.markup import render


def state(title: str, text: str, role: str = "status") -> str:
    """A panel in place of content.

    Args:
        title: what is missing.
        text: sentences; text between backticks is shown as something to type.
        role: `status` if waiting may help, `alert` if something is wrong.
    """
    return render("state.html", kind=role, title=title, text=text[:1].upper() + text[1:])


def loading(text: str) -> str:
    """A panel that is shown until the first answer arrives."""
    return render("state.html", kind="loading", text=text)


def no_data() -> str:
    """Nothing has been crawled and scored yet."""
    return state(
        "No headlines yet", "Run `barometer refresh` to fetch and score news; the barometer then shows a number."
    )


def store_unreachable(reason: str) -> str:
    """The store does not answer, or has no tables."""
    return state("News is unavailable", f"{reason}.", role="alert")


def no_model(reason: str) -> str:
    """No model artifact could be loaded."""
    return state("No model is loaded yet", f"{reason}. The page works as soon as a model is available.", role="alert")


def note(text: str) -> str:
    """A remark above content, such as that it is stale."""
    return render("note.html", text=text)
