"""Deliveries to a receiver that fails, hangs and recovers."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.live.alerts.deliver import wait
from barometer.live.alerts.run import Round, run_alerts
from barometer.live.alerts.settings import AlertsSettings, RetrySettings
from barometer.live.records import Delivery, DeliveryState
from barometer.live.store.alerts import read_events
from barometer.live.store.deliveries import read_deliveries
from barometer.live.store.engine import open_engine, reading

With = Callable[..., AlertsSettings]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPS = {"name": "ops", "kind": "webhook", "url_from": "OPS_URL", "secret_from": "SECRET"}
OTHER = {"name": "other", "kind": "webhook", "url_from": "OTHER_URL", "secret_from": "SECRET"}


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A store on SQLite, or on the database that a test names."""
    found = open_engine(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))
    yield found
    found.dispose()


on_both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def round_at(engine: Engine, environment: dict[str, str]) -> Callable[[AlertsSettings, datetime], Round]:
    return lambda settings, moment: run_alerts(engine, settings, environment, lambda: moment)


def stored(engine: Engine) -> list[Delivery]:
    with reading(engine) as connection:
        found = read_deliveries(connection, read_events(connection, 99))
    return [each for told in found.values() for each in told]


def test_accepted_once_and_never_again(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: Any
) -> None:
    first = round_at(alerts_with(), now)
    assert first.lines() == [
        "alert stale: The barometer is stale. News was never crawled and scored.", "1 messages delivered",
    ]  # fmt: skip
    for hours in range(1, 5):
        assert round_at(alerts_with(), now + hours * HOUR).lines() == []
    assert len(receiver.messages) == 1
    [delivery] = stored(engine)
    assert (delivery.state, delivery.done_at, delivery.attempts) == (DeliveryState.DELIVERED, now, 0)


@on_both
def test_failing_channel_is_tried_until_it_recovers(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: Any
) -> None:
    receiver.statuses += [500, 302]
    failed = round_at(alerts_with(), now)
    assert failed.lines()[1:] == ["channel ops: it answered 500; it is tried again"]
    assert round_at(alerts_with(), now + 4 * MINUTE).lines() == []  # not before five minutes are over
    assert round_at(alerts_with(), now + 5 * MINUTE).delivered.waiting
    assert round_at(alerts_with(), now + 14 * MINUTE).lines() == []
    [delivery] = stored(engine)
    assert (delivery.attempts, delivery.next_at) == (2, now + 15 * MINUTE)
    assert round_at(alerts_with(), now + 15 * MINUTE).lines() == ["1 messages delivered"]
    assert len(set(receiver.ids())) == 1 and len(receiver.ids()) == 3


def test_dead_channel_is_given_up_and_reported(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: Any
) -> None:
    receiver.statuses += [500] * 9
    settings = alerts_with(retry={"tries": 3, "minutes": 0})
    rounds = [round_at(settings, now + n * MINUTE) for n in range(5)]
    assert rounds[2].lines() == ["channel ops: it answered 500; given up after 3 tries"]
    assert rounds[3].lines() == [] and len(receiver.messages) == 3
    [delivery] = stored(engine)
    assert (delivery.state, delivery.last_error) == (DeliveryState.GIVEN_UP, "it answered 500")
    assert (delivery.next_at, delivery.done_at) == (None, now + 2 * MINUTE)


def test_hanging_channel_costs_others_nothing(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: Any
) -> None:
    receiver.statuses.append(0)  # whoever comes first hangs
    settings = alerts_with(channels=[OPS, OTHER], retry={"timeout_seconds": 60, "budget_seconds": 0.5})
    began = time.monotonic()
    found = round_at(settings, now)
    assert time.monotonic() - began < 5
    assert found.delivered.accepted == 1
    assert [tried.error for tried in found.delivered.waiting] == ["no answer within 0.5 s"]
    assert sorted(each.state for each in stored(engine)) == [DeliveryState.DELIVERED, DeliveryState.WAITING]
    assert round_at(settings, now + 5 * MINUTE).delivered.accepted == 1
    assert len(set(receiver.ids())) == 1 and len(receiver.ids()) == 3


def test_events_of_failing_channel_wait_untried(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: Any
) -> None:
    rules = [{"name": f"stale-{n}", "kind": "stale"} for n in range(5)]
    receiver.statuses += [204, 204, 503]
    first = round_at(alerts_with(rules=rules), now)
    assert (first.delivered.accepted, len(first.delivered.waiting), len(receiver.messages)) == (2, 1, 3)
    # What was not tried is due at once, the one that failed is not.
    assert round_at(alerts_with(rules=rules), now + MINUTE).delivered.accepted == 2
    assert round_at(alerts_with(rules=rules), now + 5 * MINUTE).delivered.accepted == 1
    assert len(set(receiver.ids())) == 5 and len(receiver.ids()) == 6


def test_channel_that_crashes_is_one_failure(
    engine: Engine, environment: dict[str, str], alerts_with: With, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("https://user:secret@ops.example")

    monkeypatch.setattr("barometer.live.alerts.channels.post", crash)
    found = run_alerts(engine, alerts_with(), environment, lambda: now)
    assert [tried.error for tried in found.delivered.waiting] == ["unexpected RuntimeError"]


QUIET = {"from": "22:00", "until": "07:00", "zone": "Europe/Berlin"}


def test_quiet_event_is_held_and_sent(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, now: datetime
) -> None:
    settings = alerts_with(quiet_hours=QUIET)
    night = now.replace(hour=20)  # 22:00 in Berlin
    for hours in (0, 1, 8.9):
        round_at(settings, night + hours * HOUR)
    assert receiver.messages == [] and [each.state for each in stored(engine)] == [DeliveryState.HELD]
    assert round_at(settings, night + 9 * HOUR).delivered.accepted == 1


@on_both
def test_quiet_event_that_ended_is_dropped(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, refreshed: Any, now: datetime
) -> None:
    settings = alerts_with(quiet_hours=QUIET)
    night = now.replace(hour=20)
    round_at(settings, night)
    refreshed(engine, night + HOUR)
    assert round_at(settings, night + 2 * HOUR).lines() == ["alert stale ended"]
    assert round_at(settings, night + 10 * HOUR).lines() == []
    assert receiver.messages == []
    [delivery] = stored(engine)
    assert (delivery.state, delivery.done_at) == (DeliveryState.DROPPED, night + 2 * HOUR)


def test_earlier_event_outlives_quiet_hours(
    engine: Engine, receiver: Any, round_at: Any, alerts_with: With, refreshed: Any, now: datetime
) -> None:
    """Raised before the quiet hours and not delivered: it is sent after them, though it is over."""
    settings, evening = alerts_with(quiet_hours=QUIET), now.replace(hour=19, minute=59)
    receiver.statuses.append(500)
    round_at(settings, evening)
    refreshed(engine, evening + HOUR)
    round_at(settings, evening + 2 * HOUR)
    assert len(receiver.messages) == 1
    assert round_at(settings, evening + 10 * HOUR).delivered.accepted == 1


def test_waits_double_up_to_longest() -> None:
    retry = RetrySettings(minutes=5, max_hours=1)
    assert [wait(retry, n) / MINUTE for n in (1, 2, 3, 4, 5, 99)] == [5, 10, 20, 40, 60, 60]
