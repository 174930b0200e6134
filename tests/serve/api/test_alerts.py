"""What the data API says of alerts: rules in words and events, nothing of channels."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from barometer.live.alerts.check import check_alerts
from barometer.live.alerts.settings import AlertsSettings
from barometer.live.store.engine import open_engine
from serve.api.data_api import create_data_api
from serve.api.store import store_opener

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
SETTINGS = AlertsSettings.model_validate(
    {
        "rules": [{"name": "stale", "kind": "stale"}, {"name": "mood", "kind": "band", "side": "lower"}],
        "channels": [{"name": "hidden", "kind": "apprise", "url_from": "HIDDEN_URL"}],
        "pause_hours": 0,
    }
)


@pytest.fixture
def client(run: Any, settings_with: Any, store_url: str) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(store_url), clock=lambda: NOW)) as client:
        yield client


def test_rules_and_events_without_channels(client: httpx.Client, store_url: str) -> None:
    assert client.get("/v1/alerts").json() == {"watched": [], "events": []}
    engine = open_engine(store_url)
    check_alerts(engine, SETTINGS, NOW)
    check_alerts(engine, AlertsSettings(), NOW + timedelta(hours=1))
    check_alerts(engine, SETTINGS, NOW + timedelta(hours=2))
    engine.dispose()
    answer = client.get("/v1/alerts")
    mood, stale = answer.json()["watched"]
    assert (mood["alert"], mood["raised"], mood["raised_at"]) == ("mood/lower", False, None)
    assert stale == {
        "alert": "stale", "words": "News was not crawled and scored for 12 hours", "raised": True,
        "raised_at": "2024-05-17T14:30:00Z", "checked_at": "2024-05-17T14:30:00Z",
    }  # fmt: skip
    newest, older = answer.json()["events"]
    assert (newest["raised_at"], newest["ended_at"]) == ("2024-05-17T14:30:00Z", None)
    assert (older["ended_at"], older["title"]) == ("2024-05-17T13:30:00Z", "The barometer is stale")
    assert newest.keys() == {"event_id", "alert", "title", "text", "raised_at", "ended_at"}
    assert "hidden" not in answer.text.lower()
    assert client.get("/v1/alerts?limit=1").json()["events"] == [newest]


@pytest.mark.parametrize("limit", ["0", "101", "many", ""])
def test_bad_limit_is_named(client: httpx.Client, limit: str) -> None:
    answer = client.get("/v1/alerts", params={"limit": limit})
    assert answer.status_code == 422 and "limit" in answer.text
