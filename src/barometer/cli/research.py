"""Commands for research: public corpora and market series into the data folder, and drift of newer headlines."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer import defaults
from barometer.cli.common import RESEARCH, Database, fail, needs_extra, open_store

if TYPE_CHECKING:
    from barometer.corpus.fetch_news import Fetched
    from barometer.corpus.origins import Coverage

WEEK = 7  # days

app = typer.Typer()


@app.command(rich_help_panel=RESEARCH)
def fetch(
    corpus: Annotated[str, typer.Argument(help="cryptolin, sentfin, news, fresh, unlabelled or market.")],
    data: Annotated[Path, typer.Option(help="Folder of the raw corpora.")] = Path("data"),
    downloads: Annotated[
        Path, typer.Option(help="Cache of what `news`, `fresh` and `unlabelled` download; safe to delete.")
    ] = Path("outputs/downloads"),
) -> None:
    """Download a public corpus or the daily market series, verify it, and record a new data version (`data.dvc`).

    BAROMETER_MIRROR names a folder or base URL that is tried before the public address.

    `news` builds three corpora: `news` for training, `yardstick` for evaluation, `pool` without labels. The repository
    holds only their labels; the texts are retrieved from public repositories. Texts that are not available are counted
    by origin and left out; the next run resumes from there.
    """
    with needs_extra("train"):
        from barometer.corpus import fetch_news  # noqa: PLC0415
        from barometer.corpus.fetch import FRESH, MARKET, NEWS, UNLABELLED, FetchError, fetch_file  # noqa: PLC0415

    tracked = Path(f"{data}.dvc")
    if tracked.exists() and not data.exists():
        _dvc("pull", str(tracked))
    found: dict[str, Callable[[], Fetched]] = {
        NEWS: lambda: fetch_news.fetch_news(data, downloads=downloads),
        FRESH: lambda: fetch_news.fetch_fresh(data, downloads=downloads),
        UNLABELLED: lambda: fetch_news.fetch_unlabelled(data, downloads=downloads),
    }
    try:
        if corpus == MARKET:
            _fetch_market(data)
        elif corpus in found:
            _report_found(found[corpus]())
        else:
            _report_verified(fetch_file(corpus, data))
    except FetchError as error:
        fail(str(error))
    if tracked.exists():
        _dvc("add", str(data))
        typer.echo(f"{tracked} holds a new data version; commit it, or undo it with: git checkout {tracked}")


def _fetch_market(data: Path) -> None:
    from barometer.corpus.fetch_market import fetch_market  # noqa: PLC0415

    for series in fetch_market(data):
        version = ", the version that the reports quote" if series.quoted else ""
        typer.echo(f"{series.path}: {series.days:,} days, {series.first} to {series.last}{version}")


def _report_verified(target: Path) -> None:
    typer.echo(f"{target}: {target.stat().st_size:,} bytes, verified")


def _report_found(fetched: "Fetched") -> None:
    from barometer.corpus.find_texts import describe  # noqa: PLC0415

    for line in describe(fetched.problems):
        typer.echo(line, err=True)
    for name, target in fetched.files.items():
        if name not in fetched.coverage:
            _report_verified(target)
    for line in coverage_table(fetched.coverage):
        typer.echo(line)


def coverage_table(coverage: Mapping[str, "Coverage"]) -> Iterator[str]:
    """Lines of found and wanted headlines: a column for each corpus, a row for each origin, totals last."""
    if not coverage:
        return
    origins = dict.fromkeys(key for found in coverage.values() for key in found.by_origin)
    yield f"{'found of wanted':<17}" + "".join(f"{name:>18}" for name in coverage)
    for key in origins:
        cells = (found.by_origin.get(key) for found in coverage.values())
        yield f"{key:<17}" + "".join(f"{f'{cell[1]:,} of {cell[0]:,}' if cell else '':>18}" for cell in cells)
    yield f"{'all':<17}" + "".join(f"{f'{found.found:,} of {found.wanted:,}':>18}" for found in coverage.values())
    shares = (f"{found.found / found.wanted:.1%}" for found in coverage.values())
    yield f"{'':<17}" + "".join(f"{share:>18}" for share in shares)


def _dvc(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "dvc", words[0], "--quiet", *words[1:]], check=False)
    if done.returncode:
        fail(f"dvc {' '.join(words)} failed; see its message above")


@app.command(rich_help_panel=RESEARCH)
def snapshot(
    file: Annotated[
        str, typer.Argument(help="CSV file of headlines with labels; - is standard input. Or a snapshot that is gone.")
    ] = "-",
    remote: Annotated[str | None, typer.Option(help="DVC remote that it is pushed to, or pulled from, too.")] = None,
) -> None:
    """Keep a corpus as a data version of its own, and write its path: snapshots/MD5.csv, tracked by DVC and git.

    Train on it: dvc exp run --temp -S corpus=csv -S corpus.path=PATH. The card of the model names that path, and
    `barometer snapshot PATH` brings back a version that is not here.
    """
    of_remote = () if remote is None else ("--remote", remote)
    gone = _gone_snapshot(file)
    if gone is not None:
        _bring_back(gone, of_remote)
        typer.echo(gone)
        return
    kept = _keep(file)
    _dvc("add", str(kept))
    # An experiment in a folder of its own gets what git knows; nothing is committed here.
    done = subprocess.run(["git", "add", "--", f"{kept}.dvc", str(kept.parent / ".gitignore")], check=False)
    if done.returncode:
        fail(f"git add {kept}.dvc failed; see its message above")
    if remote is not None:
        _dvc("push", *of_remote, f"{kept}.dvc")
    typer.echo(kept)


def _keep(file: str) -> Path:
    """Copy a corpus to the snapshots, if it can be read as one."""
    with needs_extra("train"):
        from barometer.corpus.snapshots import keep_snapshot  # noqa: PLC0415
        from barometer.corpus.sources import CorpusError, read_corpus  # noqa: PLC0415

    try:
        kept = keep_snapshot(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        fail(str(error))
    try:
        read_corpus(kept)
    except CorpusError as error:
        kept.unlink()
        fail(str(error))
    return kept


def _gone_snapshot(file: str) -> Path | None:
    """The path that a card gives, snapshots/MD5.csv, where there is no such file."""
    path = Path(file)
    named = re.fullmatch(r"snapshots/[0-9a-f]{32}\.csv", path.as_posix())
    return path if named and not path.exists() else None


def _bring_back(path: Path, of_remote: Sequence[str]) -> None:
    """Get a data version from DVC's cache, or else from its remote; its name is all that this takes."""
    tracked = path.with_name(f"{path.name}.dvc")
    if not tracked.exists():
        path.parent.mkdir(exist_ok=True)
        tracked.write_text(f"outs:\n- md5: {path.stem}\n  hash: md5\n  path: {path.name}\n", encoding="utf-8")
    _dvc("pull", *of_remote, str(tracked))


@app.command(rich_help_panel=RESEARCH)
def drift(
    reference: Annotated[Path, typer.Option(help="CSV file or folder with a column `text`: the training headlines.")],
    newer: Annotated[Path | None, typer.Option(help="Newer headlines; --days also needs a column `date`.")] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="Window in days before the newest headline of the file, or before now."),
    ] = None,
    database: Database = defaults.DATABASE_URL,
) -> None:
    """Test whether a classifier can tell newer headlines from older ones; write one JSON object.

    Without --newer, the newer headlines are those that the store received in the last 7 days, or in --days.

    `auc` is 0.5 where the classifier cannot tell them apart (compare `control`), and 1 where it always can.
    """
    with needs_extra("train"):
        from barometer.corpus.sources import CorpusError  # noqa: PLC0415
        from barometer.drift.files import compare_files, compare_titles  # noqa: PLC0415
        from barometer.drift.measure import DriftError  # noqa: PLC0415

    try:
        if newer is None:
            days = days or WEEK
            found = compare_titles(reference, _stored_titles(database, days), days)
        else:
            found = compare_files(reference, newer, days=days)
    except (CorpusError, DriftError, OSError) as error:
        fail(str(error))
    typer.echo(json.dumps(found, ensure_ascii=False))


def _stored_titles(database: str, days: int) -> list[tuple[datetime, str]]:
    """Publication time and text of the headlines of the last `days` days."""
    with open_store(database) as engine:
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.titles import dated_titles  # noqa: PLC0415

        now = datetime.now(UTC)
        with reading(engine) as connection:
            return dated_titles(connection, now - timedelta(days=days), now)
