import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, bindparam, inspect, select, text
from sqlalchemy.exc import IntegrityError

from barometer.headline import normalised_id
from barometer.live.records import FoundCopy, StoredTitle
from barometer.live.store.copies import save_copies, told_by
from barometer.live.store.engine import StoreError, open_engine, reading, writing
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import metadata, model_predictions, rollups
from barometer.live.store.standing import active_version, last_refresh, read_spread
from barometer.live.store.sums import Sums, window_sums
from barometer.live.store.times import EPOCH, UtcTime
from barometer.live.store.titles import delete_titles, recent_titles
from barometer.live.store.upgrade import check_revision, current_revision, expected_revision, upgrade

Save = Callable[..., list[int]]
OLD_ROWS = (
    "INSERT INTO news_titles VALUES (-7, 'Bitcoin rises', 's', '', :m, :m)",
    "INSERT INTO title_coins SELECT title_id, 'BTC' FROM news_titles WHERE pub_time = :m",
    "INSERT INTO title_coins SELECT title_id, 'ETH' FROM news_titles WHERE pub_time = :m",
    "INSERT INTO model_predictions VALUES (-7, 'v', :m, 0.1, 0.2, 0.7, 2, 0.8, TRUE, :m)",
    "INSERT INTO model_versions VALUES ('v', :m)",
)
ROWS_OF_0008 = (
    "INSERT INTO news_titles VALUES (:i, 'Bitcoin rises', :s, '', :m, :m, NULL)",
    "INSERT INTO model_predictions (title_id, model_version, pub_time, negative, neutral, positive, predicted_class, "
    "entropy, is_annotating, scored_at, value, counted) VALUES (:i, 'v', :m, 0.1, 0.2, 0.7, 2, 0.8, FALSE, :m, :v, :c)",
)
# SQLite's search, which is no part of the metadata but made with them.
SEARCH = {"title_numbers", "title_search", *(f"title_search_{part}" for part in ("config", "data", "idx"))}


def empty(database: Engine) -> None:
    with writing(database) as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))


def belongs_here(dialect: str, item: Any, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Whether a table, index or key is compared: no partition, no search, nor what only the other database has."""
    if kind == "table" and reflected:
        return name not in SEARCH and not str(name).startswith("model_predictions_")
    return bool(item.info.get("dialect", dialect) == dialect)


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index:UserWarning")
def test_migrations_make_the_expected_tables(database: Engine) -> None:
    with reading(database) as connection:
        dialect = database.dialect.name
        here = partial(belongs_here, dialect)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": here})
        assert compare_metadata(context, metadata) == []
        key = inspect(connection).get_pk_constraint("model_predictions")["constrained_columns"]
        assert key == ["title_id", "model_version", *(["pub_time"] if dialect == "postgresql" else [])]
        assert context.get_current_revision() == expected_revision() == current_revision(connection)
    check_revision(database)


def test_migrations_make_the_expected_search(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    made = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') OR name IN :tables"
    query = text(made).bindparams(bindparam("tables", sorted(SEARCH), expanding=True))

    def found() -> dict[str, str]:
        with reading(engine) as connection:
            return {name: " ".join(sql.split()) for name, sql in connection.execute(query)}

    migrated = found()
    empty(engine)
    assert found() == {}
    with writing(engine) as connection:
        metadata.create_all(connection)
    assert found() == migrated
    assert len(migrated) == len(SEARCH) + 4
    engine.dispose()


def test_upgrading_again_changes_nothing(database: Engine) -> None:
    with writing(database) as connection:
        connection.execute(text("INSERT INTO feeds (url, failures, state) VALUES ('u', 0, 'active')"))
    assert upgrade(database) == expected_revision()
    with reading(database) as connection:
        assert connection.execute(text("SELECT url FROM feeds")).scalars().all() == ["u"]


def test_first_headlines_survive_later_migrations(database: Engine) -> None:
    empty(database)
    upgrade(database, "0001")
    row = {"i": -7, "t": "Bitcoin rises", "s": "a", "u": "https://a.example", "m": EPOCH + timedelta(days=20_000)}
    with writing(database) as connection:
        assert "runs" not in inspect(connection).get_table_names()
        statement = text("INSERT INTO news_titles VALUES (:i, :t, :s, :u, :m, :m)")
        connection.execute(statement.bindparams(bindparam("m", type_=UtcTime)), row)
    with pytest.raises(StoreError, match=f"revision 0001, expected {expected_revision()}"):
        check_revision(database)
    assert upgrade(database) == expected_revision()
    with reading(database) as connection:
        assert recent_titles(connection, row["m"]) == [StoredTitle(-7, "Bitcoin rises")]
        assert last_refresh(connection) is None


def test_old_scores_count_with_their_probability(database: Engine) -> None:
    empty(database)
    upgrade(database, "0002")
    moment, day = EPOCH + timedelta(days=20_000), timedelta(days=1)
    with writing(database) as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement).bindparams(bindparam("m", type_=UtcTime)), {"m": moment})
    assert upgrade(database) == expected_revision()
    with writing(database) as connection:
        row = connection.execute(select(model_predictions)).one()
        assert (row.title_id, row.pub_time, row.entropy, row.is_annotating) == (-7, moment, 0.8, True)
        assert (row.value, row.counted, row.news) == (0.7, True, None)
        assert rebuild_rollups(connection, "v") == 12  # nothing was summed before
        assert window_sums(connection, "v", moment, moment + day) == Sums(1, 0.7, pytest.approx(0.49))
        assert (active_version(connection), read_spread(connection, "v")) == ("v", None)
        assert delete_titles(connection, [-7]) == 1
        assert connection.execute(select(model_predictions)).all() == []


def _with_month_of_0008(database: Engine) -> None:
    """Four scored headlines, one before 1970, and the roll-ups of 0008 that say when there are any."""
    empty(database)
    upgrade(database, "0008")
    day = timedelta(days=20_000)
    rows = [
        (1, "Daily", day, 0.7, True, ("BTC",)), (2, "Daily", day + timedelta(hours=30), -0.25, True, ("BTC", "ETH")),
        (3, "é" * 300, day, 0.0000005, True, ()), (4, "Daily", day, 0.9, False, ("SOL",)),
        (5, "Old", timedelta(minutes=-90), 0.4, True, ("BTC",)),
    ]  # fmt: skip
    with writing(database) as connection:
        for title_id, source, age, value, counted, coins in rows:
            words = {"i": title_id, "s": source, "m": EPOCH + age, "v": value, "c": counted}
            for statement in ROWS_OF_0008:
                connection.execute(text(statement).bindparams(bindparam("m", type_=UtcTime)), words)
            for coin in coins:
                connection.execute(text("INSERT INTO title_coins VALUES (:i, :c)"), {"i": title_id, "c": coin})
        for hour in (-720, 20_000 * 24 // 720 * 720):
            connection.execute(text("INSERT INTO rollups VALUES ('v', 720, :h, '', 1, 0, 0)"), {"h": hour})


def _of_parts(connection: Connection) -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = connection.execute(select(rollups).where(rollups.c.span > 1000)).all()
    return {tuple(row[1:4]): tuple(row[4:]) for row in rows}


def test_upgrade_sums_outlets_and_coins_alone(database: Engine) -> None:
    _with_month_of_0008(database)
    told: list[str] = []
    assert upgrade(database, progress=told.append) == expected_revision()
    with writing(database) as connection:
        made = _of_parts(connection)
        day, month = 20_000 * 24, 20_000 * 24 // 720 * 720
        assert made[2001, day + 30, "@Daily"] == (1, -250_000, 62_500)
        assert made[2720, month, "@Daily"] == (2, 450_000, 552_500)
        assert made[1720, month, "=BTC"] == (1, 700_000, 490_000)
        assert made[1024, -24, "=BTC"] == made[2001, -2, "@Old"] == (1, 400_000, 160_000)
        assert made[2024, day, "@" + "é" * 200] == (1, 1, 0)
        rebuild_rollups(connection, "v")
        assert _of_parts(connection) == made
    assert told[-1].startswith("outlets and coins alone: 2 of 2 months")


def test_interrupted_upgrade_can_be_repeated(database: Engine) -> None:
    _with_month_of_0008(database)
    with pytest.raises(ZeroDivisionError):
        upgrade(database, progress=lambda line: 1 / 0)
    with reading(database) as connection:
        assert (current_revision(connection), _of_parts(connection)) == ("0008", {})
    assert upgrade(database) == expected_revision()
    with reading(database) as connection:
        assert len(_of_parts(connection)) == 6 + 11


def test_stories_begin_empty_beside_old_headlines(database: Engine) -> None:
    empty(database)
    upgrade(database, "0008")
    moment = EPOCH + timedelta(days=20_000)
    with writing(database) as connection:
        old = text("INSERT INTO news_titles VALUES (-7, 'Bitcoin rises', 's', '', :m, :m, NULL)")
        connection.execute(old.bindparams(bindparam("m", type_=UtcTime)), {"m": moment})
    assert upgrade(database) == expected_revision()
    copy = FoundCopy("Bitcoin rises", "t", "", moment, "Bitcoin rises", moment)
    with writing(database) as connection:
        assert told_by(connection, [-7]) == {}
        connection.execute(text("UPDATE news_titles SET title_id = :id"), {"id": normalised_id("Bitcoin rises")})
        assert save_copies(connection, [copy], {}, timedelta(days=1)) == 1


@pytest.mark.parametrize("change", ["value = NULL", "counted = NULL", "predicted_class = 3"])
def test_upgraded_tables_have_the_same_constraints(database: Engine, save_scored: Save, change: str) -> None:
    save_scored(database, "v", [(EPOCH, 0.5, ())])
    with pytest.raises(IntegrityError), writing(database) as connection:
        connection.execute(text(f"UPDATE model_predictions SET {change}"))


def test_concurrent_upgrades_wait(database: Engine, store_url: str) -> None:
    empty(database)
    problems: list[BaseException] = []

    def run() -> None:
        engine = open_engine(store_url)
        try:
            upgrade(engine)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a thread is the finding
            problems.append(error)
        engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    check_revision(database)


def test_a_failed_upgrade_leaves_nothing_behind(database: Engine) -> None:
    empty(database)
    with writing(database) as connection:
        connection.execute(text("CREATE TABLE rollups (x INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        upgrade(database)
    with reading(database) as connection:
        assert inspect(connection).get_table_names() == ["rollups"]


def test_missing_and_unknown_tables_are_refused(database: Engine) -> None:
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="revision 9999, expected"):
        check_revision(database)
    with pytest.raises(StoreError, match="revision 9999, unknown to this version"):
        upgrade(database)
    empty(database)
    with pytest.raises(StoreError, match=r"no tables yet; run `barometer db upgrade`"):
        check_revision(database)


def test_postgresql_keeps_moments_as_moments(postgresql_url: str) -> None:
    engine = open_engine(postgresql_url)
    columns = {column["name"]: column["type"] for column in inspect(engine).get_columns("news_titles")}
    engine.dispose()
    assert getattr(columns["pub_time"], "timezone", False) is True


def test_tests_use_a_real_server(postgresql_server: URL) -> None:
    engine = open_engine(postgresql_server.render_as_string(hide_password=False))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT version()")).scalar_one().startswith("PostgreSQL 1")
    engine.dispose()
