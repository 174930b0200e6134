"""Fills an empty store with many headlines by set-based SQL, for `scripts.bench_store`.

Half of the headlines are of the newest year and half of the four before; most mention a coin or two; each has one
score; one in 20 is not news and does not count. Titles are of common words, with some words of known frequency to
search. Indexes and foreign keys are created afterwards, as in any bulk load.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Constraint, Engine, text
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex, ExecutableDDLElement

from barometer.live.store.engine import writing
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import metadata, model_predictions, news_titles, search_index, title_coins
from barometer.live.store.standing import activate_version, record_run
from barometer.live.store.times import EPOCH
from barometer.prevalence import Spread

VERSION = "bench"
BEFORE_SEARCH = "0006"
END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
YEARS = 5
COINS = 60
CHUNK = 500_000
_COMMON = """
after against analyst approval bank before billion blockchain board breaks business buyers central chain
charges company court crypto currency customers data decision deal demand digital dollar down drop ether
ethereum exchange expands fails falls federal filing finance firms first flows fraud funds futures gains
global government group growth hackers high holders inflation institutions interest investors investment
issuer judge largest launch lawsuit less liquidity loss market miners million month moves network number
official options over partner payments platform policy price profit project protocol questions raises rally
rates record regulator report reserve response rises risk rule sales security sells senate service shares
slides solana staking state stock strategy supply surge tokens traders trading transfer treasury trust under
updates volume wallet warning week whales world year yield
"""
COMMON = _COMMON.split()
# Words of known frequency: in 3 of 10 headlines, in one of 100, of 1000, often but long ago, and once, four years ago.
OFTEN, HUNDREDTH, THOUSANDTH, ONCE_OFTEN, ONCE = "bitcoin", "stablecoin", "wormhole", "plexcoin", "zephyrine"
FILLED = (news_titles, title_coins, model_predictions)

MICROSECOND = timedelta(microseconds=1)
# Ids are spread over all 64-bit numbers, as content hashes are. The probabilities lean to 0 and 1, as models do.
NUMBERS = (
    "WITH RECURSIVE numbers(i) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < :last)"
)
ID = "((i * 700000000001) % 9007199254740881) * 1023"
AGE = "CASE WHEN i <= {half} THEN i * {step} ELSE {year} + (i - {half}) * {old_step} END"
TITLES = """
INSERT INTO news_titles (title_id, title, source, url, pub_time, fetched_at)
{numbers} SELECT {id}, CASE WHEN i % 10 < 3 THEN 'Bitcoin ' ELSE 'Coin ' END || {common} || i || CASE
    WHEN i = {once} THEN ' Zephyrine' WHEN i % 100 = 17 THEN ' stablecoin' WHEN i % 1000 = 321 THEN ' Wormhole'
    WHEN i > {once} AND i % 5 = 1 THEN ' Plexcoin' ELSE '' END, 'Outlet ' || (i % 40),
    'https://news.example/' || i, {moment}, {moment} FROM numbers
"""
MENTIONS = """
INSERT INTO title_coins (title_id, coin)
{numbers} SELECT {id}, 'C' || ((i * i + i / 7) % {coins}) FROM numbers WHERE i % 10 < 7
UNION SELECT {id}, 'C' || ((i / 3) % {coins}) FROM numbers WHERE i % 10 = 3
"""
SCORES = """
INSERT INTO model_predictions (title_id, model_version, pub_time, negative, neutral, positive, predicted_class,
    entropy, is_annotating, scored_at, news, value, counted)
{numbers}, draws(i, u) AS (SELECT i, ((i * 7919) % 10007) / 10007.0 FROM numbers),
scores(i, p) AS (SELECT i, u * u * (3 - 2 * u) FROM draws)
SELECT {id}, :version, {moment}, (1 - p) * 2 / 3, (1 - p) / 3, p, CASE WHEN p >= 0.4 THEN 2 ELSE 0 END,
    0.5, FALSE, {moment}, CASE WHEN i % 20 = 0 THEN 0.05 ELSE 0.95 END, 1.2 * p - 0.1, i % 20 <> 0 FROM scores
"""


def fill(engine: Engine, headlines: int) -> None:
    """Make `headlines` rows of each table, and the roll-ups; the newest are published just before `END`.

    The tables are those of revision `BEFORE_SEARCH`, so that the migration of a large store can be timed.
    """
    start = time.perf_counter()
    words = _words(engine.dialect.name, headlines)
    with writing(engine) as connection:
        _apart(connection, together=False)
    for first in range(1, headlines + 1, CHUNK):
        bounds = {"first": first, "last": min(first + CHUNK - 1, headlines)}
        with writing(engine) as connection:
            for statement in (TITLES, MENTIONS):
                connection.execute(text(statement.format(**words)), bounds)
            connection.execute(text(SCORES.format(**words)), {**bounds, "version": VERSION})
        _say(engine, f"{bounds['last']:,} of {headlines:,} headlines", start)
    with writing(engine) as connection:
        _apart(connection, together=True)
    settle(engine)
    _say(engine, "indexes", start)
    with writing(engine) as connection:
        rebuild_rollups(connection, VERSION)
        activate_version(connection, VERSION, END, Spread(0.2, 1e-4))
        record_run(connection, "crawl", END)
        record_run(connection, "score", END)
    settle(engine)
    _say(engine, "roll-ups", start)


def _words(dialect: str, headlines: int) -> dict[str, object]:
    half = -(-headlines // 2)
    steps = {
        "step": YEAR // half // MICROSECOND,
        "old_step": (YEARS - 1) * YEAR // half // MICROSECOND,
    }
    age = AGE.format(half=half, year=YEAR // MICROSECOND, **steps)
    moment = {
        "sqlite": f"{(END - EPOCH) // MICROSECOND} - {age}",
        "postgresql": f"timestamptz '{END.isoformat()}' - ({age}) * interval '1 microsecond'",
    }[dialect]
    # Six words, which repeat together after some 10 ** 13 headlines.
    common = "".join(f"{_common(dialect, turn)} || ' ' || " for turn in (1, 3, 7, 61, 601, 7001)) + "''"
    once = headlines * 9 // 10
    return {"numbers": NUMBERS, "id": ID, "moment": moment, "coins": COINS, "common": common, "once": once}


def _common(dialect: str, turn: int) -> str:
    """A common word for headline number `i`."""
    n = f"(i / {turn} * 7919 + {turn}) % {len(COMMON)}"
    if dialect == "postgresql":
        return f"('{{{','.join(COMMON)}}}'::text[])[1 + {n}]"
    return f"json_extract('{json.dumps(COMMON)}', '$[' || ({n}) || ']')"


def _apart(connection: Connection, *, together: bool) -> None:
    """Drop the indexes of the tables that are filled, in PostgreSQL also their keys, or make them again."""
    indexes = [index for table in FILLED for index in table.indexes if index is not search_index]
    keys: list[Constraint] = []
    if connection.dialect.name == "postgresql":
        keys += [key for table in metadata.sorted_tables for key in table.foreign_key_constraints]
        keys += [table.primary_key for table in FILLED]  # after what refers to them
    changes: list[ExecutableDDLElement] = [AddConstraint(key) if together else DropConstraint(key) for key in keys]
    if together:
        changes.reverse()
    changes += [CreateIndex(index) if together else DropIndex(index) for index in indexes]
    for change in changes:
        connection.execute(change)


def settle(engine: Engine) -> None:
    """Do what PostgreSQL's own autovacuum would; nothing in the service analyses SQLite."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _say(engine: Engine, what: str, start: float) -> None:
    print(f"{engine.dialect.name}: {what} after {time.perf_counter() - start:.0f} s", file=sys.stderr)
