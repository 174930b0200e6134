"""Reads from the store what a rule looks at."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from barometer.live import index
from barometer.live.alerts import conditions
from barometer.live.alerts.conditions import Finding, alerts_of
from barometer.live.alerts.settings import AnyRule, BandRule, JumpRule, LevelRule, StaleRule, VolumeRule
from barometer.live.records import BarometerReading
from barometer.live.store.standing import last_refresh
from barometer.live.store.sums import window_sums
from barometer.live.store.usual import usual_counts
from barometer.live.usual import USUAL_SPAN


def look(connection: Connection, rule: AnyRule, version: str | None, now: datetime, raised: bool) -> dict[str, Finding]:
    """What is seen of the alerts of a rule, by name.

    Windows end with the last refresh: what was published since is not stored yet, and a window that lacks it would
    seem quieter, or of another mood, than it is.

    Args:
        connection: to the store.
        rule: what to look at.
        version: the active model version; before there is one, only staleness can be told.
        now: the moment of the look, with a zone.
        raised: whether one of its alerts is raised.
    """
    refreshed = last_refresh(connection)
    if isinstance(rule, StaleRule):
        return {rule.name: conditions.stale(rule, refreshed, now)}
    if version is None:
        return {alert: Finding(None) for alert in alerts_of(rule)}
    end = now if refreshed is None else min(now, refreshed)
    if isinstance(rule, VolumeRule):
        return {rule.name: _volume(connection, rule, version, end)}
    return _readings(connection, rule, version, end, raised)


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
    window = (now - timedelta(hours=rule.hours), now, rule.coin)
    usual = usual_counts(connection, version, *window, rule.weeks)
    return conditions.volume(rule, window_sums(connection, version, *window).count, usual, now)
