"""What a data card of the project says, for pages outside of it: its table, and what its data cannot show."""

import re
from dataclasses import dataclass
from pathlib import Path

from barometer.hub.folders import HubError

_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")  # to a page that is not there


@dataclass(frozen=True, slots=True)
class DataCard:
    """A data card: its whole text without links into the project, and the Markdown of its first table."""

    text: str
    table: str


def read_data_card(path: Path) -> DataCard:
    """Read a data card, such as `docs/data-card-news.md`.

    Raises:
        HubError: if it cannot be read, or has no table that says under which licence the data is.
    """
    try:
        text = _LINK.sub(r"\1", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise HubError(f"no data card at {path} ({error}); --data-card names another file") from None
    found = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    if found is None or "| licence |" not in found[0]:
        raise HubError(f"{path}: expected a table with a row `licence`, as in docs/data-card-news.md")
    return DataCard(text, found[0])
