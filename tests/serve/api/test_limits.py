import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from barometer.predictor import Predictor
from serve.api.limits import MAX_CLIENTS, TokenBuckets, client_key
from serve.api.model_api import create_model_api


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_bucket_allows_burst_then_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(rate=2.0, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0, "another client has its own"
    clock.now += 0.5
    assert (buckets.take("a"), buckets.take("a")) == (0, 0.5)
    clock.now += 1e9
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5], "never more than the burst"


def test_remembered_clients_are_bounded() -> None:
    buckets = TokenBuckets(rate=1.0, burst=1)
    for number in range(MAX_CLIENTS + 50):
        buckets.take(str(number))
    assert len(buckets._buckets) == MAX_CLIENTS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_who_counts_as_one_client(one: str, other: str, same: bool) -> None:
    assert (client_key({"client": (one, 1)}) == client_key({"client": (other, 2)})) is same
    assert client_key({"client": None}) == "unknown"


@pytest.fixture(scope="module")
def limited(run: Any, settings_with: Any, int8_artifact: Path, until: Callable[..., None]) -> Iterator[httpx.Client]:
    settings = settings_with(
        model=int8_artifact, rate_per_second=0.5, rate_burst=3, max_body_bytes=1000, body_seconds=0.3,
        cors_origins="https://example.org",
    )  # fmt: skip
    with run(create_model_api(settings, Predictor.load)) as client:
        until(lambda: client.get("/health").status_code == 200)
        yield client


def test_rate_limit_says_when_to_retry(limited: httpx.Client) -> None:
    headers = {"Origin": "https://example.org"}
    answers = [limited.get("/", headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert answers[-1].headers["Access-Control-Allow-Origin"] == "https://example.org", "a browser may read the refusal"
    assert "try again in 2 s" in answers[-1].json()["detail"]
    behind_a_proxy = limited.get("/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert behind_a_proxy.status_code == 200, "a trusted proxy's clients are told apart"
    assert limited.get("/health").status_code == 200, "what watches the service is never turned away"
    assert 'path="unmatched",status="429"' in limited.get("/metrics").text


def address(client: httpx.Client) -> tuple[str, int]:
    return client.base_url.host, client.base_url.port or 0


@pytest.fixture
def strict(run: Any, settings_with: Any, int8_artifact: Path) -> Iterator[httpx.Client]:
    with run(
        create_model_api(settings_with(model=int8_artifact, max_body_bytes=1000, body_seconds=1), Predictor.load)
    ) as client:
        yield client


@pytest.mark.parametrize("size", [1001, 9000, 3_000_000])
def test_large_body_is_refused(strict: httpx.Client, size: int) -> None:
    stated = strict.post("/classify", content=b"x" * size)
    chunked = strict.post("/classify", content=(b"x" * 500 for _ in range(size // 500 + 1)))
    assert (stated.status_code, chunked.status_code) == (413, 413)
    assert stated.json()["detail"] == "the body is larger than 1000 bytes"


def test_slow_body_times_out(strict: httpx.Client) -> None:
    head = b"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
    with socket.create_connection(address(strict), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_only_configured_origins_may_call(limited: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Content-Type"}
    own = limited.options("/classify", headers={**asked, "Origin": "https://example.org"})
    other = limited.options("/classify", headers={**asked, "Origin": "https://evil.example"})
    assert (own.status_code, own.headers["Access-Control-Allow-Origin"]) == (200, "https://example.org")
    assert (other.status_code, other.headers.get("Access-Control-Allow-Origin")) == (400, None)
