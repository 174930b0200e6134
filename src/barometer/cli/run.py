"""Commands that are programs of the checkout, below `serve` and `pipelines`: they run in place of this process."""

import os
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from barometer.cli.errors import fail, needs_extra

_ROOT = Path(__file__).resolve().parents[3]


def run_module(
    module: str, *arguments: str, extras: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> NoReturn:
    """Become `python -m MODULE ARGUMENTS`, so that what stops this process stops the program.

    Args:
        module: a dotted name below the repository's root.
        arguments: its command line.
        extras: packages that it imports, and the extra that brings each; one that is missing is told.
        environment: variables to set, beside those of this process.
    """
    _need(extras.items())
    if not (_ROOT / module.partition(".")[0]).is_dir():
        fail(f"{module} is part of the repository, which is not at {_ROOT}; install it with pip install -e")
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    variables = os.environ | dict(environment or {}) | {"PYTHONPATH": path}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], variables)  # noqa: S606


def _need(extras: Iterable[tuple[str, str]]) -> None:
    for package, extra in extras:
        with needs_extra(extra):
            if find_spec(package) is None:  # not imported: that is for the program to do, in its own environment
                raise ModuleNotFoundError(name=package)
