"""The barometer: the share of positive headlines in a window, with its 95% interval.

It is the mean of what each headline adds (`barometer.prevalence`): for an older model version, its positive
probability. Only headlines that are news count. Every function takes the model version whose scores it reads. Times
are UTC, windows half open: [since, until). With equal outlets, it is the mean of the means of outlets.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlalchemy import Connection

from barometer.live.outlets import leans, with_equal_outlets
from barometer.live.records import BarometerReading, CoinReading, OutletReading
from barometer.live.store.outlet_sums import OutletBuckets, outlet_bucket_sums
from barometer.live.store.parts import ALL, Asked, Weights, part_of
from barometer.live.store.standing import read_spread
from barometer.live.store.sums import (
    SPAN_OF,
    Bucket,
    Buckets,
    Sums,
    bucket_sums,
    coin_days,
    coin_sums,
    outlet_sums,
    window_sums,
)
from barometer.live.store.times import hour_start
from barometer.prevalence import Z_95, Spread, sampling_interval

_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
_RESOLUTION = 1e-6  # of roll-ups: no half of an interval is smaller


def interval(sums: Sums) -> tuple[float, float]:
    """The `sampling_interval` of the mean of at least one probability, inside [0, 1]."""
    mean = sums.positive / sums.count
    variance = sums.squares / sums.count - mean * mean
    # Rounding may bring the variance of equal numbers below 0. Comparisons, not max: years of days call this often.
    return _within_bounds(*sampling_interval(_clip(mean), variance if variance > 0 else 0.0, sums.count))


def labelled_interval(value: float, count: int, spread: Spread) -> tuple[float, float]:
    """The 95% interval, inside [0, 1], of the share of `count` headlines that annotators would call positive.

    It always holds the value, and its width is never 0.
    """
    half = spread.half_width(count)
    half = half if half > _RESOLUTION else _RESOLUTION
    return _within_bounds(value - half, value + half)


def _within_bounds(low: float, high: float) -> tuple[float, float]:
    return low if low > 0 else 0.0, high if high < 1 else 1.0


def _clip(value: float) -> float:
    return 0.0 if value < 0 else 1.0 if value > 1 else value


def reading(sums: Sums, since: datetime, until: datetime, spread: Spread | None = None) -> BarometerReading:
    """The barometer of a window from its sums; without headlines, no value.

    The interval is that of `labelled_interval` where the version's spread is known, else that of `interval`.
    """
    if not sums.count:
        return BarometerReading(None, None, None, 0, since, until)
    value = _clip(sums.positive / sums.count)
    low, high = interval(sums) if spread is None else labelled_interval(value, sums.count, spread)
    return BarometerReading(value, low, high, sums.count, since, until)


def barometer(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    part: Asked = None,
    weights: Weights = "equal_headlines",
) -> BarometerReading:
    """The barometer of [since, until), of all headlines or of a part: a ticker stands for those that mention the coin.

    Raises:
        ValueError: if `until` lies before `since`, or if outlets are to be equal in a part.
    """
    spread = read_spread(connection, model_version)
    if weights == "equal_headlines":
        return reading(window_sums(connection, model_version, since, until, part), since, until, spread)
    _check_whole(part)
    outlets = outlet_sums(connection, model_version, since, until)
    if not outlets:
        return reading(Sums(), since, until)
    found, headlines = with_equal_outlets(OutletBuckets.of_window(outlets.values()))
    [value], [low], [high] = bucket_intervals(found, spread)
    return BarometerReading(value, low, high, int(headlines[0]), since, until)


def _check_whole(part: Asked) -> None:
    if part_of(part) != ALL:
        raise ValueError(f"outlets are equal in all headlines only, not in those of {part_of(part).kind}")


def last_hours(
    connection: Connection, model_version: str, hours: float, now: datetime, part: Asked = None
) -> BarometerReading:
    """The barometer of the `hours` hours up to `now`, to the microsecond."""
    return barometer(connection, model_version, now - timedelta(hours=hours), now, part)


def history(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    bucket: Bucket,
    part: Asked = None,
    weights: Weights = "equal_headlines",
) -> list[BarometerReading]:
    """The barometer of each hour or day (UTC) that has headlines in [since, until), newest first.

    The first and the last are cut to the window.

    Raises:
        ValueError: as `barometer` does.
    """
    if weights == "equal_headlines":
        found = bucket_sums(connection, model_version, since, until, bucket, part)
        headlines = found.counts.tolist()
    else:
        _check_whole(part)
        found, counted = with_equal_outlets(outlet_bucket_sums(connection, model_version, since, until, bucket))
        headlines = counted.tolist()
    values, lows, highs = bucket_intervals(found, read_spread(connection, model_version))
    starts = [hour_start(hour) for hour in found.hours.tolist()]
    width = timedelta(hours=SPAN_OF[bucket])
    ends = [start + width for start in starts]
    if starts:
        starts[0], ends[-1] = max(starts[0], since), min(ends[-1], until)
    columns = (values, lows, highs, headlines, starts, ends)
    return list(map(BarometerReading._make, zip(*columns, strict=True)))[::-1]


def bucket_intervals(found: Buckets, spread: Spread | None) -> tuple[list[float], list[float], list[float]]:
    """What `reading` shows of each bucket: value, and both ends of its interval."""
    if spread is None:
        each = map(Sums, found.counts.tolist(), found.positive.tolist(), found.squares.tolist())
        shown = [(_clip(sums.positive / sums.count), *interval(sums)) for sums in each]
        values, lows, highs = ([row[n] for row in shown] for n in range(3))
        return values, lows, highs
    value = np.clip(found.positive / found.counts, 0, 1)
    half = Z_95 * np.sqrt(spread.variance / found.counts + spread.bias_variance)
    half = np.maximum(half, _RESOLUTION)
    return value.tolist(), np.maximum(value - half, 0).tolist(), np.minimum(value + half, 1).tolist()


def per_day(
    connection: Connection, model_version: str, first: date, last: date, weights: Weights = "equal_headlines"
) -> list[tuple[date, BarometerReading]]:
    """The barometer of each UTC day that has headlines, newest first; both dates are included.

    Raises:
        ValueError: if `last` lies before `first`.
    """
    if last < first:
        raise ValueError(f"days from {first} to {last} end before they begin")
    days = history(connection, model_version, _midnight(first), _midnight_after(last), "day", weights=weights)
    return [(day.since.date(), day) for day in days]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _midnight_after(day: date) -> datetime:
    return _LAST_MOMENT if day == date.max else _midnight(day + timedelta(days=1))


def per_coin(
    connection: Connection, model_version: str, since: datetime, until: datetime, *, alone: bool = False
) -> list[CoinReading]:
    """The barometer of every coin mentioned in [since, until), most mentioned first.

    With `alone`, headlines that mention several coins are left out.

    Raises:
        ValueError: if `until` lies before `since`.
    """
    found = coin_sums(connection, model_version, since, until, alone=alone)
    spread = read_spread(connection, model_version)
    return [CoinReading(coin, reading(sums, since, until, spread)) for coin, sums in _by_count(found)]


def _by_count(found: Mapping[str, Sums]) -> list[tuple[str, Sums]]:
    return sorted(found.items(), key=lambda item: (-item[1].count, item[0]))


def days_per_coin(
    connection: Connection, model_version: str, since: datetime, until: datetime, *, alone: bool = False
) -> dict[str, list[tuple[date, BarometerReading]]]:
    """The barometer of each whole UTC day that has headlines, oldest first, for every coin mentioned.

    With `alone`, headlines that mention several coins are left out.
    """
    found = coin_days(connection, model_version, since, until, alone=alone)
    spread = read_spread(connection, model_version)
    return {
        coin: [(day, reading(sums, _midnight(day), _midnight_after(day), spread)) for day, sums in days]
        for coin, days in found.items()
    }


def per_outlet(connection: Connection, model_version: str, since: datetime, until: datetime) -> list[OutletReading]:
    """The barometer of every outlet with headlines in [since, until), and its lean; most headlines first.

    Raises:
        ValueError: if `until` lies before `since`.
    """
    found = outlet_sums(connection, model_version, since, until)
    spread, lean = read_spread(connection, model_version), leans(found)
    total = sum(sums.count for sums in found.values())
    return [
        OutletReading(name, reading(sums, since, until, spread), sums.count / total, lean.get(name))
        for name, sums in _by_count(found)
    ]
