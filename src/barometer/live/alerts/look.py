"""Reads from the store what a rule looks at."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from barometer.live import index
from barometer.live.alerts import conditions
from barometer.live.alerts.conditions import Finding, alerts_of
from barometer.live.alerts.settings import AnyRule, BandRule, JumpRule, LevelRule, StaleRule, VolumeRule, WindowRule
from barometer.live.records import BarometerReading
from barometer.live.store.alerts import watching_since
from barometer.live.store.standing import last_refresh
from barometer.live.store.sums import window_sums
from barometer.live.usual import USUAL_SPAN

_WEEK = timedelta(weeks=1)


def look(connection: Connection, rule: AnyRule, version: str | None, now: datetime, raised: bool) -> dict[str, Finding]:
    """What is seen of the alerts of a rule, by name.

    Args:
        connection: to the store.
        rule: what to look at.
        version: the active model version; before there is one, only staleness can be told.
        now: the end of all windows, with a zone.
        raised: whether one of its alerts is raised.
    """
    if isinstance(rule, StaleRule):
        return {rule.name: conditions.stale(rule, last_refresh(connection), now)}
    if version is None:
        return {alert: Finding(None) for alert in alerts_of(rule)}
    if isinstance(rule, VolumeRule):
        return {rule.name: _volume(connection, rule, version, now)}
    return _readings(connection, rule, version, now, raised)


def _readings(
    connection: Connection, rule: LevelRule | BandRule | JumpRule, version: str, now: datetime, raised: bool
) -> dict[str, Finding]:
    since = now - timedelta(hours=rule.hours)

    def read(first: datetime, end: datetime) -> BarometerReading:
        return index.barometer(connection, version, first, end, rule.coin)

    if isinstance(rule, LevelRule):
        return {rule.name: conditions.level(rule, read(since, now), raised=raised)}
    if isinstance(rule, BandRule):
        return conditions.band(rule, read(since, now), read(since - USUAL_SPAN, since))
    return conditions.jump(rule, read(since, now), read(since - timedelta(hours=rule.hours), since))


def _volume(connection: Connection, rule: VolumeRule, version: str, now: datetime) -> Finding:
    began = watching_since(connection)
    ends = [now - week * _WEEK for week in range(1, rule.weeks + 1)]
    # Of the time before the first refresh only what feeds still listed is known: too little to say what is usual.
    whole = [end for end in ends if began is not None and end - timedelta(hours=rule.hours) >= began]
    usual = [_count(connection, rule, version, end) for end in whole]
    return conditions.volume(rule, _count(connection, rule, version, now), usual, now)


def _count(connection: Connection, rule: WindowRule, version: str, end: datetime) -> int:
    return window_sums(connection, version, end - timedelta(hours=rule.hours), end, rule.coin).count
