"""Fills an empty store with many headlines by set-based SQL, for `scripts.bench_store`.

Half of the headlines are of the newest year and half of the four before; most mention a coin or two; each has one
score; one in 20 is not news and does not count. Titles are of common words, with some words of known frequency to
search. Indexes and, in PostgreSQL, keys are created afterwards, as in any bulk load.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, create_engine, text

from barometer.live.store.dialects import lift_time_limit
from barometer.live.store.engine import writing
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.standing import activate_version, record_run
from barometer.live.store.times import EPOCH
from barometer.prevalence import Spread

VERSION = "bench"
BEFORE_SEARCH = "0006"
END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
YEARS = 5
COINS = 60
CHUNK = 250_000
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
FILLED = ("news_titles", "title_coins", "model_predictions")

MICROSECOND = timedelta(microseconds=1)
# Ids are spread over all 64-bit numbers, as content hashes are. The probabilities lean to 0 and 1, as models do.
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM numbers WHERE i < :last)",
    "postgresql": "WITH numbers(i) AS (SELECT generate_series(CAST(:first AS bigint), :last))",
}
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
{numbers}, draws(i, u) AS (SELECT i, CAST((i * 7919) % 10007 AS double precision) / 10007 FROM numbers),
scores(i, p) AS (SELECT i, u * u * (3 - 2 * u) FROM draws)
SELECT {id}, :version, {moment}, (1 - p) * 2 / 3, (1 - p) / 3, p, CASE WHEN p >= 0.4 THEN 2 ELSE 0 END,
    0.5, FALSE, {moment}, CASE WHEN i % 20 = 0 THEN 0.05 ELSE 0.95 END, 1.2 * p - 0.1, i % 20 <> 0 FROM scores
"""
# One headline in ten was told by three more outlets.
COPIES = """
INSERT INTO story_copies (copy_id, title_id, title, source, url, pub_time, seen_at)
SELECT title_id + n, title_id, title || ' today', 'Outlet ' || (40 + n), url, pub_time, pub_time
FROM news_titles, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) outlets WHERE title_id % 10 = 0
"""


# Foreign keys first: they depend on primary keys.
KEYS = """
SELECT conrelid::regclass AS of_table, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE contype IN ('f', 'p') AND conparentid = 0
  AND (conrelid::regclass::text = ANY(:tables) OR confrelid::regclass::text = ANY(:tables)) ORDER BY contype
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND schemaname = current_schema
"""


def fill(engine: Engine, headlines: int) -> None:
    """Make `headlines` rows of each table, and the roll-ups; the newest are published just before `END`.

    The tables are those of revision `BEFORE_SEARCH`, so that the migration of a large store can be timed.
    """
    start = time.perf_counter()
    with writing(engine) as connection:
        remake = _drop_keys(connection)
    for first in range(1, headlines + 1, CHUNK):
        bounds = {"first": first, "last": min(first + CHUNK - 1, headlines)}
        _fill(engine, headlines, bounds)
        _say(engine, f"{bounds['last']:,} of {headlines:,} headlines", start)
    settle(engine)
    for statement in remake:
        with writing(engine) as connection:
            lift_time_limit(connection)
            connection.exec_driver_sql(statement)
    settle(engine)
    _say(engine, "indexes", start)
    with writing(engine) as connection:
        rebuild_rollups(connection, VERSION)
        activate_version(connection, VERSION, END - YEAR, Spread(0.2, 1e-4))
        record_run(connection, "crawl", END)
        record_run(connection, "score", END)
    settle(engine)
    _say(engine, "roll-ups", start)


def fill_copies(engine: Engine) -> None:
    """Make the copies of headlines, once their table is there."""
    with writing(engine) as connection:
        lift_time_limit(connection)
        connection.execute(text(COPIES))


def _fill(engine: Engine, headlines: int, bounds: dict[str, int]) -> None:
    words = _words(engine.dialect.name, headlines)
    with writing(engine) as connection:
        lift_time_limit(connection)
        for statement in (TITLES, MENTIONS):
            connection.execute(text(statement.format(**words)), bounds)
        connection.execute(text(SCORES.format(**words)), {**bounds, "version": VERSION})


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
    return {"numbers": NUMBERS[dialect], "id": ID, "moment": moment, "coins": COINS, "common": common, "once": once}


def _common(dialect: str, turn: int) -> str:
    """A common word for headline number `i`."""
    n = f"(i / {turn} * 7919 + {turn}) % {len(COMMON)}"
    if dialect == "postgresql":
        return f"('{{{','.join(COMMON)}}}'::text[])[1 + {n}]"
    return f"json_extract('{json.dumps(COMMON)}', '$[' || ({n}) || ']')"


def _drop_keys(connection: Connection) -> list[str]:
    """Drop the indexes of the tables that are filled, in PostgreSQL also their keys; return what makes them again."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'")).all()
        made = [row for row in found if row.tbl_name in FILLED and row.sql]
        for row in made:
            connection.exec_driver_sql(f"DROP INDEX {row.name}")
        return [row.sql for row in made]
    keys = connection.execute(text(KEYS), {"tables": list(FILLED)}).all()
    for row in keys:
        connection.exec_driver_sql(f"ALTER TABLE {row.of_table} DROP CONSTRAINT {row.conname}")
    indexes = connection.execute(text(INDEXES), {"tables": list(FILLED)}).all()
    for row in indexes:
        connection.exec_driver_sql(f"DROP INDEX {row.indexname}")
    remade = [f"ALTER TABLE {row.of_table} ADD CONSTRAINT {row.conname} {row.definition}" for row in reversed(keys)]
    return [*(row.indexdef for row in indexes), *remade]


def settle(engine: Engine) -> None:
    """Do what PostgreSQL's own autovacuum would; nothing in the service analyses SQLite."""
    if engine.dialect.name == "postgresql":
        unlimited = create_engine(engine.url, isolation_level="AUTOCOMMIT")
        with unlimited.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        unlimited.dispose()


def _say(engine: Engine, what: str, start: float) -> None:
    print(f"{engine.dialect.name}: {what} after {time.perf_counter() - start:.0f} s", file=sys.stderr)
