"""Makes the folder that is the whole Space: what `barometer space build` runs."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from string import Template

from barometer.card import CARD
from barometer.hub.folders import replaced_folder
from barometer.live.settings import load_feeds
from barometer.predictor import Predictor
from serve.space.build_parts import BuildError, pinned_requirements, take_snapshot

EXTRAS = ("live", "serve", "app")
MAX_BYTES = 200_000_000
_HERE = Path(__file__).resolve().parent
_REPOSITORY = _HERE.parents[1]
# The code as plain folders next to app.py: a Space installs its requirements before it has any other file.
_CODE = {"barometer": _REPOSITORY / "src" / "barometer", "serve": _REPOSITORY / "serve"}
_METHOD = Path("docs", "method.md")  # the page at /method
_TRAINING = ("corpus", "models", "ship", "checks", "query", "drift")
_MAKING = ("cli", "hub", "build*.py", "app.py", "*.template.md", "platform.txt", "deploy", "__pycache__")
_LEFT_OUT = shutil.ignore_patterns(*_TRAINING, *_MAKING)


def build_space(target: Path, model: Path, database: Path, reports: Path, market: Path, feeds: Path) -> None:
    """Fill the empty folder `target`.

    Args:
        target: the folder.
        model: an int8 artifact.
        database: SQLite file of a store, for the snapshot.
        reports: folder of one corpus' reports, for the model page.
        market: folder of daily market series; left out where there is none.
        feeds: YAML file of feeds.

    Raises:
        BuildError: if the artifact is not int8, something is missing, or the Space is too large.
        ArtifactError, SettingsError, StoreError: if the artifact, the feeds or the store cannot be used.
    """
    predictor = Predictor.load(model)
    if predictor.card.precision != "int8":
        raise BuildError(f"{model} is {predictor.card.precision}; a Space takes the int8 artifact")
    load_feeds(feeds)
    pins = pinned_requirements(
        EXTRAS, _REPOSITORY / "pyproject.toml", _REPOSITORY / "constraints.txt", _HERE / "platform.txt"
    )
    for name, source in _CODE.items():
        shutil.copytree(source, target / name, ignore=_LEFT_OUT)
    shutil.copy(_REPOSITORY / "conf" / "coins.yaml", target / "barometer")
    (target / _METHOD).parent.mkdir()
    shutil.copy(_REPOSITORY / _METHOD, target / _METHOD)
    shutil.copy(_HERE / "app.py", target)
    shutil.copy(_REPOSITORY / "LICENSE", target)
    shutil.copy(feeds, target / "feeds.yaml")
    _copy_model(predictor, model, target / "model")
    _copy_folder(reports, target / "reports")
    if market.is_dir():
        _copy_folder(market, target / "market")
    headlines = take_snapshot(database, target / "snapshot.db", predictor)
    _write_requirements(pins, target / "requirements.txt")
    _write_readme(pins["gradio"], predictor.version, headlines, target / "README.md")
    _check_size(target)


def _copy_model(predictor: Predictor, source: Path, target: Path) -> None:
    target.mkdir()
    for name in (CARD, *predictor.card.files):
        shutil.copy(source / name, target)


def _copy_folder(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise BuildError(f"no folder {source}; the model page shows the reports in it")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))  # the hub would obey a .gitignore


def _write_requirements(pins: dict[str, str], path: Path) -> None:
    lines = [f"{name}=={version}" for name, version in pins.items()]
    path.write_text("\n".join([f"# The base install with {', '.join(EXTRAS)}, for this Python.", *lines, ""]))


def _write_readme(gradio: str, model: str, headlines: int, path: Path) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"  # the version that the requirements are pinned for
    template = Template((_HERE / "README.template.md").read_text(encoding="utf-8"))
    text = template.substitute(gradio=gradio, python=python, model=model, headlines=f"{headlines:,}")
    path.write_text(text, encoding="utf-8")


def _files(part: Path) -> list[Path]:
    return [path for path in (part.rglob("*") if part.is_dir() else (part,)) if path.is_file()]


def _check_size(target: Path) -> None:
    size = sum(path.stat().st_size for path in _files(target))
    if size > MAX_BYTES:
        raise BuildError("\n".join([f"the Space has {size:,} bytes; the limit is {MAX_BYTES:,}", *size_lines(target)]))


def size_lines(target: Path) -> Iterable[str]:
    """A table of the parts of a Space, largest first: files and megabytes."""
    parts = [(part.name, [path.stat().st_size for path in _files(part)]) for part in target.iterdir()]
    parts.sort(key=lambda row: -sum(row[1]))
    parts.append(("total", [size for _, sizes in parts for size in sizes]))
    yield f"{'part':<18}{'files':>6}{'MB':>9}"
    for name, sizes in parts:
        yield f"{name:<18}{len(sizes):>6}{sum(sizes) / 1e6:>9.2f}"


def replace_space(folder: Path, model: Path, database: Path, reports: Path, market: Path, feeds: Path) -> None:
    """Build a Space as `build_space` does, which replaces the one in `folder` once it is complete.

    Raises:
        FolderError: if `folder` holds something else than a Space.
        BuildError, ArtifactError, SettingsError, StoreError: as `build_space` does.
    """
    with replaced_folder(folder, "serve/space/run.py", "Space") as target:
        build_space(target, model, database, reports, market, feeds)
