from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from barometer.live.records import NewsTitle
from barometer.live.refresh import score_window
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import newest_titles
from barometer.live.store.titles import save_titles
from barometer.live.store.versions import active_version, versions_shown_before

DAY = timedelta(days=1)


def certain(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.tile(np.float32([0, 0, 1]), (len(texts), 1))


def broken(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.zeros((len(texts), 2), dtype=np.float32)


def test_a_version_is_shown_when_all_of_the_window_is_scored(
    database: Engine, make_title: Callable[..., NewsTitle]
) -> None:
    now = datetime.now(UTC)
    with writing(database) as connection:
        save_titles(connection, [make_title("Bitcoin rises", now - DAY), make_title("Bitcoin falls", now - 9 * DAY)])
    assert score_window(database, "v", certain, days=30) == 2
    assert score_window(database, "w", certain, days=7) == 1
    with pytest.raises(ValueError, match="probabilities of shape"):
        score_window(database, "x", broken)
    with reading(database) as connection:
        assert active_version(connection) == "w"
        assert [title.title for title in newest_titles(connection, "w", 9)] == ["Bitcoin rises"]


def test_scoring_again_does_not_move_the_day_on_which_the_version_before_was_last_shown(database: Engine) -> None:
    score_window(database, "v", certain)
    score_window(database, "w", certain)
    moment = datetime.now(UTC)
    score_window(database, "w", certain)
    with reading(database) as connection:
        assert versions_shown_before(connection, moment) == ["v"]
        assert versions_shown_before(connection, moment - DAY) == []
