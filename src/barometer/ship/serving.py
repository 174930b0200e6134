"""Fills the served folder with a registered version: downloaded and checked first, then shown by moving a link.

The folder is a link to a version in a store beside it, so there is no moment without a complete model, and going back
to a version that was served before downloads nothing.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from barometer.card import ArtifactError, ModelCard, read_card
from barometer.defaults import SERVED
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import CHAMPION, RegisteredVersion, Registry

STORE = "pulled"  # beside the link
KEPT = 4  # versions in the store, besides the one that is served
_UNFINISHED = ".unfinished-"


def pull(registry: Registry, wanted: str = CHAMPION, folder: Path = SERVED) -> ModelCard:
    """Let a folder hold a version from now on; programs that watch it follow within seconds.

    Killed at any moment it leaves the version before or the new one; several at once wait for each other.

    Args:
        registry: where versions are.
        wanted: a version's number, its alias, or the version in its card.
        folder: what is served; a link or nothing yet.

    Returns:
        The card of the version that is served now.

    Raises:
        RegistryError: if there is no such version, or the registry cannot be reached.
        ArtifactError: if what it holds is not the artifact that was registered; then the folder is left as it is.
    """
    with _alone(folder) as store:
        # Asked for only now: of several that wait, the last one to switch must not be the one that asked first.
        target = _stocked(registry, registry.find(wanted), store)
        before = folder.resolve() if folder.is_symlink() else None
        _point(folder, target)
        _forget_old(store, {target.resolve(), before})
        return read_card(target)


def adopt(artifact: Path, folder: Path = SERVED) -> ModelCard:
    """Let a folder hold a copy of an artifact that is in no registry; raises as `pull` does."""
    card = read_card(artifact)
    with _alone(folder) as store:
        target = _complete(store, card.version) or _moved_in(_copied(artifact, store), card.version, store)
        _point(folder, target)
    return card


def stock(registry: Registry, version: RegisteredVersion, folder: Path = SERVED) -> ModelCard:
    """Download and check a version without serving it, for a later `pull` of it; raises as `pull` does."""
    with _alone(folder) as store:
        return read_card(_stocked(registry, version, store))


def served(folder: Path = SERVED) -> str | None:
    """The version in the card of what is served; None where nothing is, or it is broken."""
    try:
        return read_card(folder.resolve()).version
    except ArtifactError:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """The store beside a served folder, once no other process fills it; a claim ends with its process."""
    if folder.exists() and not folder.is_symlink():
        raise RegistryError(f"{folder} is a folder of its own; move it away, since `model pull` makes a link there")
    store = folder.parent / STORE
    store.mkdir(parents=True, exist_ok=True)
    with (store / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear(store)
        yield store


def _stocked(registry: Registry, version: RegisteredVersion, store: Path) -> Path:
    return _complete(store, version.model_version) or _downloaded(registry, version, store)


def _clear(store: Path) -> None:
    """Remove what a killed process left; nobody else is at work."""
    for left in (*store.glob(f"{_UNFINISHED}*"), *store.parent.glob(f"{_UNFINISHED}*")):
        left.unlink() if left.is_symlink() else shutil.rmtree(left)


def _complete(store: Path, model_version: str) -> Path | None:
    """A copy of a version in the store whose every file is what its card says."""
    for folder in sorted(store.glob(f"{model_version}*")):
        try:
            if read_card(folder).version == model_version:
                return folder
        except ArtifactError:
            continue
    return None


def _downloaded(registry: Registry, version: RegisteredVersion, store: Path) -> Path:
    work = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=store))
    try:
        found = registry.fetch(version, work)
        card = read_card(found)
        if card.version != version.model_version:
            raise ArtifactError(
                f"version {version.number} of {registry.name} was registered as model {version.model_version}, but "
                f"holds {card.version}; refused"
            )
        return _moved_in(found, card.version, store)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _copied(artifact: Path, store: Path) -> Path:
    copy = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=store))
    shutil.copytree(artifact, copy, dirs_exist_ok=True)
    return copy


def _moved_in(found: Path, version: str, store: Path) -> Path:
    """Give a complete version its name in the store."""
    # A copy that went bad keeps its name: it may be what is served, and a running program may read it.
    target = store / version
    if target.exists():
        target = Path(f"{target}-{uuid4().hex[:8]}")
    return found.rename(target)


def _point(folder: Path, target: Path) -> None:
    """Move the link, in one step; it is relative, so that the folder around both can move."""
    if folder.is_symlink() and folder.resolve() == target.resolve():
        return
    new = folder.parent / f"{_UNFINISHED}{folder.name}"
    new.symlink_to(Path(STORE) / target.name)
    new.replace(folder)


def _forget_old(store: Path, needed: set[Path | None]) -> None:
    """Keep only the newest versions in the store, and those that are needed."""
    others = [path for path in store.iterdir() if path.is_dir() and path.resolve() not in needed]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path)
