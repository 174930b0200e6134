"""The ranges of a history: their names in addresses, what people read, and how many days back each goes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from serve.api.parameters import midnight

Range = Literal["7d", "30d", "3m", "1y", "all"]
DEFAULT: Range = "30d"
TITLES: Mapping[Range, str] = {"7d": "7 days", "30d": "1 month", "3m": "3 months", "1y": "1 year", "all": "All"}
_DAYS: Mapping[Range, int] = {"7d": 7, "30d": 30, "3m": 91, "1y": 365}
_EVER = datetime(2009, 1, 3, tzinfo=UTC)  # Bitcoin's first block: no crypto news is older


def first_day(chosen: Range, now: datetime) -> datetime:
    """The start of the first day (UTC) of a range that ends at `now`, the day of `now` included."""
    return midnight(now.date()) - timedelta(days=_DAYS[chosen]) if chosen in _DAYS else _EVER
