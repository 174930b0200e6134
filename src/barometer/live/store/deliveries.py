"""The outbox of alerts: deliveries are leased, tried, and marked after they were accepted.

A lease ends by itself, so what a killed process held is tried again. Leases use the callers' clocks, as those of
`claims` do.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, or_, select, update

from barometer.live.records import AlertEvent, ClaimedDelivery, Delivery, DeliveryState
from barometer.live.store.alerts import EVENT_COLUMNS, event_of
from barometer.live.store.schema import alert_deliveries, alert_events

_OPEN = (DeliveryState.WAITING.value, DeliveryState.HELD.value)
_FREE = {"token": None, "leased_until": None}


def claim_deliveries(
    connection: Connection, channels: Collection[str], now: datetime, until: datetime, limit: int = 100
) -> list[ClaimedDelivery]:
    """Lease the deliveries to these channels that are due, the oldest event first; commit before trying them."""
    columns = alert_deliveries.c
    token = uuid4().hex
    due = (
        select(columns.channel, columns.attempts, *EVENT_COLUMNS)
        .join(alert_events, alert_events.c.event_id == columns.event_id)
        .where(columns.state.in_(_OPEN), columns.channel.in_(channels), columns.next_at <= now)
        .where(or_(columns.leased_until.is_(None), columns.leased_until <= now))
        .order_by(alert_events.c.raised_at, columns.event_id, columns.channel)
        .limit(limit)
        .with_for_update(skip_locked=True, of=alert_deliveries)
    )
    claims = [ClaimedDelivery(event_of(row), row.channel, row.attempts, token) for row in connection.execute(due)]
    for claim in claims:
        leased = update(alert_deliveries).where(columns.event_id == claim.event.event_id)
        connection.execute(leased.where(columns.channel == claim.channel).values(token=token, leased_until=until))
    return claims


def mark_delivered(connection: Connection, claim: ClaimedDelivery, now: datetime) -> None:
    """Mark a delivery as accepted, whoever has its lease by now: a receiver that has accepted it needs no other try."""
    done = {"state": DeliveryState.DELIVERED.value, "next_at": None, "done_at": now}
    _mark(connection, claim, done, whose=None)


def mark_failed(
    connection: Connection, claim: ClaimedDelivery, reason: str, next_at: datetime | None, now: datetime
) -> None:
    """Mark a try as failed: to be tried again at `next_at`, or given up if there is none.

    Without effect if the lease was lost to another process meanwhile.
    """
    state = DeliveryState.GIVEN_UP if next_at is None else DeliveryState.WAITING
    done_at = now if next_at is None else None
    values = {"state": state.value, "attempts": claim.attempts + 1, "last_error": reason}
    _mark(connection, claim, {**values, "next_at": next_at, "done_at": done_at}, whose=claim.token)


def release_delivery(connection: Connection, claim: ClaimedDelivery) -> None:
    """Give a delivery back that was not tried."""
    _mark(connection, claim, {}, whose=claim.token)


def _mark(connection: Connection, claim: ClaimedDelivery, values: Mapping[str, object], whose: str | None) -> None:
    columns = alert_deliveries.c
    this = (columns.event_id == claim.event.event_id) & (columns.channel == claim.channel)
    marked = update(alert_deliveries).where(this if whose is None else this & (columns.token == whose))
    connection.execute(marked.values({**values, **_FREE}))


def read_deliveries(connection: Connection, events: Sequence[AlertEvent]) -> dict[str, list[Delivery]]:
    """The deliveries of events, by event and in the order of channels."""
    columns = alert_deliveries.c
    wanted = (
        columns.event_id, columns.channel, columns.state, columns.attempts, columns.next_at, columns.last_error,
        columns.done_at,
    )  # fmt: skip
    rows = select(*wanted).where(columns.event_id.in_([event.event_id for event in events])).order_by(columns.channel)
    found: dict[str, list[Delivery]] = defaultdict(list)
    for event_id, channel, state, *rest in connection.execute(rows):
        found[event_id].append(Delivery(event_id, channel, DeliveryState(state), *rest))
    return found
