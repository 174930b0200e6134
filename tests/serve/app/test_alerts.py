"""The alerts page over a real store."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.live.alerts.check import check_alerts
from barometer.live.alerts.settings import AlertsSettings
from barometer.live.records import AlertEvent
from barometer.live.store.alerts import add_event
from barometer.live.store.engine import open_engine, writing
from serve.api.store import BarometerStore
from serve.app.pages.alerts import describe, show

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


@pytest.fixture
def context(database: Engine) -> Any:
    return SimpleNamespace(store=BarometerStore(database), clock=lambda: NOW + timedelta(hours=3))


def test_an_empty_store_says_what_to_do(context: Any) -> None:
    page = show(context)
    assert "<code>conf/alerts/default.yaml</code>" in page and "No alert was raised yet" in page
    assert describe(context) == {"watched": [], "events": []}


def test_rules_in_words_and_events(context: Any, database: Engine) -> None:
    rules = [{"name": "stale", "kind": "stale"}, {"name": "up", "kind": "level", "above": 60, "coin": "BTC"}]
    check_alerts(database, AlertsSettings.model_validate({"rules": rules}), NOW)
    with writing(database) as connection:
        later = NOW + timedelta(minutes=1)
        add_event(connection, AlertEvent("e", "up", "up", later, "<b>Bitcoin</b>", "47 & more"), 1, [], held=False)
    page = show(context)
    assert "of the last 24 hours lies above 60." in page and "News was not crawled and scored for 12 hours." in page
    assert page.count("a-raised") == 1 and "3 h ago" in page and "not over yet" in page
    assert "&lt;b&gt;Bitcoin&lt;/b&gt;" in page and "47 &amp; more" in page
    assert [event["alert"] for event in describe(context)["events"]] == ["up", "stale"]


def test_unreachable_store_is_said(tmp_path: Any) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    context: Any = SimpleNamespace(store=BarometerStore(engine), clock=lambda: NOW)
    assert "The store has no tables yet" in show(context) and "no tables yet" in describe(context)["error"]
    engine.dispose()
