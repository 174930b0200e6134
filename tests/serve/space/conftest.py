"""A store with a little news, and a Space built from it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from barometer.live.records import DroppedTitle
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version, record_run
from barometer.live.store.titles import save_dropped
from serve.space.build import build_space

ROOT = Path(__file__).resolve().parents[3]
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


@pytest.fixture
def crawled_at() -> datetime:
    """When the news of `news` was crawled: longer ago than two refreshes."""
    return (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)


@pytest.fixture
def news(sqlite_url: str, save_scored: Save, crawled_at: datetime) -> Path:
    """The file of a store with three headlines scored by a model that is not shipped, one of them labelled."""
    engine = open_engine(sqlite_url)
    ids = save_scored(engine, "old", [(crawled_at - timedelta(hours=n), 0.5, ("BTC",)) for n in range(3)])
    with writing(engine) as connection:
        activate_version(connection, "old", crawled_at)
        record_run(connection, "crawl", crawled_at)
        record_run(connection, "score", crawled_at)
        save_dropped(connection, [DroppedTitle("Dropped", "example", "https://example.org", "words", crawled_at)])
        connection.exec_driver_sql(
            "INSERT INTO labeled_news_titles (title_id, annotator, label, annotation_time) "
            f"VALUES ({ids[0]}, 'ann@example.org', '2', '2024-05-18 00:00:00')"
        )
    engine.dispose()
    return Path(sqlite_url.removeprefix("sqlite:///"))


Build = Callable[..., Path]


@pytest.fixture
def build(news: Path, int8_artifact: Path, tmp_path: Path) -> Build:
    """Builds a Space from `news` and `int8_artifact`, with changes, and returns its folder."""

    def build(**changes: Path) -> Path:
        target = tmp_path / "space"
        target.mkdir()
        sources = {
            "model": int8_artifact,
            "database": news,
            "reports": ROOT / "reports" / "demo",
            "market": tmp_path / "no-market",
            "feeds": ROOT / "conf" / "feeds" / "default.yaml",
        }
        build_space(target, **(sources | changes))
        return target

    return build
