"""How a stage ends on what a person can mend."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from barometer.settings import SettingsError


@contextmanager
def one_line(stage: str) -> Iterator[None]:
    """Turn a wrong parameter into one line that names the stage, and exit status 2."""
    try:
        yield
    except SettingsError as error:
        print(f"{stage}: {error}", file=sys.stderr)
        sys.exit(2)
