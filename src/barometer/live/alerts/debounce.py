"""When an alert is raised: once for each time that its condition begins to hold, and not again before a pause is over.

    armed ── holds ──▶ raised ── ended ──▶ resting ── the pause is over ──▶ armed

What cannot be told (no headlines, too little history) changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from barometer.live.records import AlertState


class Change(StrEnum):
    """What a look at an alert changed."""

    NONE = "none"
    RAISED = "raised"
    ENDED = "ended"


def debounced(state: AlertState, holds: bool | None, now: datetime, pause: timedelta) -> tuple[AlertState, Change]:
    """The state of an alert after a look at its condition, and what changed.

    Args:
        state: before.
        holds: whether its condition holds; None if that cannot be told.
        now: when it was looked at, with a zone.
        pause: how long after the end of the condition it rests. One that holds again by then is raised as soon as the
            pause is over; one that came and went in the pause never is.
    """
    if holds is None or holds == state.raised:
        return state, Change.NONE
    if not holds:
        return replace(state, raised=False, ended_at=now), Change.ENDED
    if state.ended_at is not None and now - state.ended_at < pause:
        return state, Change.NONE
    return replace(state, raised=True, episode=state.episode + 1), Change.RAISED
