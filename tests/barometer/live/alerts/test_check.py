"""Rules on a real store: what is seen is written once, with its deliveries."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.live.alerts.check import check_alerts
from barometer.live.alerts.settings import AlertsSettings
from barometer.live.records import AlertEvent, DeliveryState
from barometer.live.store.alerts import add_event, read_events, read_watched
from barometer.live.store.deliveries import read_deliveries
from barometer.live.store.engine import reading, writing

Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]
With = Callable[..., AlertsSettings]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
BAND = [{"name": "mood", "kind": "band"}]


def deliveries(engine: Engine) -> list[tuple[str, DeliveryState]]:
    with reading(engine) as connection:
        found = read_deliveries(connection, read_events(connection, 99))
    return sorted((each.channel, each.state) for told in found.values() for each in told)


def raised(engine: Engine, settings: AlertsSettings, moment: datetime) -> list[str]:
    return [event.alert for event in check_alerts(engine, settings, moment).raised]


def test_mood_is_raised_once_and_ends(
    database: Engine, save_scored: Save, refreshed: Any, alerts_with: With, now: datetime
) -> None:
    settings = alerts_with(rules=BAND, pause_hours=6)
    refreshed(database, now)
    save_scored(database, "v", [(now - n * DAY, 0.3, ()) for n in range(2, 29)] + [(now - 2 * DAY, 0.3, ())] * 9)
    save_scored(database, "v", [(now - HOUR, 0.9, ())] * 40)
    [event] = check_alerts(database, settings, now).raised
    assert (event.alert, event.rule, event.raised_at) == ("mood/higher", "mood", now)
    assert event.title == "Barometer: more positive than usual" and event.facts["count"] == 40
    assert raised(database, settings, now + HOUR) == []
    # A day later nothing of it is left in the window: there is no reading, and so no end.
    later = now + DAY + 2 * HOUR
    refreshed(database, later)
    assert check_alerts(database, settings, later).ended == ()
    save_scored(database, "v", [(later - HOUR, 0.3, ())] * 40 + [(later - HOUR, 0.9, ())] * 40)
    assert check_alerts(database, settings, later).ended == ("mood/higher",)
    with reading(database) as connection:
        [stored] = read_events(connection, 9)
        watched = {each.alert: each for each in read_watched(connection)}
    assert stored == replace(event, ended_at=later)
    assert (watched["mood/higher"].raised, watched["mood/higher"].raised_at) == (False, now)
    assert (watched["mood/lower"].raised_at, watched["mood/lower"].checked_at) == (None, later)
    assert deliveries(database) == [("ops", DeliveryState.WAITING)]


def test_missing_crawls_are_no_news(
    database: Engine, save_scored: Save, refreshed: Any, alerts_with: With, now: datetime
) -> None:
    settings = alerts_with(rules=[{"name": "jump", "kind": "jump"}, {"name": "stale", "kind": "stale", "hours": 12}])
    refreshed(database, now)
    good = [(now - n * HOUR, 0.8, ()) for n in (30, *range(1, 20))] * 10
    save_scored(database, "v", [*good, *[(now - HOUR, 0.0, ())] * 10])
    # Of the 24 hours up to this moment the store has one only, in which every other headline is bad.
    later = now + 22.5 * HOUR
    assert raised(database, settings, later) == ["stale"]
    refreshed(database, later)
    assert raised(database, settings, later) == ["jump/down"]


def test_one_coin_crosses_a_level(
    database: Engine, save_scored: Save, refreshed: Any, alerts_with: With, now: datetime
) -> None:
    rules = [{"name": f"{coin.lower()}-low", "kind": "level", "coin": coin, "below": 40} for coin in ("BTC", "ETH")]
    refreshed(database, now)
    save_scored(database, "v", [(now - HOUR, 0.2, ["BTC"])] * 10 + [(now - HOUR, 0.8, ["ETH"])] * 10)
    assert raised(database, alerts_with(rules=rules), now) == ["btc-low"]


def test_jump_against_window_before(
    database: Engine, save_scored: Save, refreshed: Any, alerts_with: With, now: datetime
) -> None:
    refreshed(database, now)
    save_scored(database, "v", [(now - 30 * HOUR, 0.8, ())] * 50 + [(now - HOUR, 0.2, ())] * 50)
    assert raised(database, alerts_with(rules=[{"name": "jump", "kind": "jump"}]), now) == ["jump/down"]


def test_volume_counts_only_watched_weeks(
    database: Engine, save_scored: Save, refreshed: Any, alerts_with: With, now: datetime
) -> None:
    settings = alerts_with(rules=[{"name": "volume", "kind": "volume", "hours": 2}])
    weeks = [(now - n * WEEK - HOUR, 0.5, ()) for n in range(1, 9)]
    save_scored(database, "v", weeks * 2 + [(now - HOUR, 0.5, ())] * 20)
    refreshed(database, now - 3 * WEEK)
    assert raised(database, settings, now) == []  # three weeks are too few, whatever old news feeds had listed
    refreshed(database, now - 4 * WEEK - 2 * HOUR, "earlier")
    refreshed(database, now)
    assert raised(database, settings, now) == ["volume"]
    refreshed(database, now + DAY)
    assert check_alerts(database, settings, now + DAY).ended == ("volume",)


def test_stale_before_and_after_refresh(database: Engine, refreshed: Any, alerts_with: With, now: datetime) -> None:
    settings = alerts_with(rules=[{"name": "stale", "kind": "stale"}, *BAND])
    assert raised(database, settings, now) == ["stale"]  # no version is shown either
    refreshed(database, now + HOUR)
    assert check_alerts(database, settings, now + 2 * HOUR).ended == ("stale",)
    assert raised(database, settings, now + 14 * HOUR) == ["stale"]


def test_deleted_rule_ends_and_counts_on(database: Engine, alerts_with: With, now: datetime) -> None:
    assert raised(database, alerts_with(), now) == ["stale"]
    assert raised(database, alerts_with(rules=[]), now + HOUR) == []
    with reading(database) as connection:
        assert read_watched(connection) == []
        assert [event.ended_at for event in read_events(connection, 9)] == [now + HOUR]
    assert raised(database, alerts_with(), now + 9 * HOUR) == ["stale"]
    with reading(database) as connection:
        assert len(read_events(connection, 9)) == 2


def test_rule_tells_only_its_channels(database: Engine, alerts_with: With, now: datetime) -> None:
    channels = [{"name": name, "kind": "apprise", "url_from": "X"} for name in ("a", "b")]
    rules = [
        {"name": "stale", "kind": "stale", "channels": ["b"]}, {"name": "quiet", "kind": "stale", "channels": []},
        {"name": "loud", "kind": "stale"},
    ]  # fmt: skip
    check_alerts(database, alerts_with(rules=rules, channels=channels), now)
    assert [channel for channel, _ in deliveries(database)] == ["a", "b", "b"]


def test_concurrent_checks_see_an_event_once(database: Engine, alerts_with: With, now: datetime) -> None:
    settings, seen, together = alerts_with(), [], threading.Barrier(6)

    def run() -> None:
        together.wait()
        seen.extend(raised(database, settings, now))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["stale"]
    assert deliveries(database) == [("ops", DeliveryState.WAITING)]


def test_unique_key_refuses_second_event(database: Engine, event: AlertEvent) -> None:
    with writing(database) as connection:
        assert add_event(connection, event, 1, ["ops"], held=False)
        assert not add_event(connection, replace(event, event_id="e2"), 1, ["ops"], held=False)
        assert add_event(connection, replace(event, event_id="e2"), 2, [], held=False)
    assert deliveries(database) == [("ops", DeliveryState.WAITING)]


@pytest.mark.parametrize(("days", "kept"), [(366, 1), (367, 0)])
def test_old_events_are_forgotten(
    database: Engine, event: AlertEvent, alerts_with: With, now: datetime, days: int, kept: int
) -> None:
    with writing(database) as connection:
        add_event(connection, event, 1, ["ops"], held=False)
    check_alerts(database, alerts_with(rules=[]), now + timedelta(days=days))
    assert len(deliveries(database)) == kept
