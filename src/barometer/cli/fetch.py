"""The command `fetch`: public corpora and market series into the data folder, as a new data version."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer.cli.errors import fail, needs_extra

if TYPE_CHECKING:
    from barometer.corpus.fetch_news import Fetched
    from barometer.corpus.origins import Coverage


def add_commands(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(fetch)


def fetch(
    corpus: Annotated[str, typer.Argument(help="cryptolin, sentfin, news, fresh, unlabelled or market.")],
    data: Annotated[Path, typer.Option(help="Folder of the raw corpora.")] = Path("data"),
    downloads: Annotated[
        Path, typer.Option(help="Folder that keeps what `news`, `fresh` and `unlabelled` download; may be deleted.")
    ] = Path("outputs/downloads"),
) -> None:
    """Download a public corpus or the market's daily series, check them, and make a new data version (`data.dvc`).

    BAROMETER_MIRROR names a folder or base URL that is tried before the public address.

    `news` makes three corpora: `news` to learn from, `yardstick` to measure by, `pool` without labels. The repository
    has their labels only; their texts are found again in public repositories. What is not at hand is counted by origin
    and left out; the next run goes on from there.
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
            _tell_found(found[corpus]())
        else:
            _tell_checked(fetch_file(corpus, data))
    except FetchError as error:
        fail(str(error))
    if tracked.exists():
        _dvc("add", str(data))
        typer.echo(f"{tracked} holds a new data version; commit it, or take it back with: git checkout {tracked}")


def _fetch_market(data: Path) -> None:
    from barometer.corpus.fetch_market import fetch_market  # noqa: PLC0415

    for series in fetch_market(data):
        version = ", the version that the reports quote" if series.quoted else ""
        typer.echo(f"{series.path}: {series.days:,} days, {series.first} to {series.last}{version}")


def _tell_checked(target: Path) -> None:
    typer.echo(f"{target}: {target.stat().st_size:,} bytes, checked")


def _tell_found(fetched: "Fetched") -> None:
    from barometer.corpus.find_texts import describe  # noqa: PLC0415

    for line in describe(fetched.problems):
        typer.echo(line, err=True)
    for name, target in fetched.files.items():
        if name not in fetched.coverage:
            _tell_checked(target)
    for line in coverage_table(fetched.coverage):
        typer.echo(line)


def coverage_table(coverage: Mapping[str, "Coverage"]) -> Iterator[str]:
    """Lines of found and wanted headlines: a column for each corpus, a row for each origin, the sum last."""
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
    done = subprocess.run([sys.executable, "-m", "dvc", "--quiet", *words], check=False)
    if done.returncode:
        fail(f"dvc {' '.join(words)} failed; its message is above")
