"""Headlines that wait for annotators."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def stored(sqlite_url: str, save_scored: Any) -> Callable[[int], list[int]]:
    """Stores so many headlines and samples them; returns their ids."""
    from datetime import UTC, datetime

    from barometer.live.annotation.sampling import mark_annotating
    from barometer.live.store.engine import open_engine, writing

    def store(number: int) -> list[int]:
        engine = open_engine(sqlite_url)
        ids = save_scored(engine, "v", [(datetime(2024, 5, 17, 8, 30, tzinfo=UTC), 0.5, ())] * number)
        with writing(engine) as connection:
            mark_annotating(connection, "v", ids)
        engine.dispose()
        return list(ids)

    return store
