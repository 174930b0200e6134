"""Headlines that somebody pastes or uploads: all of them, or an error that says where which one cannot be read."""

import csv
import io
import re
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from serve.api.model_schemas import MAX_TITLES, Title

MAX_BYTES = 1_000_000
COLUMNS = ("text", "title")
_TITLE: TypeAdapter[str] = TypeAdapter(Title)
# What a spreadsheet takes for a formula at the start of a cell (OWASP, "CSV Injection").
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


class TitlesError(ValueError):
    """What was given holds no headlines that can be scored; the message is for whoever gave it."""


def one_title(text: str, where: str = "") -> str:
    """Return a headline as the model API takes it.

    Args:
        text: the headline; white space around it is removed.
        where: what the error begins with, such as "Line 3: ".

    Raises:
        TitlesError: if it is empty or too long.
    """
    try:
        return _TITLE.validate_python(text.strip() if isinstance(text, str) else text)
    except ValidationError as error:
        problem = error.errors()[0]
        told = problem["msg"].removeprefix("Value error, ")
        told = re.sub("^(String|Input)", "a title", told)
        raise TitlesError(f"{where}{told}" if where else told[0].upper() + told[1:]) from None


def pasted_titles(text: str) -> list[str]:
    """Return the headlines of a text that has one a line; empty lines are passed over.

    Raises:
        TitlesError: if there is none, one cannot be scored, or there are more than 256.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    _check_count(len(lines))
    return [one_title(line, f"Line {number}: ") for number, line in lines]


def listed_titles(titles: Sequence[str]) -> list[str]:
    """Return the headlines of a list, as programs send them; raises as `pasted_titles` does."""
    if not isinstance(titles, list):
        raise TitlesError("Send a list of titles")
    _check_count(len(titles))
    return [one_title(title, f"Title {number}: ") for number, title in enumerate(titles, 1)]


def csv_titles(content: bytes) -> list[str]:
    """Return the headlines of a CSV file in UTF-8: its column `text` or `title`, or its only column.

    Without one of these names in its first row, a single column has no header. What `guarded` put before a cell is
    taken off again; rows without any content are passed over.

    Raises:
        TitlesError: if there is no such column, a row does not fit, or the titles are what `pasted_titles` refuses.
    """
    if len(content) > MAX_BYTES:
        raise TitlesError(f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    rows = _rows(_decoded(content))
    first = rows[0][1] if rows else []
    names = [name.strip().lower() for name in first]
    chosen = next((names.index(column) for column in COLUMNS if column in names), None)
    if chosen is None and len(names) > 1:
        raise TitlesError(f"No column is called text or title; the first row has {', '.join(first)}"[:300])
    titles = rows if chosen is None else rows[1:]
    _check_count(len(titles))
    return [_cell(row, number, chosen or 0, len(names)) for number, row in titles]


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs as a formula: where it might, a quote stands before it (OWASP)."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TitlesError(f"Line {line} is not UTF-8; save the file as CSV in UTF-8") from None


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(number, row) for number, row in enumerate(reader, 1) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise TitlesError(f"Line {reader.line_num} is no CSV: {error}") from None


def _cell(row: list[str], number: int, column: int, width: int) -> str:
    if len(row) != width:
        raise TitlesError(f"Row {number} has {len(row)} columns; the first row has {width}. Quote texts with commas")
    return one_title(_unguarded(row[column]), f"Row {number}, column {column + 1}: ")


def _check_count(count: int) -> None:
    if not count:
        raise TitlesError("There are no headlines in it")
    if count > MAX_TITLES:
        raise TitlesError(f"There are {count} headlines; at most {MAX_TITLES} are scored at once")
