from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from barometer.live.records import DroppedTitle
from barometer.live.refresh import CleanUp, Retention, clean_up
from barometer.live.store.claims import claim_titles, enqueue_unscored
from barometer.live.store.engine import reading, writing
from barometer.live.store.search import newest_titles
from barometer.live.store.standing import activate_version
from barometer.live.store.titles import count_titles, save_dropped

NOW = datetime(2026, 5, 17, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


def test_what_has_served_its_time_goes_and_the_rest_stays(database: Engine, save_scored: Save) -> None:
    save_scored(database, "old", [(NOW - DAY, 0.2, ())])
    save_scored(database, "shown", [(NOW - DAY, 0.5, ["BTC"]), (NOW - 99 * DAY, 0.9, ())])
    with writing(database) as connection:
        for version, days in (("old", 90), ("shown", 40)):
            activate_version(connection, version, NOW - days * DAY)
        for days in (8, 1):
            title = DroppedTitle(f"Why {days}?", "demo", "", "not_question", NOW - days * DAY)
            save_dropped(connection, [title])
    retention = Retention(titles=60 * DAY, versions=31 * DAY)
    assert clean_up(database, Retention(), NOW) == CleanUp(0, 1, 0, 0, 0)
    assert clean_up(database, retention, NOW) == CleanUp(0, 0, 0, 1, 1)
    assert clean_up(database, retention, NOW) == CleanUp(0, 0, 0, 0, 0)
    with reading(database) as connection:
        assert count_titles(connection) == 2
        assert len(newest_titles(connection, "shown", 9)) == 1
        assert newest_titles(connection, "old", 9) == []


def test_a_version_that_is_scored_with_again_is_kept(database: Engine, save_scored: Save) -> None:
    save_scored(database, "old", [(NOW, 0.2, ())])
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        activate_version(connection, "old", NOW - 90 * DAY)
        activate_version(connection, "shown", NOW - 80 * DAY)
        enqueue_unscored(connection, "old")
        claim_titles(connection, "old", 1, NOW)
    assert clean_up(database, Retention(versions=31 * DAY), NOW).predictions == 0


def test_a_claim_that_nobody_took_up_is_forgotten_after_a_day(
    database: Engine, save_scored: Save, count_queued: Callable[..., Any]
) -> None:
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        enqueue_unscored(connection, "dead")
        claim_titles(connection, "dead", 9, NOW)
    assert clean_up(database, Retention(), NOW + timedelta(hours=23)).claims == 0
    assert clean_up(database, Retention(), NOW + timedelta(hours=25)).claims == 1
    with reading(database) as connection:
        assert count_queued(connection, "dead") == 0


def test_roll_ups_are_mended(database: Engine, save_scored: Save) -> None:
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        activate_version(connection, "shown", NOW)
        connection.exec_driver_sql("UPDATE rollups SET positive = 7 WHERE span = 24")
    assert clean_up(database, Retention(), NOW).wrong_rollups == 1
    assert clean_up(database, Retention(), NOW).wrong_rollups == 0
