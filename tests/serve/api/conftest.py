"""Log lines of the services are not printed between the dots of the tests."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _quiet(quiet_logs: None) -> None:
    """All tests of this folder."""
