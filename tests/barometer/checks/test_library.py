"""What happens without the libraries, and that they do not disturb what imports them."""

import warnings

import pytest

from barometer.checks import library


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    with pytest.raises(library.MissingLibraryError, match=r"need checklist\.editor; `make repro`"):
        library.load("checklist.editor")


def test_importing_warns_of_nothing() -> None:
    before = warnings.filters[:]
    assert hasattr(library.load("checklist.editor"), "Editor")
    assert warnings.filters == before
