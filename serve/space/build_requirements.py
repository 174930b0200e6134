"""The pinned requirements of a Space: some extras of the project with all that they need, as `constraints.txt` has it.

The metadata of what is installed says what needs what, so that no index is asked. A Space of Gradio gets more than its
requirements: the platform resolves them together with PLATFORM, or fails.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serve.space.build_error import BuildError

PLATFORM = ("gradio[oauth,mcp]", "uvicorn>=0.14.0", "websockets>=10.4", "spaces")  # as its build log shows
_UNWANTED = frozenset({"torch", "transformers", "scikit-learn"})


def pinned_requirements(extras: Iterable[str], pyproject: Path, constraints: Path, held_back: Path) -> dict[str, str]:
    """Versions of the base install and the `extras`, transitive ones too, by name; for this Python and platform.

    Args:
        extras: of the project.
        pyproject: says what they are.
        constraints: the version of each package.
        held_back: the versions of some that take precedence over `constraints`, because the platform needs them.

    Raises:
        BuildError: if something is not installed, is not in `constraints` at the version installed, is a library of
            training, or could not be installed beside PLATFORM.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    needed = _needed(wanted)
    if unwanted := _UNWANTED & needed:
        raise BuildError(f"{', '.join(sorted(unwanted))}: a Space only predicts; find what needs it in {pyproject}")
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
