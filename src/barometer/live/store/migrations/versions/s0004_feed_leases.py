"""Until when a crawl holds a feed, and when the feed last answered in full.

Feeds known before are asked in full once: nobody knows how long they have answered 304.
"""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns."""
    for name in ("leased_until", "full_at"):
        op.add_column("feeds", sa.Column(name, UtcTime()))
