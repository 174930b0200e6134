"""Debouncing against its definition, over whole histories of looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.alerts.debounce import Change, debounced
from barometer.live.records import AlertState

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
Look = tuple[timedelta, bool | None]

looks = st.lists(
    st.tuples(st.integers(0, 500).map(lambda n: timedelta(minutes=n)), st.sampled_from([True, False, None])),
    max_size=40,
)


def played(looks: list[Look], pause: timedelta) -> list[tuple[datetime, bool | None, AlertState, Change]]:
    state, now, history = AlertState("a"), START, []
    for wait, holds in looks:
        now += wait
        state, change = debounced(state, holds, now, pause)
        history.append((now, holds, state, change))
    return history


@given(looks, st.integers(0, 24).map(lambda n: n * HOUR))
def test_raised_once_for_each_episode(looks: list[Look], pause: timedelta) -> None:
    ended_at: datetime | None = None
    raised, episodes = False, 0
    for now, holds, state, change in played(looks, pause):
        rested = ended_at is None or now - ended_at >= pause
        if holds is True and not raised and rested:
            raised, episodes = True, episodes + 1
            assert change is Change.RAISED
        elif holds is False and raised:
            raised, ended_at = False, now
            assert change is Change.ENDED
        else:
            assert change is Change.NONE
        assert (state.raised, state.episode, state.ended_at) == (raised, episodes, ended_at)


@given(looks, st.integers(0, 24).map(lambda n: n * HOUR))
def test_between_two_events_lies_a_pause(looks: list[Look], pause: timedelta) -> None:
    changes = [(now, change) for now, _, _, change in played(looks, pause) if change is not Change.NONE]
    assert [change for _, change in changes] == [Change.RAISED, Change.ENDED] * (len(changes) // 2) + [
        Change.RAISED
    ] * (len(changes) % 2)
    for (ended, _), (raised, _) in zip(changes[1::2], changes[2::2], strict=False):
        assert raised - ended >= pause


@given(looks)
def test_unknown_looks_change_nothing(looks: list[Look]) -> None:
    known = [(now, holds) for now, holds, _, _ in played(looks, HOUR) if holds is not None]
    state = AlertState("a")
    for now, holds in known:
        state, _ = debounced(state, holds, now, HOUR)
    assert state == (played(looks, HOUR)[-1][2] if looks else state)


@pytest.mark.parametrize(("minutes", "raised"), [(59, False), (60, True)])
def test_condition_that_stays_waits_for_pause(minutes: int, raised: bool) -> None:
    ended = replace(AlertState("a"), episode=1, ended_at=START)
    state, change = debounced(ended, True, START + timedelta(minutes=minutes), HOUR)
    assert (state.raised, change is Change.RAISED, state.episode) == (raised, raised, 1 + raised)


def test_clock_set_back_raises_nothing() -> None:
    ended = replace(AlertState("a"), episode=1, ended_at=START)
    assert debounced(ended, True, START - 9 * HOUR, HOUR) == (ended, Change.NONE)
