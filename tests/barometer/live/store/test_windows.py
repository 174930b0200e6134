from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.store.times import SPANS, Edge, Run, hour_of, hour_start, split_window

MIDNIGHT = datetime(2024, 5, 17, tzinfo=UTC)
H = timedelta(hours=1)
moments = st.datetimes(datetime(1969, 11, 1), datetime(1970, 3, 20), timezones=st.just(UTC))


def bounds(piece: Edge | Run) -> tuple[datetime, datetime]:
    if isinstance(piece, Edge):
        return piece.since, piece.until
    return hour_start(piece.first), hour_start(piece.last)


@pytest.mark.parametrize("largest_span", SPANS)
@given(a=moments, b=moments)
def test_pieces_cover_the_window_once_and_in_order(largest_span: int, a: datetime, b: datetime) -> None:
    since, until = min(a, b), max(a, b)
    pieces = split_window(since, until, largest_span)
    ends = [since, *(moment for piece in pieces for moment in bounds(piece)), until]
    assert all(left == right for left, right in zip(ends[::2], ends[1::2], strict=True))
    assert all(start < end for start, end in map(bounds, pieces))


@given(a=moments, b=moments)
def test_edges_are_short_and_runs_are_whole(a: datetime, b: datetime) -> None:
    for piece in split_window(min(a, b), max(a, b)):
        if isinstance(piece, Edge):
            assert piece.until - piece.since < H
            assert hour_of(piece.since) == hour_of(piece.until - timedelta(microseconds=1))
        else:
            assert piece.first % piece.span == piece.last % piece.span == 0
            for larger in (span for span in SPANS if span > piece.span):
                assert piece.first // larger == (piece.last - 1) // larger


def test_a_year_is_few_pieces() -> None:
    now = MIDNIGHT + timedelta(days=3, hours=16, minutes=20)
    kinds = [piece.span if isinstance(piece, Run) else 0 for piece in split_window(now - timedelta(days=365), now)]
    assert kinds == [0, 1, 24, 720, 24, 1, 0]


def test_thirty_days_are_five_pieces_at_most_days_long() -> None:
    now = MIDNIGHT + timedelta(hours=16, minutes=20)
    kinds = [piece.span if isinstance(piece, Run) else 0 for piece in split_window(now - timedelta(days=30), now, 24)]
    assert kinds == [0, 1, 24, 1, 0]


def test_whole_days_need_no_rows() -> None:
    assert split_window(MIDNIGHT, MIDNIGHT + timedelta(days=3), 24) == [
        Run(24, hour_of(MIDNIGHT), hour_of(MIDNIGHT) + 72)
    ]


def test_an_empty_window_has_no_pieces_and_a_reversed_one_is_refused() -> None:
    assert split_window(MIDNIGHT, MIDNIGHT) == []
    with pytest.raises(ValueError, match="ends before it begins"):
        split_window(MIDNIGHT, MIDNIGHT - H)


def test_windows_of_all_time_are_cut_too() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert bounds(split_window(first, last)[0])[0] == first
    assert bounds(split_window(first, last)[-1])[1] == last
