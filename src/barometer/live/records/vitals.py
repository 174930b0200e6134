"""What operators watch. All times are UTC, with zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Vitals:
    """What operators watch besides the barometer.

    Attributes:
        newest_pub_time: of the newest headline that counts for the active model version; None without any.
        unscored: recent headlines that this version has not scored, counted up to a limit; None before one is active.
        finished: when each step last finished, in UTC.
        feeds: how many are `active`, `failing` (active, but the last poll failed), `parked` and `retired`.
    """

    newest_pub_time: datetime | None
    unscored: int | None
    finished: Mapping[str, datetime]
    feeds: Mapping[str, int]
