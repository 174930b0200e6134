"""Roll-ups of coins alone and of outlets, of every version, made from the predictions there are.

Roll-ups of all headlines say in which 30 days a version has any. These are filled one after the other, hours from
predictions, days from hours, so that no statement reads more than a month. All of it is one transaction.
"""

import time
from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"

# As `store.parts` has them: coins alone, and outlets.
_ALONE, _OUTLETS = 1000, 2000
_HOUR = {
    "postgresql": "CAST(floor(extract(epoch FROM p.pub_time) / 3600) AS integer)",
    # Division truncates towards 0: counted from year 1, no time is negative.
    "sqlite": "((p.pub_time + 62135596800000000) / 3600000000 - 17259888)",
}
_WINDOW = {
    "postgresql": "p.pub_time >= to_timestamp(CAST(:first AS bigint) * 3600) "
    "AND p.pub_time < to_timestamp((CAST(:first AS bigint) + 720) * 3600)",
    "sqlite": "p.pub_time >= :first * 3600000000 AND p.pub_time < (:first + 720) * 3600000000",
}
_WHOLE = {
    "postgresql": "CAST(floor({0}) AS bigint)",
    # Has no floor everywhere, and its cast truncates towards 0.
    "sqlite": "(CAST({0} AS bigint) - ({0} < CAST({0} AS bigint)))",
}
_HOURS = """
INSERT INTO rollups (model_version, span, hour, coin, headlines, positive, squares)
SELECT p.model_version, {span}, {hour}, {part}, count(*), sum({value}), sum({square})
FROM model_predictions p {joined}
WHERE p.model_version = :version AND {window} AND p.counted {only}
GROUP BY p.model_version, {hour}, {part}
"""
_LARGER = """
INSERT INTO rollups (model_version, span, hour, coin, headlines, positive, squares)
SELECT model_version, {span}, {start}, coin, sum(headlines), sum(positive), sum(squares)
FROM rollups WHERE model_version = :version AND span = {smaller} AND hour >= :first AND hour < :first + 720
GROUP BY model_version, {start}, coin
"""
_PARTS = {
    _ALONE: {
        "part": "'=' || c.coin",
        "joined": "JOIN title_coins c ON c.title_id = p.title_id",
        "only": "AND NOT EXISTS (SELECT 1 FROM title_coins o WHERE o.title_id = c.title_id AND o.coin <> c.coin)",
    },
    _OUTLETS: {
        "part": "'@' || substr(t.source, 1, 200)",
        "joined": "JOIN news_titles t ON t.title_id = p.title_id",
        "only": "",
    },
}


def upgrade() -> None:
    """Fill them; roll-ups of all headlines and of coins stay as they are."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("LOCK TABLE rollups IN EXCLUSIVE MODE")  # scorers wait, readers do not
    op.execute("DELETE FROM rollups WHERE span > 1000")  # there are none, unless newer code rebuilt roll-ups before
    months = bind.execute(
        sa.text(
            "SELECT model_version, hour FROM rollups WHERE span = 720 AND coin = '' AND headlines > 0 ORDER BY 1, 2"
        )
    ).all()
    say: Callable[[str], object] = context.config.attributes.get("progress", lambda line: None)
    started = time.monotonic()
    statements = [sa.text(statement) for statement in _statements(bind.dialect.name)]
    for done, (version, first) in enumerate(months, 1):
        for statement in statements:
            bind.execute(statement, {"version": version, "first": first})
        if done % 12 == 0 or done == len(months):
            say(f"outlets and coins alone: {done} of {len(months)} months after {time.monotonic() - started:.0f} s")
    if bind.dialect.name == "postgresql" and months:
        op.execute("ANALYZE rollups")


def _statements(dialect: str) -> list[str]:
    """What fills 720 hours: hours, days, and all of them, of each kind of parts."""
    million = "(p.value * {0} + 0.5)"
    words = {
        "hour": _HOUR[dialect],
        "window": _WINDOW[dialect],
        "value": _WHOLE[dialect].format(million.format("1000000")),
        "square": _WHOLE[dialect].format(million.format("p.value * 1000000")),
    }
    found = []
    for apart, part in _PARTS.items():
        found.append(_HOURS.format(span=apart + 1, **words, **part))
        for hours, smaller in ((24, 1), (720, 24)):
            start = f"hour - (hour - :first) % {hours}"  # of what is negative before 1970, a remainder would be too
            found.append(_LARGER.format(span=apart + hours, smaller=apart + smaller, start=start))
    return found
