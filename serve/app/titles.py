"""Headlines in and out: parsed from pasted text, a list or a CSV file, and returned with their predictions."""

import csv
import io
import re
from base64 import b64encode
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from barometer.labels import FIELD_NAMES
from barometer.spreadsheet import guarded, unguarded
from serve.api.model_schemas import MAX_TITLES, Predictions, Title
from serve.markup import render

MAX_BYTES = 1_000_000
COLUMNS = ("text", "title")
HEADER = ("text", *FIELD_NAMES, "news", "label", "model_version")
_TITLE: TypeAdapter[str] = TypeAdapter(Title)


class TitlesError(ValueError):
    """The input has no headlines that can be scored; the message is for its author."""


def one_title(text: str, where: str = "") -> str:
    """Validate a headline as the model API does.

    Args:
        text: the headline; surrounding white space is removed.
        where: prefix of the error, such as "Line 3: ".

    Raises:
        TitlesError: if it is empty or too long.
    """
    try:
        return _TITLE.validate_python(text.strip() if isinstance(text, str) else text)
    except ValidationError as error:
        problem = error.errors()[0]
        message = problem["msg"].removeprefix("Value error, ")
        message = re.sub("^(String|Input)", "a title", message)
        raise TitlesError(f"{where}{message}" if where else message[0].upper() + message[1:]) from None


def pasted_titles(text: str) -> list[str]:
    """The headlines of a text with one a line; empty lines are skipped.

    Raises:
        TitlesError: if there are none, one cannot be scored, or there are more than 256.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    _check_count(len(lines))
    return [one_title(line, f"Line {number}: ") for number, line in lines]


def listed_titles(titles: Sequence[str]) -> list[str]:
    """The headlines of a list, as programs send them; raises as `pasted_titles` does."""
    if not isinstance(titles, list):
        raise TitlesError("Send a list of titles")
    _check_count(len(titles))
    return [one_title(title, f"Title {number}: ") for number, title in enumerate(titles, 1)]


def csv_titles(content: bytes) -> list[str]:
    """The headlines of a CSV file in UTF-8: its column `text` or `title`, or its only column.

    A single column has no header unless its first row is one of these names. The quote that `guarded` adds is removed;
    empty rows are skipped.

    Raises:
        TitlesError: if there is no such column, a row does not fit, or `pasted_titles` would refuse the titles.
    """
    if len(content) > MAX_BYTES:
        raise TitlesError(f"The file has {len(content):,} bytes; the limit is {MAX_BYTES:,}")
    rows = _rows(_decoded(content))
    first = rows[0][1] if rows else []
    names = [name.strip().lower() for name in first]
    chosen = next((names.index(column) for column in COLUMNS if column in names), None)
    if chosen is None and len(names) > 1:
        raise TitlesError(f"No column is named text or title; the first row has {', '.join(first)}"[:300])
    titles = rows if chosen is None else rows[1:]
    _check_count(len(titles))
    return [_cell(row, number, chosen or 0, len(names)) for number, row in titles]


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
        raise TitlesError(f"Line {reader.line_num} is not CSV: {error}") from None


def _cell(row: list[str], number: int, column: int, width: int) -> str:
    if len(row) != width:
        raise TitlesError(f"Row {number} has {len(row)} columns; the first row has {width}. Quote texts with commas")
    return one_title(unguarded(row[column]), f"Row {number}, column {column + 1}: ")


def _check_count(count: int) -> None:
    if not count:
        raise TitlesError("It contains no headlines")
    if count > MAX_TITLES:
        raise TitlesError(f"There are {count} headlines; the limit is {MAX_TITLES}")


def results_csv(found: Predictions) -> str:
    """The results as CSV: `text,negative,neutral,positive,news,label,model_version`, probabilities to six places.

    Texts are `guarded`; `csv_titles` removes the quote again.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for row in found.predictions:
        numbers = (f"{p:.6f}" for p in (row.negative, row.neutral, row.positive, row.news))
        writer.writerow([guarded(row.text), *numbers, row.label, found.model_version])
    return file.getvalue()


def results(found: Predictions) -> str:
    """Summary, link to the file and table; HTML."""
    mean = sum(row.positive for row in found.predictions) / len(found.predictions)
    content = b64encode(results_csv(found).encode()).decode()
    return render("results.html", found=found, mean=mean, content=content)
