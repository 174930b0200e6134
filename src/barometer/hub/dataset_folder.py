"""The folder that is a dataset repository: the history of the index, and labels by the id of a headline, without texts.

No text of a publisher may be in it, so a file of labels passes only if its columns are known and every cell has the
form of an id, a number or a name.
"""

import csv
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huggingface_hub import DatasetCard, DatasetCardData
from sqlalchemy import Connection

from barometer.hub.data_card import DataCard, read_data_card
from barometer.hub.folders import HubError, copy_licence
from barometer.live.history_files import COLUMNS, HistoryPart, write_history
from barometer.live.store.standing import active_version
from barometer.live.store.sums import SPAN_OF, Bucket
from barometer.live.whole_history import history_parts

DATA_CARD = "data-card.md"
INDEX, LABELS = "index", "labels"
_TEMPLATE = Path(__file__).parent / "templates" / "dataset.md.j2"
_CELLS: Mapping[str, re.Pattern[str]] = {
    "id": re.compile(r"-?[0-9]{1,19}"),
    "annotator": re.compile(r"[a-z0-9_]{1,30}"),
    "label": re.compile(r"[012]"),
    "news": re.compile(r"[01]"),
    "hard": re.compile(r"[01]"),
    "origin": re.compile(r"[\w ./-]{0,60}", re.ASCII),
}
_VOTE = re.compile(r"annotator_[0-9]{1,3}")  # a column of votes
_MOST_VALUES = 100  # of a column other than `id`: names repeat, texts do not
Connect = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class Written:
    """What a file of the index holds: rows, headlines of all rows of all headlines, first and last hour since 1970."""

    rows: int = 0
    headlines: int = 0
    first: int | None = None
    last: int | None = None

    def counted(self, parts: Iterable[HistoryPart]) -> Iterator[HistoryPart]:
        """The parts, counted as they pass."""
        for part in parts:
            self.rows += len(part.coins)
            self.headlines += sum(n for coin, n in zip(part.coins, part.counts, strict=True) if not coin)
            self.first = int(part.hours[0]) if self.first is None else self.first
            self.last = int(part.hours[-1])
            yield part


def write_dataset_folder(
    target: Path, connect: Connect, labels: Path, name: str, data_card: Path, until: datetime
) -> dict[str, int]:
    """Fill the empty folder `target`; return the rows of each file.

    Args:
        target: the folder.
        connect: opens a connection that reads the store.
        labels: folder of CSV files of labels by id.
        name: `OWNER/NAME` of the repository, for the card.
        data_card: of the labels.
        until: a moment in UTC; hours and days that are not over by then are left out.

    Raises:
        HubError: if the store has no index yet, or a file of labels may hold a text.
        sqlalchemy.exc.DatabaseError: if the store cannot be read.
    """
    data = read_data_card(data_card)
    with connect() as connection:
        version = active_version(connection)
    if version is None:
        raise HubError("the store shows no model version yet; run `barometer score`, or refresh")
    (target / INDEX).mkdir()
    index: dict[Bucket, Written] = {bucket: _write_index(target, connect, version, bucket, until) for bucket in SPAN_OF}
    if not index["day"].rows:
        raise HubError("the store has no day of headlines that is over")
    votes = _copy_labels(labels, target / LABELS)
    copy_licence(target)
    (target / DATA_CARD).write_text(data.text, encoding="utf-8")
    (target / "README.md").write_text(dataset_page(name, version, index["day"], votes, data), encoding="utf-8")
    return {f"{INDEX}/{bucket}": found.rows for bucket, found in index.items()} | votes


def _write_index(target: Path, connect: Connect, version: str, bucket: Bucket, until: datetime) -> Written:
    written = Written()
    with (target / INDEX / f"{bucket}.parquet").open("wb") as file:
        write_history(written.counted(history_parts(connect, version, bucket, until)), file, "parquet")
    return written


def _copy_labels(source: Path, target: Path) -> dict[str, int]:
    files = sorted(source.glob("*.csv"))
    if not files:
        raise HubError(f"no files of labels at {source}; `dvc pull data.dvc` brings data/standoff")
    target.mkdir()
    rows = {}
    for file in files:
        rows[f"{LABELS}/{file.stem}"] = count_labels(file)
        shutil.copyfile(file, target / file.name)
    return rows


def count_labels(path: Path) -> int:
    """The number of rows of a CSV file of labels, every cell of which is checked.

    Raises:
        HubError: if a column is unknown or a cell may hold a text; the message names file, line and column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return _checked(path, csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HubError(f"{path} is not CSV in UTF-8: {error}") from None


def _checked(path: Path, rows: Iterator[list[str]]) -> int:
    columns = next(rows, [])
    forms = [_form(path, column) for column in columns]
    if columns[:1] != ["id"]:
        raise HubError(f"{path}: the first column is {columns[:1]}; expected id")
    values: list[set[str]] = [set() for _ in columns]
    number = 0
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise HubError(f"{path}:{number + 1} has {len(row)} cells; the first line has {len(columns)}")
        for column, form, seen, cell in zip(columns, forms, values, row, strict=True):
            if column != "id":
                seen.add(cell)
            if not form.fullmatch(cell) or len(seen) > _MOST_VALUES:
                where = f"{path}:{number + 1}: column {column}"
                raise HubError(f"{where} may hold a text; only ids, labels and names are published")
    return number


def _form(path: Path, column: str) -> re.Pattern[str]:
    form = _CELLS["label"] if _VOTE.fullmatch(column) else _CELLS.get(column)
    if form is None:
        raise HubError(f"{path}: column {column!r} is unknown; expected {', '.join(_CELLS)} or annotator_N")
    return form


def dataset_page(name: str, version: str, days: Written, votes: Mapping[str, int], data: DataCard) -> str:
    """The card of a dataset repository: Markdown with the hub's metadata.

    Args:
        name: `OWNER/NAME`.
        version: of the model whose scores the index sums.
        days: what the file of days holds.
        votes: rows of each file of labels, by its path without ending.
        data: the data card of the labels.
    """
    assert days.first is not None and days.last is not None  # an empty index is refused before
    first, last = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in (days.first, days.last))
    files = {f"{INDEX}_{bucket}": f"{INDEX}/{bucket}.parquet" for bucket in SPAN_OF}
    files |= {path.replace("/", "_"): f"{path}.csv" for path in votes}
    front = DatasetCardData(
        language="en",
        license="mit",
        pretty_name="Crypto news barometer: index and labels",
        annotations_creators=["machine-generated"],
        task_categories=["text-classification", "time-series-forecasting"],
        tags=["finance", "cryptocurrency", "news", "sentiment-analysis"],
        configs=[{"config_name": config, "data_files": path} for config, path in files.items()],
    )
    return str(
        DatasetCard.from_template(
            front,
            template_path=str(_TEMPLATE),
            name=name,
            version=version,
            columns=COLUMNS,
            first=f"{first:%Y-%m-%d}",
            last=f"{last:%Y-%m-%d}",
            headlines=f"{days.headlines:,}",
            rows=f"{days.rows:,}",
            labels="\n".join(f"| `{path}.csv` | {count:,} |" for path, count in votes.items()),
            data=data.table.strip(),
        ).content
    )
