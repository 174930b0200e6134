"""Alerts in the store: the state of each, and the events, each written once.

Whoever looks at the alerts locks their states first, so that two processes never see one event twice; the unique key of
events (alert, episode) says so once more.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from barometer.live.records import AlertEvent, AlertState, DeliveryState, WatchedAlert
from barometer.live.store.dialects import insert
from barometer.live.store.schema import alert_deliveries, alert_events, alert_states

EVENT_COLUMNS = tuple(
    alert_events.c[name] for name in ("event_id", "alert", "rule", "raised_at", "title", "text", "facts", "ended_at")
)


def lock_states(connection: Connection, rule: str, words: Mapping[str, str], now: datetime) -> dict[str, AlertState]:
    """The states of the alerts of a rule, new ones where there are none, locked until the transaction ends.

    Args:
        connection: a write transaction.
        rule: name of the rule.
        words: when each of its alerts is raised, as a sentence, by alert.
        now: with a zone.
    """
    fresh = {"rule": rule, "active": True, "raised": False, "episode": 0, "checked_at": now}
    rows = [{"alert": alert, "words": text, **fresh} for alert, text in words.items()]
    connection.execute(insert(connection, alert_states).on_conflict_do_nothing(), rows)
    columns = alert_states.c
    found = select(columns.alert, columns.raised, columns.episode, columns.ended_at).where(columns.alert.in_(words))
    ordered = found.order_by(columns.alert).with_for_update()
    return {row.alert: AlertState(*row) for row in connection.execute(ordered)}


def save_state(connection: Connection, rule: str, state: AlertState, words: str, now: datetime) -> None:
    """Store what was seen of an alert at `now`."""
    values = {
        "rule": rule, "words": words, "active": True, "raised": state.raised, "episode": state.episode,
        "ended_at": state.ended_at, "checked_at": now,
    }  # fmt: skip
    connection.execute(update(alert_states).where(alert_states.c.alert == state.alert).values(values))


def add_event(connection: Connection, event: AlertEvent, episode: int, channels: Sequence[str], *, held: bool) -> bool:
    """Store an event and its deliveries, to be tried at once, or held by quiet hours; False if it is there already."""
    values = {
        "event_id": event.event_id, "alert": event.alert, "episode": episode, "rule": event.rule,
        "raised_at": event.raised_at, "title": event.title, "text": event.text,
        "facts": json.dumps(event.facts, ensure_ascii=False),
    }  # fmt: skip
    counted = {"preserve_rowcount": True}
    statement = insert(connection, alert_events).values(values).on_conflict_do_nothing()
    if not connection.execute(statement, execution_options=counted).rowcount:
        return False
    moved = update(alert_states).where(alert_states.c.alert == event.alert)
    connection.execute(moved.values(raised_at=event.raised_at))
    state = DeliveryState.HELD if held else DeliveryState.WAITING
    rows = [
        {
            "event_id": event.event_id,
            "channel": channel,
            "state": state.value,
            "attempts": 0,
            "next_at": event.raised_at,
        }
        for channel in channels
    ]
    if rows:
        connection.execute(insert(connection, alert_deliveries), rows)
    return True


def end_events(connection: Connection, alert: str, now: datetime) -> None:
    """End the open event of an alert; what quiet hours held of it is dropped."""
    _end(connection, alert_events.c.alert == alert, now)


def _end(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    ended = update(alert_events).where(which, alert_events.c.ended_at.is_(None)).values(ended_at=now)
    connection.execute(ended)
    # A delivery that somebody is trying at this moment is marked by him.
    free = alert_deliveries.c.leased_until.is_(None) | (alert_deliveries.c.leased_until <= now)
    held = (
        alert_deliveries.c.state == DeliveryState.HELD.value,
        alert_deliveries.c.event_id.in_(select(alert_events.c.event_id).where(which, alert_events.c.ended_at == now)),
        free,
    )
    dropped = {"state": DeliveryState.DROPPED.value, "next_at": None, "done_at": now}
    connection.execute(update(alert_deliveries).where(*held).values(dropped))


def retire_alerts(connection: Connection, kept: Collection[str], now: datetime) -> None:
    """End the alerts that no rule has any more; their episodes are kept, so that a rule that returns counts on."""
    gone = alert_states.c.active & alert_states.c.alert.not_in(kept)
    names = connection.execute(select(alert_states.c.alert).where(gone)).scalars().all()
    if not names:
        return
    off = update(alert_states).where(alert_states.c.alert.in_(names))
    connection.execute(off.values(active=False, raised=False, ended_at=now))
    _end(connection, alert_events.c.alert.in_(names), now)


def forget_events(connection: Connection, before: datetime) -> int:
    """Delete the events raised before a moment, whose deliveries go with them; return how many."""
    old = alert_events.c.raised_at < before
    return connection.execute(delete(alert_events).where(old)).rowcount


def read_watched(connection: Connection) -> list[WatchedAlert]:
    """The alerts that a rule has, by name, as they were last looked at."""
    columns = alert_states.c
    wanted = (columns.alert, columns.rule, columns.words, columns.raised, columns.raised_at, columns.checked_at)
    rows = select(*wanted).where(columns.active).order_by(columns.alert)
    return [WatchedAlert(*row) for row in connection.execute(rows)]


def read_events(connection: Connection, limit: int, state: DeliveryState | None = None) -> list[AlertEvent]:
    """The newest events, newest first; all, or those that have a delivery in a state."""
    ordered = select(*EVENT_COLUMNS).order_by(alert_events.c.raised_at.desc(), alert_events.c.event_id)
    if state is not None:
        such = select(alert_deliveries.c.event_id).where(alert_deliveries.c.state == state.value)
        ordered = ordered.where(alert_events.c.event_id.in_(such))
    return [event_of(row) for row in connection.execute(ordered.limit(limit))]


def event_of(row: Row[*tuple[object, ...]]) -> AlertEvent:
    """The event of a row that has its columns."""
    found = row._mapping
    plain = {column.name: found[column.name] for column in EVENT_COLUMNS}
    return AlertEvent(**plain | {"facts": json.loads(found["facts"])})
