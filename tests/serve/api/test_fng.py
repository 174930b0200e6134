"""The drop-in for the crypto Fear & Greed endpoint, asked as its public clients ask, over a real service."""

import csv
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from barometer.live.records import BarometerReading
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version
from serve.api.daily import classification
from serve.api.data_api import create_data_api
from serve.api.store import BarometerStore, store_opener
from serve.api.words import ENOUGH

NOW = datetime(2024, 5, 17, 12, 33, 20, tzinfo=UTC)
TODAY = datetime(2024, 5, 17, tzinfo=UTC)
GAP, GREEDY, FEARFUL = 3, 2, 1  # days ago
DAYS = 40


def _share(ago: int) -> float:
    return {GREEDY: 0.95, FEARFUL: 0.02}.get(ago, 0.4)


def _headlines() -> Iterator[tuple[datetime, float, tuple[str, ...]]]:
    """Twelve headlines on each day, in its first half hour, but for the gap; of BTC once every 20 days."""
    for ago in set(range(1, DAYS + 1)) - {GAP}:
        for minute in range(12):
            yield TODAY - timedelta(days=ago) + timedelta(minutes=minute), _share(ago), ("BTC",) * (ago % 20 == 0)
    yield from ((NOW - timedelta(hours=1, minutes=minute), 0.404, ()) for minute in range(12))


@pytest.fixture(scope="module")
def client(
    run: Any, settings_with: Any, sqlite_template: Path, tmp_path_factory: Any, save_scored: Callable[..., list[int]]
) -> Iterator[httpx.Client]:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('fng') / 'barometer.db')}"
    engine = open_engine(url)
    save_scored(engine, "v", list(_headlines()))
    with writing(engine) as connection:
        activate_version(connection, "v", NOW)
    engine.dispose()
    with run(create_data_api(settings_with(), store_opener(url), clock=lambda: NOW)) as asked:
        yield asked


@pytest.fixture(scope="module")
def empty(run: Any, settings_with: Any, sqlite_template: Path) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{sqlite_template}"))) as asked:
        yield asked


def _stamp(ago: int) -> str:
    return str(int((TODAY - timedelta(days=ago)).timestamp()))


@pytest.mark.parametrize("path", ["/fng", "/fng/"])
def test_default_is_the_newest_day(client: httpx.Client, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    entry = {"value": "40", "value_classification": "Neutral", "timestamp": _stamp(0)}
    # As of 12:30, the start of the five minutes for which caches keep the answer.
    entry["time_until_update"] = str(11 * 3600 + 30 * 60)
    name = "Crypto news barometer"
    assert answer.json() == {"name": name, "data": [entry], "metadata": {"error": None}}


def test_days_are_those_of_the_history(client: httpx.Client) -> None:
    shown = client.get("/fng/", params={"limit": 0}).json()["data"]
    assert [entry["timestamp"] for entry in shown] == [_stamp(ago) for ago in range(DAYS + 1) if ago != GAP]
    assert ["time_until_update" in entry for entry in shown] == [True] + [False] * (DAYS - 1)
    history = client.get("/v1/barometer/history", params={"hours": 24 * 60, "bucket": "day"}).json()
    scores = {day["since"][:10]: day["score"] for day in history}
    for entry in shown[1:]:
        day = datetime.fromtimestamp(int(entry["timestamp"]), UTC).date().isoformat()
        assert abs(int(entry["value"]) - scores[day]) <= 0.5


def test_classes_compare_with_days_before(client: httpx.Client) -> None:
    shown = client.get("/fng/", params={"limit": 0}).json()["data"]
    classes = {entry["timestamp"]: entry["value_classification"] for entry in shown}
    assert classes.pop(_stamp(GREEDY)) == "Extreme Greed"
    assert classes.pop(_stamp(FEARFUL)) == "Fear"  # of 12 headlines the interval is wide
    assert set(classes.values()) == {"Neutral"}


@pytest.mark.parametrize(
    ("low", "value", "high", "expected"),
    [
        (0.41, 0.51, 0.61, "Greed"),
        (0.46, 0.51, 0.56, "Extreme Greed"),
        (0.19, 0.29, 0.39, "Fear"),
        (0.24, 0.29, 0.34, "Extreme Fear"),
        (0.35, 0.45, 0.55, "Neutral"),
    ],
)
def test_extreme_leaves_twice_the_interval(low: float, value: float, high: float, expected: str) -> None:
    now = BarometerReading(value, low, high, 50, TODAY, NOW)
    usual = BarometerReading(0.4, 0.39, 0.41, ENOUGH, TODAY, TODAY)
    assert classification(now, usual) == expected
    too_few = BarometerReading(0.4, 0.2, 0.6, ENOUGH - 1, TODAY, TODAY)
    assert classification(now, too_few) == "Neutral"


def test_limit_counts_days_with_headlines(client: httpx.Client) -> None:
    everything = client.get("/fng/", params={"limit": 0}).json()["data"]
    for limit in (1, 2, 3, 4, 5, DAYS, DAYS + 1, 1_000_000):
        assert client.get("/fng/", params={"limit": limit}).json()["data"] == everything[:limit], limit


def test_coin_has_its_own_days(client: httpx.Client) -> None:
    answer = client.get("/fng/", params={"limit": 2, "coin": "btc"}).json()
    assert answer["name"] == "Crypto news barometer: BTC"
    # Without headlines in the last 24 hours the newest day is an earlier one.
    assert [entry["timestamp"] for entry in answer["data"]] == [_stamp(20), _stamp(40)]
    assert ["time_until_update" in entry for entry in answer["data"]] == [True, False]


@pytest.mark.parametrize(
    ("date_format", "expected"),
    [("us", "05-17-2024"), ("cn", "2024-05-17"), ("kr", "2024-05-17"), ("world", "17-05-2024")],
)
def test_dates_replace_seconds_on_request(client: httpx.Client, date_format: str, expected: str) -> None:
    [entry] = client.get("/fng/", params={"date_format": date_format}).json()["data"]
    assert entry["timestamp"] == expected
    text = client.get("/fng/", params={"date_format": date_format, "format": "csv"}).text
    assert f"\n{expected},40,Neutral\n" in text


def test_caches_can_tell_nothing_changed(client: httpx.Client) -> None:
    first = client.get("/fng/")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = client.get("/fng/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_answers_are_made_once(
    run: Any, settings_with: Any, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    read = BarometerStore.history

    def history(store: BarometerStore, *window: Any) -> list[BarometerReading]:
        asked.append(window)
        time.sleep(0.2)  # so that all wait for the first
        return read(store, *window)

    monkeypatch.setattr(BarometerStore, "history", history)
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{sqlite_template}"))) as client:
        with ThreadPoolExecutor(8) as pool:
            texts = set(pool.map(lambda _: client.get("/fng/", params={"limit": 0}).text, range(8)))
        assert (len(texts), len(asked)) == (1, 1)
        client.get("/fng/", params={"limit": 0, "coin": "BTC"})
        assert len(asked) == 2


def test_no_headlines_is_an_error(empty: httpx.Client) -> None:
    answer = empty.get("/fng/", params={"limit": 0}).json()
    assert (answer["data"], answer["metadata"]) == ([], {"error": "no headlines yet"})
    assert '"error": "no headlines yet"' in empty.get("/fng/", params={"format": "csv"}).text


@pytest.mark.parametrize(
    ("name", "value", "stated"),
    [
        ("limit", "-1", "greater than or equal to 0"),
        ("limit", "many", "valid integer"),
        ("format", "xml", "'json' or 'csv'"),
        ("date_format", "iso", "'us', 'cn', 'kr' or 'world'"),
    ],
)
def test_wrong_parameter_is_named(client: httpx.Client, name: str, value: str, stated: str) -> None:
    answer = client.get("/fng/", params={name: value})
    [problem] = answer.json()["detail"]
    assert (answer.status_code, problem["loc"]) == (422, ["query", name])
    assert stated in problem["msg"]


# What public clients do with the answer, each as it is published; only the host is another.


def test_client_fear_and_greed_crypto(client: httpx.Client) -> None:
    # FearAndGreedIndex.get_value_for_date and get_historical_data of that package
    asked = TODAY - timedelta(days=FEARFUL)
    data = client.get("/fng/", params={"limit": 5}).json()
    assert not data["metadata"]["error"]
    found = [entry for entry in data["data"] if datetime.fromtimestamp(int(entry["timestamp"]), UTC) == asked]
    assert [(int(entry["value"]) < 10, entry["value_classification"]) for entry in found] == [(True, "Fear")]


def test_client_crypto_feargreed_mcp(client: httpx.Client) -> None:
    # analyze_fng_trend of that package
    data = client.get("/fng/", params={"limit": 3}).json()["data"]
    values = [int(entry["value"]) for entry in data]
    assert (values[0] < values[-1], len(values)) == (True, 3)
    assert data[0]["value_classification"] == "Neutral"


def test_client_drops_column_by_name(client: httpx.Client) -> None:
    # pandas.DataFrame(data).drop(columns="time_until_update"), common with date_format, fails without the column.
    data = client.get("/fng/", params={"limit": 100_000, "date_format": "world"}).json()["data"]
    assert "time_until_update" in data[0]
    assert datetime.strptime(data[-1]["timestamp"], "%d-%m-%Y").replace(tzinfo=UTC) == TODAY - timedelta(days=DAYS)


def test_client_cuts_lines_of_csv(client: httpx.Client) -> None:
    # Three public scripts: one cuts four lines off the start and five off the end, one by "\n", one by an expression.
    answer = client.get("/fng/", params={"limit": 0, "format": "csv"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    rows = list(csv.reader(answer.text.splitlines()))[4:-5]
    assert (rows[0], rows[-1][0], len(rows)) == (["17-05-2024", "40", "Neutral"], "07-04-2024", DAYS)
    assert [row.split(",") for row in answer.text.split("\n", 3)[3].split("\n")[:-2][1:-3]] == rows
    match = re.match(r"^.*\"data\": \[(.*?)\]", answer.text, re.DOTALL)
    assert match is not None
    header, *found = match[1].strip().split("\n")
    assert (header, found) == ("fng_value,fng_classification,date", [",".join(row) for row in rows])
