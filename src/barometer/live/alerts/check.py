"""Looks at every rule and writes what was seen to the outbox, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine

from barometer.live.alerts.conditions import Finding, alerts_of
from barometer.live.alerts.debounce import Change, debounced
from barometer.live.alerts.look import look
from barometer.live.alerts.settings import AlertsSettings, AnyRule
from barometer.live.records import AlertEvent, AlertState
from barometer.live.store.alerts import add_event, end_events, forget_events, lock_states, retire_alerts, save_state
from barometer.live.store.engine import writing
from barometer.live.store.standing import active_version


@dataclass(frozen=True, slots=True)
class Checked:
    """The events that a check raised, and the alerts that it ended."""

    raised: tuple[AlertEvent, ...] = ()
    ended: tuple[str, ...] = ()


def check_alerts(engine: Engine, settings: AlertsSettings, now: datetime) -> Checked:
    """Look at every rule at `now` (with a zone); store new events with the deliveries that they need.

    Two checks at once wait for each other, and see an event once. A check that is killed has written nothing.
    """
    raised: list[AlertEvent] = []
    ended: list[str] = []
    with writing(engine) as connection:
        version = active_version(connection)
        for rule in settings.rules:
            words = alerts_of(rule)
            states = lock_states(connection, rule.name, words, now)
            found = look(connection, rule, version, now, any(state.raised for state in states.values()))
            for alert, state in states.items():
                after, change = debounced(state, found[alert].holds, now, timedelta(hours=settings.pause_hours))
                save_state(connection, rule.name, after, words[alert], now)
                if change is Change.ENDED:
                    end_events(connection, alert, now)
                    ended.append(alert)
                elif change is Change.RAISED and (
                    event := _raise(connection, settings, rule, after, found[alert], now)
                ):
                    raised.append(event)
        retire_alerts(connection, [alert for rule in settings.rules for alert in alerts_of(rule)], now)
        forget_events(connection, now - timedelta(days=settings.keep_days))
    return Checked(tuple(raised), tuple(ended))


def _raise(
    connection: Connection, settings: AlertsSettings, rule: AnyRule, state: AlertState, found: Finding, now: datetime
) -> AlertEvent | None:
    event = AlertEvent(uuid4().hex, state.alert, rule.name, now, found.title, found.text, found.facts)
    held = settings.quiet_hours is not None and settings.quiet_hours.cover(now)
    new = add_event(connection, event, state.episode, settings.told(rule), held=held)
    return event if new else None
