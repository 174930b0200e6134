"""The parts of a Space that are made, not copied: its pinned requirements and the snapshot of a store.

The metadata of installed packages says what needs what, so no index is queried. A Space of Gradio gets more than its
requirements: the platform resolves them together with PLATFORM, or fails.
"""

import sqlite3
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy import Engine, delete

from barometer.live.refresh import score_window
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.schema import (
    alert_deliveries,
    alert_events,
    alert_states,
    annotation_servers,
    annotation_tasks,
    bad_annotations,
    dropped_titles,
    ended_labels,
    feed_entries,
    feeds,
    labeled_news_titles,
    model_predictions,
    model_versions,
    rollups,
    samples,
    score_queue,
)
from barometer.live.store.titles import count_titles
from barometer.live.store.upgrade import upgrade
from barometer.predictor import Predictor
from barometer.scoring import scorer_of

PLATFORM = ("gradio[oauth,mcp]", "uvicorn>=0.14.0", "websockets>=10.4", "spaces")  # as its build log shows
_UNWANTED = frozenset({"torch", "transformers", "scikit-learn"})
# Tables left out: labels name their annotators, alerts the builder's channels, and a feed out of the builder's reach
# would stay parked in the Space.
_PRIVATE = (
    labeled_news_titles, ended_labels, bad_annotations, annotation_tasks, annotation_servers, samples,
    dropped_titles, score_queue, feeds, feed_entries, alert_deliveries, alert_events, alert_states,
)  # fmt: skip
_OF_VERSIONS = (model_predictions, rollups, model_versions)


class BuildError(RuntimeError):
    """A Space cannot be built; the message says what is missing or wrong."""


def pinned_requirements(extras: Iterable[str], pyproject: Path, constraints: Path, held_back: Path) -> dict[str, str]:
    """Pinned versions of the base install and the `extras`, by name, including transitive ones, for this Python.

    Args:
        extras: extras of the project.
        pyproject: the file that defines them.
        constraints: the file with the version of each package.
        held_back: a file with versions that the platform needs, which take precedence over `constraints`.

    Raises:
        BuildError: if a package is not installed, is not in `constraints` at its installed version, is a training
            library, or conflicts with PLATFORM.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    needed = _needed(wanted)
    if unwanted := _UNWANTED & needed:
        raise BuildError(
            f"{', '.join(sorted(unwanted))}: a Space only predicts; find the package that needs it in {pyproject}"
        )
    pins, first = _read_pins(constraints), _read_pins(held_back)
    found = {name: first.get(name) or _pin(name, pins, constraints) for name in sorted(needed)}
    _check_platform(found, held_back)
    return found


def _check_platform(pins: Mapping[str, str], held_back: Path) -> None:
    for platform in map(Requirement, PLATFORM):
        name = canonicalize_name(platform.name)
        asked = [platform, *(_requirements_of(name, frozenset(platform.extras)) if name in pins else ())]
        for requirement in asked:
            version = pins.get(canonicalize_name(requirement.name))
            if version is not None and not requirement.specifier.contains(version, prereleases=True):
                raise BuildError(f"the platform's {platform} needs {requirement}, not {version}: pin it in {held_back}")


def _needed(lines: Iterable[str]) -> set[str]:
    """Names of all distributions that requirements install, including their own."""
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(line) for line in lines]
    while todo:
        requirement = todo.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key not in seen:
            seen.add(key)
            todo += _requirements_of(*key)
    return {name for name, _ in seen}


def _requirements_of(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in _installed(name).requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield requirement


def _pin(name: str, pins: Mapping[str, str], constraints: Path) -> str:
    version = _installed(name).version
    if pins.get(name) != version:
        raise BuildError(f"{name} {version} is installed, but {constraints} has {pins.get(name, 'none')}")
    return version


def _installed(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise BuildError(f"{name} is not installed; build a Space where its extras are installed") from None


def _read_pins(path: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def take_snapshot(source: Path, target: Path, predictor: Predictor) -> int:
    """Copy an SQLite store, which may be in use, scored by `predictor` alone; return its number of headlines.

    Raises:
        BuildError: if there is no store at `source`.
        StoreError: if its tables were created by newer code.
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
    """Copy to one file without free pages and without a journal, which a read-only folder could not hold."""
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
