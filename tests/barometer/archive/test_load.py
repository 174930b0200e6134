"""A scored archive in the store: as the live path would leave it, whatever happens in between."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from barometer.archive import load
from barometer.archive.load import Loaded, load_archive, open_complete
from barometer.archive.manifest import Manifest
from barometer.archive.places import ArchiveError, Place
from barometer.coins import find_coins
from barometer.headline import headline_id, recurrence_id
from barometer.live.records import NewsTitle
from barometer.live.score import score_titles
from barometer.live.store import dialects
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.titles import save_titles
from barometer.predictor import Predictor
from barometer.scoring import scorer_of

Score = Callable[..., Manifest]
REACH = timedelta(days=30)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
TABLES = (news_titles, title_coins, model_predictions, rollups)


@pytest.fixture(scope="session")
def archive(score_here: Score, archive_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    out = tmp_path_factory.mktemp("archive") / "out"
    score_here(archive_csv, out, 200)
    return Place(str(out))


def made(score_here: Score, folder: Path, rows: list[tuple[str, datetime]]) -> Place:
    folder.mkdir(exist_ok=True)
    (folder / "h.csv").write_text("title,pub_time\n" + "".join(f"{t},{m.isoformat()}\n" for t, m in rows))
    score_here(folder / "h.csv", folder / "out")
    return Place(str(folder / "out"))


def loaded(engine: Engine, archive: Place) -> Loaded:
    return load_archive(engine, archive, open_complete(archive), REACH, NOW)


def content(engine: Engine, *leave_out: str) -> dict[str, list[tuple[Any, ...]]]:
    with reading(engine) as connection:
        return {
            table.name: sorted(
                connection.execute(select(*(c for c in table.columns if c.name not in leave_out))).all(), key=repr
            )
            for table in TABLES
        }


def test_it_is_as_if_live(database: Engine, archive: Place, archive_csv: Path, tfidf_artifact: Path,
                          tmp_path: Path, sqlite_template: Path) -> None:  # fmt: skip
    assert loaded(database, archive) == Loaded(rows=800, titles=800, scores=800)
    live = open_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'live.db')}")
    titles = []
    for line in archive_csv.read_text().splitlines()[1:]:
        title, moment, source = line.rsplit(",", 2)
        moment_utc = datetime.fromisoformat(moment)
        text = title.strip('"')
        titles.append(NewsTitle(headline_id(text), text, source, "", moment_utc, NOW, find_coins(text)))
    with writing(live) as connection:
        save_titles(connection, titles)
    score_titles(live, scorer_of(Predictor.load(tfidf_artifact)))
    times = ("fetched_at", "scored_at")
    assert content(database, *times) == content(live, *times)
    live.dispose()


def test_loading_twice_changes_nothing(database: Engine, archive: Place) -> None:
    loaded(database, archive)
    before = content(database)
    assert loaded(database, archive) == Loaded(rows=800)
    assert content(database) == before


def test_a_killed_load_goes_on(
    database: Engine, store_url: str, archive: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 100)
    seen: list[int] = []

    def kill(rows: int) -> None:
        seen.append(rows)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_archive(database, archive, open_complete(archive), REACH, NOW, kill)
    with reading(database) as connection:
        assert len(connection.execute(select(news_titles.c.title_id)).all()) == sum(seen)
    assert loaded(database, archive).titles == 800 - sum(seen)
    with writing(database) as connection:
        assert rebuild_rollups(connection, open_complete(archive).version) == 0


def test_copy_and_parameters_agree(postgresql_url: str, archive: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(postgresql_url)
    monkeypatch.setattr(dialects, "COPY_ROWS", 1)
    loaded(engine, archive)
    copied = content(engine)
    monkeypatch.setattr(dialects, "COPY_ROWS", 10**9)
    assert loaded(engine, archive) == Loaded(rows=800)
    assert content(engine) == copied
    engine.dispose()


@pytest.mark.parametrize("batch", [2, 5000])
def test_returning_titles_are_news_again(
    batch: int, database: Engine, score_here: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", batch)
    days = (0, 20, 40, 41, 69, 71)  # news on day 0, again on 40 and on 71
    rows = [("Bitcoin, the week", MOMENT + timedelta(days=day)) for day in days]
    archive = made(score_here, tmp_path / "a", [(title.replace(",", ""), moment) for title, moment in rows])
    assert loaded(database, archive).titles == 3
    with reading(database) as connection:
        found = dict(connection.execute(select(news_titles.c.title_id, news_titles.c.pub_time)).all())
    again = [recurrence_id("Bitcoin the week", (MOMENT + timedelta(days=day)).date()) for day in (40, 71)]
    ids = [headline_id("Bitcoin the week"), *again]
    assert found == dict(zip(ids, [rows[k][1] for k in (0, 2, 5)], strict=True))
    assert loaded(database, archive).titles == 0


def test_edited_headlines_stay_unscored(database: Engine, score_here: Score, tmp_path: Path) -> None:
    archive = made(score_here, tmp_path / "a", [("Bitcoin falls", MOMENT), ("Bitcoin rises", MOMENT)])
    loaded(database, archive)
    old, new = headline_id("Bitcoin falls"), headline_id("Bitcoin rises")
    with writing(database) as connection:
        connection.execute(news_titles.update().where(news_titles.c.title_id == old).values(superseded_by=new))
        connection.execute(model_predictions.delete())
        connection.execute(rollups.delete())
    assert loaded(database, archive).scores == 1
    with reading(database) as connection:
        assert connection.execute(select(model_predictions.c.title_id)).scalars().all() == [new]


def test_dates_ahead_and_bad_links_stay_out(sqlite_url: str, score_here: Score, tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("title,pub_time,url\nA,2024-05-17T08:30Z,javascript:alert(1)\nB,2030-05-17T08:30Z,x\n")
    score_here(path, tmp_path / "out")
    engine = open_engine(sqlite_url)
    assert loaded(engine, Place(str(tmp_path / "out"))) == Loaded(rows=2, titles=1, scores=1, ahead=1)
    with reading(engine) as connection:
        assert connection.execute(select(news_titles.c.title, news_titles.c.url)).all() == [("A", "")]
    engine.dispose()


@pytest.fixture
def incomplete(archive: Place, tmp_path: Path) -> Iterator[Path]:
    """A copy of the archive to damage."""
    copy = tmp_path / "copy"
    for path in Path(archive.path).rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(archive.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    yield copy


def test_damaged_archives_are_named(sqlite_url: str, incomplete: Path, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    month = next(iter(sorted(incomplete.glob("month=*"))))
    (month / "headlines.parquet").write_bytes(b"PAR1")
    with pytest.raises(ArchiveError, match=f"{month}/headlines.parquet"):
        loaded(engine, Place(str(incomplete)))
    (incomplete / "archive.json").write_text('{"format": 2}')
    with pytest.raises(ArchiveError, match="format 2; this version reads 1"):
        loaded(engine, Place(str(incomplete)))
    with pytest.raises(ArchiveError, match="is no archive"):
        loaded(engine, Place(str(tmp_path / "nothing")))
    engine.dispose()
