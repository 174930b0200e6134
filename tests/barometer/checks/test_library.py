"""What happens without the libraries, and that they do not disturb what imports them."""

import warnings

import pytest

from barometer.checks import templates


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "find_spec", lambda name: None)
    with pytest.raises(templates.MissingLibraryError, match=r"need checklist\.editor; `make repro`"):
        templates.load("checklist.editor")


def test_importing_warns_of_nothing() -> None:
    before = warnings.filters[:]
    assert hasattr(templates.load("checklist.editor"), "Editor")
    assert warnings.filters == before
