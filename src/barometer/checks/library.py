"""The two libraries behind the tests, imported when first needed: they are heavy, and not part of what ships."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


class MissingLibraryError(ImportError):
    """A library that the behavioural tests need is not installed."""


def load(name: str) -> ModuleType:
    """Import a module of `checklist` or `nlpaug` without the warnings of what these import in turn.

    Raises:
        MissingLibraryError: saying how to install it.
    """
    if find_spec(name.split(".", maxsplit=1)[0]) is None:
        raise MissingLibraryError(f"the behavioural tests need {name}; `make repro` and `make test` install it")
    with quiet():
        return import_module(name)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the warnings of what these libraries import, some of it only when first used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
