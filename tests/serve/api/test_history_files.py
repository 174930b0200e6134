"""`/v1/history.csv` and `/v1/history.parquet`, over a real service."""

import csv
import errno
import io
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from barometer.live.history_files import COLUMNS
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version
from serve.api import history_files
from serve.api.data_api import create_data_api
from serve.api.store import BarometerStore, store_opener

NOW = datetime(2024, 5, 17, 12, 33, 20, tzinfo=UTC)
COINS = ("BTC", "ETH", "SOL")
FORMATS = ("csv", "parquet")


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: Any, save_scored: Callable[..., list[int]]) -> str:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('history') / 'barometer.db')}"
    engine = open_engine(url)
    rows = [(NOW - timedelta(hours=5 * n), (n * 37 % 100) / 100, COINS[: n % 4]) for n in range(300)]
    save_scored(engine, "v", rows)
    with writing(engine) as connection:
        activate_version(connection, "v", NOW)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def client(run: Any, settings_with: Any, url: str) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(url), clock=lambda: NOW)) as asked:
        yield asked


@pytest.fixture
def fresh(run: Any, settings_with: Any, url: str) -> Iterator[httpx.Client]:
    """A service that has built nothing yet."""
    with run(create_data_api(settings_with(), store_opener(url), clock=lambda: NOW)) as asked:
        yield asked


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("bucket", ["day", "hour"])
def test_rows_equal_the_history(client: httpx.Client, bucket: str) -> None:
    found = {
        (row["start"], row["coin"]): row for row in table(client.get("/v1/history.csv", params={"bucket": bucket}))
    }
    expected = {}
    for coin in ("", *COINS):
        asked = {"hours": 24 * 80, "bucket": bucket, "coin": coin}
        for reading in client.get("/v1/barometer/history", params=asked).json():
            if reading["until"] <= f"{NOW:%Y-%m-%dT%H:00:00Z}":  # the rest is not over
                expected[reading["since"], coin] = reading
    assert found.keys() == expected.keys() and len(found) > 100
    for key, reading in expected.items():
        row, interval = found[key], reading["interval"]
        assert [float(row[name]) for name in ("value", "low", "high")] == [
            reading["value"], interval["low"], interval["high"],
        ]  # fmt: skip
        assert (int(row["headlines"]), row["model_version"]) == (reading["count"], "v")


def test_parquet_has_the_rows_of_csv(client: httpx.Client) -> None:
    rows = table(client.get("/v1/history.csv"))
    answer = client.get("/v1/history.parquet", params={"bucket": "day"})
    found = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert [tuple(row) for row in found[:1]] == [COLUMNS]
    shown = [
        {**row, "start": f"{row['start']:%Y-%m-%dT%H:%M:%SZ}", "coin": row["coin"] or ""} for row in found
    ]  # fmt: skip
    assert [{name: str(value) for name, value in row.items()} for row in shown] == rows


@pytest.mark.parametrize(
    ("form", "media"), [("csv", "text/csv; charset=utf-8"), ("parquet", "application/vnd.apache.parquet")]
)
def test_caches_and_downloads_have_headers(client: httpx.Client, form: str, media: str) -> None:
    path = f"/v1/history.{form}"
    first = client.get(path)
    assert first.headers["content-type"] == media
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["content-disposition"] == f'attachment; filename="barometer-day.{form}"'
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))
    hours = client.get(path, params={"bucket": "hour"})
    assert hours.headers["etag"] != first.headers["etag"]
    assert 'filename="barometer-hour.' in hours.headers["content-disposition"]


def test_many_readers_cost_one_build(fresh: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    plain = BarometerStore.whole_history

    def counted(store: BarometerStore, *asked: Any) -> Any:
        built.append(asked)
        return plain(store, *asked)

    monkeypatch.setattr(BarometerStore, "whole_history", counted)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fresh.get("/v1/history.csv").content, range(16)))
    assert len(set(answers)) == 1 and len(built) == 1


def test_a_later_step_builds_again(run: Any, settings_with: Any, url: str) -> None:
    now = [NOW]
    with run(create_data_api(settings_with(), store_opener(url), clock=lambda: now[0])) as client:
        before = table(client.get("/v1/history.csv"))
        now[0] = NOW + timedelta(days=1)
        assert table(client.get("/v1/history.csv"))[: len(before)] == before
        assert table(client.get("/v1/history.csv"))[-1]["start"] == "2024-05-17T00:00:00Z"


def test_missing_pyarrow_is_said(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_files, "find_spec", lambda name: None if name == "pyarrow" else find_spec(name))
    answer = client.get("/v1/history.parquet")
    assert (answer.status_code, answer.json()) == (501, {"detail": history_files.NO_PARQUET})
    assert client.get("/v1/history.csv").status_code == 200


@pytest.mark.parametrize("form", FORMATS)
def test_wrong_bucket_is_named(client: httpx.Client, form: str) -> None:
    answer = client.get(f"/v1/history.{form}", params={"bucket": "week"})
    [problem] = answer.json()["detail"]
    assert (answer.status_code, problem["loc"]) == (422, ["query", "bucket"])
    assert "'hour' or 'day'" in problem["msg"]


def test_full_disk_is_an_answer(fresh: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(history_files, "TemporaryFile", full)
        answer = fresh.get("/v1/history.csv")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the file cannot be built: No space left on device")
    assert fresh.get("/v1/history.csv").status_code == 200


@pytest.mark.parametrize("form", FORMATS)
def test_store_without_tables_is_not_ready(run: Any, settings_with: Any, tmp_path: Path, form: str) -> None:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{tmp_path}/new.db"))) as client:
        answer = client.get(f"/v1/history.{form}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_empty_store_has_the_columns(run: Any, settings_with: Any, sqlite_template: Path) -> None:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{sqlite_template}"))) as client:
        assert client.get("/v1/history.csv").text == ",".join(COLUMNS) + "\r\n"
        assert pq.read_table(io.BytesIO(client.get("/v1/history.parquet").content)).num_rows == 0
