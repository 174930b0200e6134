from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from barometer.card import read_card
from barometer.live.demo_feeds import HOST, serve_folder, write_feeds
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.standing import active_version, last_refresh
from barometer.live.store.titles import recent_titles
from serve.space.refresh import SpaceSettings, refresh

TITLE = "Bitcoin surges as the regulator approves a fund"


def settings_for(news: Path, model: Path, feeds: Path, address: str) -> SpaceSettings:
    feeds.write_text(yaml.safe_dump({"addresses": [address], "fetch": {"allow_hosts": [HOST]}}))
    url = SecretStr(f"sqlite:///{news}")
    return SpaceSettings(database_url=url, model=model, feeds=feeds)


def test_unreachable_feeds_leave_news_unchanged(
    news: Path, crawled_at: datetime, int8_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refresh(settings_for(news, int8_artifact, tmp_path / "feeds.yaml", f"http://{HOST}:9/feed"))
    engine = open_engine(f"sqlite:///{news}")
    with reading(engine) as connection:
        assert last_refresh(connection) == crawled_at
        assert active_version(connection) == read_card(int8_artifact).version
    engine.dispose()
    assert "3 headlines scored by" in capsys.readouterr().out


def test_feed_news_is_stored_and_scored(
    news: Path, int8_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = datetime.now(UTC)
    (file,) = write_feeds([(TITLE, "demo")], tmp_path / "served", start - timedelta(hours=1)).values()
    with serve_folder(tmp_path / "served") as address:
        refresh(settings_for(news, int8_artifact, tmp_path / "feeds.yaml", f"{address}/{file.name}"))
    engine = open_engine(f"sqlite:///{news}")
    with reading(engine) as connection:
        assert [stored.title for stored in recent_titles(connection, start - timedelta(hours=2))] == [TITLE]
        refreshed = last_refresh(connection)
        assert refreshed is not None and refreshed >= start
    engine.dispose()
    assert "4 headlines scored by" in capsys.readouterr().out
