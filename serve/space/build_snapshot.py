"""The snapshot of a Space: a compact copy of a store with what the pages show, and nothing else."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, delete

from barometer.live.refresh import score_window
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.schema import (
    dropped_titles,
    feeds,
    labeled_news_titles,
    model_predictions,
    model_versions,
    rollups,
    score_queue,
)
from barometer.live.store.titles import count_titles
from barometer.live.store.upgrade import upgrade
from barometer.predictor import Predictor
from barometer.scoring import scorer_of
from serve.space.build_error import BuildError

# What the pages do not show. Labels name their annotators; and a feed that the builder's network could not reach
# would stay parked in the Space.
_PRIVATE = (labeled_news_titles, dropped_titles, score_queue, feeds)
_OF_VERSIONS = (model_predictions, rollups, model_versions)


def take_snapshot(source: Path, target: Path, predictor: Predictor) -> int:
    """Copy an SQLite store, which may be in use, scored by `predictor` alone; return how many headlines it has.

    Raises:
        BuildError: if there is no store at `source`.
        StoreError: if its tables were made by newer code.
    """
    if not source.is_file():
        raise BuildError(f"no store at {source}; `make demo` or `barometer crawl` makes one")
    with TemporaryDirectory(prefix="barometer-snapshot-") as folder:
        copy = Path(folder) / source.name
        _compact(source, copy)
        engine = open_engine(f"sqlite:///{copy}")
        try:
            upgrade(engine)
            score_window(engine, scorer_of(predictor))
            headlines = _strip(engine, predictor.version)
        finally:
            engine.dispose()
        _compact(copy, target)
    return headlines


def _compact(source: Path, target: Path) -> None:
    """One file without free pages and without a journal, which a read-only folder could not hold."""
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _strip(engine: Engine, model_version: str) -> int:
    with writing(engine) as connection:
        for table in _PRIVATE:
            connection.execute(delete(table))
        for table in _OF_VERSIONS:
            connection.execute(delete(table).where(table.c.model_version != model_version))
    with reading(engine) as connection:
        return count_titles(connection)
