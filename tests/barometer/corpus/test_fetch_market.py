"""The market's series come from a mirror, or from their publishers' interfaces, in one form and checked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from barometer.corpus import fetch_market as module
from barometer.corpus.fetch import MIRROR, FetchError, fetch_file
from barometer.corpus.fetch_market import fetch_market
from barometer.corpus.market import FEAR_GREED, PRICES, read_fear_greed, read_prices

FIRST, TODAY, DAY = datetime(2011, 8, 18, tzinfo=UTC), date(2016, 1, 1), 86_400
PRICE_FILE = "date,open,high,low,close,volume\n2024-01-01,10,12,9,11,5.5\n2024-01-02,11,13,10,12,6\n"
INDEX_FILE = "date,fng,class\n2024-01-01,20.0,Extreme Fear\n2024-01-02,55.0,Greed\n"


@dataclass
class Publishers:
    """A web server that answers as both publishers do; tests change what it knows."""

    candles: list[dict[str, str]]
    index: dict[str, Any]
    status: int = 200
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def addresses(self) -> dict[str, str]:
        return {PRICES: f"{self.url}/api/v2/ohlc/btcusd/", FEAR_GREED: f"{self.url}/fng/"}

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        if self.body is not None:
            return self.body
        query = {key: int(values[0]) for key, values in parse_qs(urlsplit(path).query).items() if key != "format"}
        if path.startswith("/fng/"):
            assert query == {"limit": 0}
            return json.dumps(self.index).encode()
        assert (query["step"], query["limit"]) == (DAY, 1000)
        page = [candle for candle in self.candles if int(candle["timestamp"]) >= query["start"]][:1000]
        return json.dumps({"data": {"pair": "BTC/USD", "ohlc": page}}).encode()


def candle(moment: datetime, price: float, volume: str = "12.5") -> dict[str, str]:
    """A candle in the form of Bitstamp, all values as text."""
    low, high = f"{price - 1:.2f}", f"{price + 1:.2f}"
    values = {"open": f"{price:.2f}", "high": high, "low": low, "close": f"{price + 0.5:.2f}", "volume": volume}
    return {"timestamp": str(int(moment.timestamp())), **values}


def value(day: date, number: int, name: str) -> dict[str, str]:
    """A value in the form of alternative.me."""
    moment = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return {"value": str(number), "value_classification": name, "timestamp": str(moment)}


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    days = (TODAY - FIRST.date()).days + 1  # today's candle is there, but not over
    newest = value(TODAY, 60, "Greed") | {"time_until_update": "4711"}
    values = [newest, value(TODAY - timedelta(days=1), 41, "Fear"), value(TODAY - timedelta(days=2), 9, "Extreme Fear")]
    served = Publishers(
        [candle(FIRST + timedelta(days=k), 10 + k) for k in range(days)],
        {"name": "Fear and Greed Index", "data": values, "metadata": {"error": None}},
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.answer(self.path)
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / PRICES).write_text(PRICE_FILE)
    (folder / FEAR_GREED).write_text(INDEX_FILE)
    return folder


def test_publishers_answers_become_uniform_files(publishers: Publishers, tmp_path: Path) -> None:
    prices, index = fetch_market(tmp_path, public=publishers.addresses, today=TODAY)
    assert prices.path == tmp_path / "market" / PRICES
    table = read_prices(prices.path)
    assert len(table) == prices.days == (TODAY - FIRST.date()).days
    assert (prices.first, prices.last) == (FIRST.date(), date(2015, 12, 31))
    assert table.loc["2011-08-19"].tolist() == [11, 12, 10, 11.5, 12.5]
    assert read_fear_greed(index.path).tolist() == [9, 41]
    assert index.path.read_text() == "date,fng,class\n2015-12-30,9,Extreme Fear\n2015-12-31,41,Fear\n"
    assert not prices.quoted and not index.quoted


def test_candle_pages_do_not_overlap(publishers: Publishers, tmp_path: Path) -> None:
    fetch_market(tmp_path, public=publishers.addresses, today=TODAY)
    starts = [int(parse_qs(urlsplit(path).query)["start"][0]) for path in publishers.asked if "start" in path]
    first = int(FIRST.timestamp())
    assert starts == [first, first + 1000 * DAY]


def test_days_without_trades_are_left_out(publishers: Publishers, tmp_path: Path) -> None:
    publishers.candles[5]["volume"] = "0.00000000"
    prices, _ = fetch_market(tmp_path, public=publishers.addresses, today=TODAY)
    assert "2011-08-23" not in read_prices(prices.path).index.strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>", "the answer is not JSON"),
        (b'{"code": "Invalid"}', r"the answer has no candles in data\.ohlc"),
        (b'{"data": {"ohlc": []}}', "has no rows"),
        (b'{"data": {"ohlc": [{"timestamp": "1"}]}}', "'open'"),
    ],
)
def test_answers_of_other_form_name_addresses(
    publishers: Publishers, tmp_path: Path, body: bytes, problem: str
) -> None:
    publishers.body = body
    with pytest.raises(FetchError, match=problem) as error:
        fetch_market(tmp_path, public=publishers.addresses, today=TODAY)
    assert publishers.addresses[PRICES] in str(error.value)
    assert f"Set {MIRROR} to a folder or base URL that holds {PRICES}" in str(error.value)
    assert not (tmp_path / "market" / PRICES).exists()


def test_publishers_errors_are_passed_on(publishers: Publishers, tmp_path: Path) -> None:
    publishers.index["metadata"]["error"] = "too many requests"
    with pytest.raises(FetchError, match="the publisher answers: too many requests"):
        fetch_market(tmp_path, public=publishers.addresses, today=TODAY)


def test_failing_servers_report_their_status(publishers: Publishers, tmp_path: Path) -> None:
    publishers.status = 503
    with pytest.raises(FetchError, match="503"):
        fetch_market(tmp_path, public=publishers.addresses, today=TODAY)


def test_the_mirror_comes_first(publishers: Publishers, mirror: Path, tmp_path: Path) -> None:
    prices, index = fetch_market(tmp_path / "data", str(mirror), publishers.addresses, TODAY)
    assert prices.path.read_text() == PRICE_FILE
    assert index.path.read_text() == INDEX_FILE
    assert publishers.asked == []


def test_the_environment_names_the_mirror(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publishers: Publishers
) -> None:
    monkeypatch.setenv(MIRROR, f"{mirror}/")
    assert fetch_market(tmp_path / "data", public=publishers.addresses)[0].path.read_text() == PRICE_FILE


def test_a_mirror_may_be_an_url(publishers: Publishers, tmp_path: Path) -> None:
    publishers.body = PRICE_FILE.encode()
    with pytest.raises(FetchError, match=f"{publishers.url}/mirror/{FEAR_GREED}: .*expected date, fng, class"):
        fetch_market(tmp_path, f"{publishers.url}/mirror", publishers.addresses, TODAY)
    assert (tmp_path / "market" / PRICES).read_text() == PRICE_FILE


@pytest.mark.parametrize("content", ["date,open,high,low,close,volume\n2024-01-01,0,1,1,1,1\n", None])
def test_publishers_replace_a_bad_mirror_file(
    publishers: Publishers, mirror: Path, tmp_path: Path, content: str | None
) -> None:
    if content is None:
        (mirror / PRICES).unlink()
    else:
        (mirror / PRICES).write_text(content)
    prices, _ = fetch_market(tmp_path / "data", str(mirror), publishers.addresses, TODAY)
    assert prices.first == FIRST.date()


def test_failed_fetches_keep_existing_files(publishers: Publishers, mirror: Path, tmp_path: Path) -> None:
    fetch_market(tmp_path, str(mirror), publishers.addresses, TODAY)
    publishers.status = 500
    with pytest.raises(FetchError):
        fetch_market(tmp_path, None, publishers.addresses, TODAY)
    assert (tmp_path / "market" / PRICES).read_text() == PRICE_FILE


def test_the_quoted_version_is_kept(
    publishers: Publishers, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = {PRICES: sha256(PRICE_FILE.encode()).hexdigest(), FEAR_GREED: "0" * 64}
    monkeypatch.setattr(module, "QUOTED", digests)
    prices, index = fetch_market(tmp_path, str(mirror), publishers.addresses, TODAY)
    assert (prices.quoted, index.quoted) == (True, False)
    prices, index = fetch_market(tmp_path, None, publishers.addresses, TODAY)
    assert prices.path.read_text() == PRICE_FILE
    assert index.last == date(2015, 12, 31)  # any other version is fetched anew


def test_unknown_names_also_list_the_market(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"unknown corpus 'markt'; expected one of .*market"):
        fetch_file("markt", tmp_path)


@pytest.mark.real_data
def test_folder_mirrors_give_the_quoted_versions(real_corpora: Path, tmp_path: Path) -> None:
    assert [found.quoted for found in fetch_market(tmp_path, str(real_corpora))] == [True, True]
