"""Finding a browser, and what installs one."""

import pytest

from scripts.browser import chromium, install_commands


def test_a_broken_browser_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/bin/false")
    with pytest.raises(SystemExit, match="no browser starts; install one with"), chromium():
        pass


def test_only_root_installs_system_packages() -> None:
    assert len(install_commands(root=True, apt=True)) == 2
    for root, apt in ((False, True), (True, False)):
        (command,) = install_commands(root, apt)
        assert command.endswith("playwright install chromium")
