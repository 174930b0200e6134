"""What happens without the libraries, and that they do not disturb what imports them."""

import warnings
from importlib.util import find_spec

import pytest

from barometer.ship.checks import library


def test_a_missing_library_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    assert not library.is_installed()
    with pytest.raises(library.MissingLibraryError, match=r"need checklist\.editor; `make repro`"):
        library.load("checklist.editor")


def test_importing_warns_of_nothing() -> None:
    assert library.is_installed() is (find_spec("checklist") is not None)
    before = warnings.filters[:]
    assert hasattr(library.load("checklist.editor"), "Editor")
    assert warnings.filters == before
