"""Chromium for scripts and tests that drive the app; `python -m scripts.browser` installs one where none starts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# What it needs where it runs as root in a container, without a screen; it makes no requests of its own.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
_PATIENCE = 600  # seconds for each command that installs


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that `CHROMIUM` names, else the first that starts of Playwright's own and the installed ones.

    Raises:
        SystemExit: if none starts.
    """
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        if browser is None:
            raise SystemExit("no browser starts; install one with `python -m scripts.browser`, or name one in CHROMIUM")
        yield browser
        browser.close()


def _launch(playwright: Playwright) -> Browser | None:
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [playwright.chromium.executable_path, *filter(None, map(shutil.which, _NAMES))]
    for path in filter(os.path.exists, found):
        try:
            browser: Browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        except Error:  # a library of the system is missing, or the program only asks to install a browser
            continue
        return browser
    return None


def _starts() -> bool:
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        if browser is not None:
            browser.close()
    return browser is not None


def install_commands(root: bool, apt: bool) -> list[str]:
    """Shell commands that may bring a browser, in the order to try them; system packages need root."""
    download = f"{sys.executable} -m playwright install {'--with-deps ' if root and apt else ''}chromium"
    packages = (
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium"
    )
    return [download, packages] if root and apt else [download]


def main() -> None:
    """Install a browser if none starts, and print what is done."""
    if _starts():
        return
    for command in install_commands(os.geteuid() == 0, shutil.which("apt-get") is not None):
        print(f"no browser starts that the tests of the app could use: {command}", flush=True)
        try:
            subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL, timeout=_PATIENCE)  # noqa: S602
        except subprocess.SubprocessError as error:
            print(f"this did not work: {error}", file=sys.stderr)
        if _starts():
            return
    sys.exit("no browser could be installed; install Chromium (apt-get install chromium), or name one in CHROMIUM")


if __name__ == "__main__":
    main()
