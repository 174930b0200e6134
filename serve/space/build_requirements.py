"""The pinned requirements of a Space: some extras of the project with all that they need, as `constraints.txt` has it.

The metadata of what is installed says what needs what, so that no index is asked.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serve.space.build_error import BuildError

_UNWANTED = frozenset({"torch", "transformers", "scikit-learn"})


def pinned_requirements(extras: Iterable[str], pyproject: Path, constraints: Path) -> dict[str, str]:
    """Versions of the base install and the `extras`, transitive ones too, by name; for this Python and platform.

    Raises:
        BuildError: if something is not installed, is not in `constraints` at the version installed, or is a library
            of training.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    pins = _read_pins(constraints)
    found = {name: _pin(name, pins, constraints) for name in sorted(_needed(wanted))}
    if unwanted := _UNWANTED & found.keys():
        raise BuildError(f"{', '.join(sorted(unwanted))}: a Space only predicts; what needs it among {sorted(found)}?")
    return found


def _needed(lines: Iterable[str]) -> set[str]:
    """Names of all distributions that requirements bring, their own included."""
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
        raise BuildError(f"{name} is not installed; a Space is built where its extras are") from None


def _read_pins(path: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}
