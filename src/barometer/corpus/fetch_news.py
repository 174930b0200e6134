"""Assembles corpora whose labels the repository carries but whose texts it may not: `news`, `yardstick`, `pool`.

Labels lie in `data/standoff/` by headline id; `barometer.corpus.find_texts` finds the texts. What is not found is
counted by origin and left out.
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tqdm import tqdm

from barometer.corpus.downloads import Downloads
from barometer.corpus.fetch import CORPORA, FRESH, MIRROR, NEWS, UNLABELLED, FetchError, fetch_file
from barometer.corpus.find_texts import Problem, Search, describe
from barometer.corpus.origins import COVERAGE, NO_ORIGIN, Coverage, Hosts, Origin, load_origins, origin_keys

STANDOFF = Path("standoff")
DOWNLOADS = Path("outputs") / "downloads"
_ASSEMBLED = (NEWS, "yardstick", "pool")
# What earlier runs may have left in the data folder.
_AT_HAND = (*_ASSEMBLED, FRESH, UNLABELLED)
_TEXT = ("text", "date", "source")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was assembled.

    Attributes:
        files: by corpus; a corpus none of whose texts was found has none.
        coverage: by corpus.
        problems: what could not be downloaded or read.
    """

    files: Mapping[str, Path]
    coverage: Mapping[str, Coverage]
    problems: Sequence[Problem]


def fetch_news(
    data: Path,
    mirror: str | None = None,
    downloads: Path = DOWNLOADS,
    origins: Mapping[str, Origin] | None = None,
    hosts: Hosts | None = None,
) -> Fetched:
    """Assemble `news`, `yardstick` and `pool` in the data folder, each `NAME/NAME.csv` with `NAME/coverage.json`.

    `news/coverage.json` has the coverage of all three.

    Args:
        data: the folder of raw corpora; its `standoff/` has `NAME.csv` (id, and what is said of the headline) and
            `origins.csv` (id, origin).
        mirror: a folder or base URL that is tried first; the environment variable BAROMETER_MIRROR if not given.
        downloads: the folder that keeps what is downloaded.
        origins, hosts: where texts come from; the table of public origins on GitHub if not given.

    Raises:
        FetchError: if there are no lists of headlines, or not one text was found.
    """
    return fetch_lists(_ASSEMBLED, data, mirror, downloads, origins, hosts)


def fetch_fresh(data: Path, mirror: str | None = None, downloads: Path = DOWNLOADS) -> Fetched:
    """Assemble `fresh/fresh.csv` from its votes, as far as its texts are found; see `fetch_news`."""
    return fetch_lists((FRESH,), data, mirror, downloads)


def fetch_unlabelled(data: Path, mirror: str | None = None, downloads: Path = DOWNLOADS) -> Fetched:
    """Fetch the file of unlabelled headlines; where no mirror has it, assemble what public origins have of it.

    Raises:
        FetchError: if no mirror has the file and `standoff/unlabelled.csv` does not say what is in it, or nothing of
            it was found.
    """
    try:
        return Fetched({UNLABELLED: fetch_file(UNLABELLED, data, mirror)}, {}, ())
    except FetchError:
        if not (data / STANDOFF / f"{UNLABELLED}.csv").is_file():
            raise
    return fetch_lists((UNLABELLED,), data, mirror, downloads)


def fetch_lists(
    names: Sequence[str],
    data: Path,
    mirror: str | None = None,
    downloads: Path = DOWNLOADS,
    origins: Mapping[str, Origin] | None = None,
    hosts: Hosts | None = None,
) -> Fetched:
    """Assemble the corpora of some lists in `standoff/`; see `fetch_news`."""
    lists = {name: rows for name in names if (rows := _read_list(data / STANDOFF / f"{name}.csv"))}
    if not lists:
        raise FetchError(f"no lists of headlines at {data / STANDOFF}; `dvc pull data.dvc` brings them")
    table = load_origins() if origins is None else origins
    by_id = _read_origins(data / STANDOFF / "origins.csv", table)
    search = Search({id_: by_id.get(id_, NO_ORIGIN) for rows in lists.values() for id_, _ in rows})
    _look_everywhere(search, data, mirror or os.environ.get(MIRROR), downloads, table, hosts or Hosts())
    if not search.found:
        raise FetchError(_nothing_found(names, search.problems))
    coverage = {
        name: Coverage.of((id_ for id_, _ in rows), search.found, search.wanted) for name, rows in lists.items()
    }
    files = {name: _write(_target(data, name), rows, search) for name, rows in lists.items() if coverage[name].found}
    for name in files:
        entries = coverage if name == NEWS else {name: coverage[name]}
        with _replacing(data / name / COVERAGE) as stream:
            json.dump({key: found.as_json() for key, found in entries.items()}, stream, indent=2)
            stream.write("\n")
    return Fetched(files, coverage, search.problems)


def _look_everywhere(
    search: Search, data: Path, mirror: str | None, folder: Path, table: Mapping[str, Origin], hosts: Hosts
) -> None:
    search.search_folder(data, _AT_HAND)
    with tqdm(unit="B", unit_scale=True, unit_divisor=1024, total=0, disable=None) as bar:
        downloads = Downloads(folder, bar)
        if mirror:
            search.search_mirror(mirror, downloads)
        for origin in table.values():
            search.search_origin(origin, downloads, hosts)


def _read_list(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The id and the other fields of each row, in order; none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if "id" not in (rows.fieldnames or ()):
            raise FetchError(f"{path} has no column 'id'; `dvc pull data.dvc` brings the right one")
        return [(int(row.pop("id")), row) for row in rows]


def _read_origins(path: Path, table: Mapping[str, Origin]) -> dict[int, str]:
    keys = origin_keys(table)
    return {id_: keys.get(row["origin"], NO_ORIGIN) for id_, row in _read_list(path)}


def _target(data: Path, name: str) -> Path:
    return data / name / (CORPORA[name].name if name in CORPORA else f"{name}.csv")


def _write(target: Path, rows: Sequence[tuple[int, dict[str, str]]], search: Search) -> Path:
    """Write the rows whose texts were found, with what the list says of them (not where its texts came from)."""
    columns = [column for column in rows[0][1] if column != "origin"]
    target.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(target) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*_TEXT, *columns])
        for id_, row in rows:
            if title := search.found.get(id_):
                writer.writerow([title.text, title.date, title.source, *(row[column] for column in columns)])
    return target


@contextmanager
def _replacing(target: Path) -> Iterator[IO[str]]:
    """A file that replaces `target` only once it is complete."""
    draft = target.with_name(f".{target.name}.part")
    with draft.open("w", encoding="utf-8", newline="") as stream:
        yield stream
    draft.replace(target)


def _nothing_found(names: Sequence[str], problems: Sequence[Problem]) -> str:
    return (
        f"not one text of {', '.join(names)} was found:\n  "
        + "\n  ".join(describe(problems) or ["none of their origins has a public address"])
        + f"\nSet {MIRROR} to a folder or base URL that holds their texts, or run the command again with a network."
    )
