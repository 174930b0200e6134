"""Every limit that an OpenAPI document states is provoked on a real server, and answered as the document says."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from barometer.predictor import Predictor
from serve.api.data_api import create_data_api
from serve.api.model_api import create_model_api
from serve.api.store import store_opener

Schema = dict[str, Any]
NEEDED = {"start_date": "2024-05-01", "end_date": "2024-05-02", "bucket": "day"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def data(run: Any, settings_with: Any, sqlite_template: Path) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{sqlite_template}"))) as client:
        yield client


def document(client: httpx.Client) -> Schema:
    return dict(client.get("/openapi.json").json())


def bounds(schema: Schema) -> Iterator[tuple[str, str, int]]:
    """The values at the stated bounds of a parameter, those just beyond them, and the status of each."""
    for key, step in (("minimum", -1), ("maximum", 1)):
        if key in schema:
            yield key, str(schema[key]), 200
            yield key, str(schema[key] + step), 422
    for key, step in (("formatMinimum", -1), ("formatMaximum", 1)):
        if key in schema:
            yield key, str(date.fromisoformat(schema[key]) + timedelta(days=step)), 422
    for key, step in (("minLength", -1), ("maxLength", 1)):
        if key in schema:
            yield key, "x" * schema[key], 200
            yield key, "x" * (schema[key] + step), 422
    if "pattern" in schema:
        yield "pattern", "\0", 422
    if "enum" in schema:
        yield from (("enum", value, 200) for value in schema["enum"])
        yield "enum", "other", 422


def test_parameters_keep_their_stated_bounds(data: httpx.Client) -> None:
    met: set[tuple[str, str]] = set()
    for path, operations in document(data)["paths"].items():
        parameters = {found["name"]: found["schema"] for found in operations["get"].get("parameters", [])}
        needed = {name: value for name, value in NEEDED.items() if name in parameters}
        for name, schema in parameters.items():
            for key, value, status in bounds(schema):
                answer = data.get(path, params={**needed, name: value})
                assert answer.status_code == status, (path, name, key, value[:50])
                assert str(status) in operations["get"]["responses"]
                met.add((name, key))
    assert {name for name, key in met if key == "maximum"} >= {"n", "k", "hours", "limit", "offset", "days"}
    assert {("coin", "maxLength"), ("coin", "pattern"), ("q", "maxLength"), ("label", "minLength")} <= met
    assert {("class_name", "enum"), ("start_date", "formatMinimum"), ("end_date", "formatMaximum")} <= met


def test_every_parameter_states_its_bounds(data: httpx.Client) -> None:
    # Whatever is a number or a text is bounded, but for those that take anything.
    free = {"class_name", "until", "include_not_news", "theme", "bucket", "alone"}
    for path, operations in document(data)["paths"].items():
        for found in operations["get"].get("parameters", []):
            schemas = [found["schema"], *found["schema"].get("anyOf", [])]
            stated = {"maximum", "maxLength", "formatMaximum", "enum"} & {key for schema in schemas for key in schema}
            assert stated or found["name"] in free, (path, found["name"])


def test_period_has_its_stated_days(data: httpx.Client) -> None:
    end = document(data)["paths"]["/positive_score/average_per_days"]["get"]["parameters"][1]
    days = end["schema"]["x-max-days"]
    assert (end["name"], f"{days} days" in end["schema"]["description"]) == ("end_date", True)
    for more, status in ((0, 200), (1, 422)):
        last = date(2005, 1, 1) + timedelta(days=days - 1 + more)
        period = {"start_date": "2005-01-01", "end_date": str(last)}
        assert data.get("/positive_score/average_per_days", params=period).status_code == status


def refused(answer: httpx.Response, operation: Schema) -> None:
    """The refusal is among the answers that the document has for the operation, in its shape and with its headers."""
    stated = operation["responses"][str(answer.status_code)]
    assert stated["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert isinstance(answer.json()["detail"], str)
    for header in stated.get("headers", {}):
        assert int(answer.headers[header]) >= stated["headers"][header]["schema"]["minimum"]


def test_rate_is_as_stated(run: Any, settings_with: Any, sqlite_template: Path) -> None:
    settings = settings_with(rate_per_second=0.25, rate_burst=5)
    app = create_data_api(settings, store_opener(f"sqlite:///{sqlite_template}"))
    with run(app) as client:
        operation = document(client)["paths"]["/v1/coins"]["get"]
        limit = operation["responses"]["429"]
        assert (limit["x-requests-per-second"], limit["x-burst"]) == (0.25, 5)
        assert "0.25 requests a second" in limit["description"]
        answers = [client.get("/v1/coins") for _ in range(limit["x-burst"])]  # the document was one request
        assert [answer.status_code for answer in answers] == [200] * 4 + [429]
        refused(answers[-1], operation)


def test_missing_store_is_as_stated(run: Any, settings_with: Any, tmp_path: Path) -> None:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{tmp_path}/none.db"))) as client:
        for path, operations in document(client)["paths"].items():
            if path not in {"/health", "/health/live", "/metrics"}:
                answer = client.get(path, params=NEEDED)
                assert answer.status_code == 503, path
                refused(answer, operations["get"])


@pytest.fixture(scope="module")
def model(run: Any, settings_with: Any, int8_artifact: Path, until: Callable[..., None]) -> Iterator[httpx.Client]:
    settings = settings_with(model=int8_artifact, max_body_bytes=150_000, body_seconds=0.4)
    with run(create_model_api(settings, Predictor.load)) as client:
        until(lambda: client.get("/health").status_code == 200)
        yield client


@pytest.mark.slow
def test_bodies_keep_their_stated_bounds(model: httpx.Client) -> None:
    schema = document(model)["components"]["schemas"]["TextsRequest"]["properties"]["texts"]
    most, longest = schema["maxItems"], schema["items"]["maxLength"]
    for texts, status in (
        (["a"] * most, 200), (["a"] * (most + 1), 422), ([], 422), (["a" * longest], 200), (["a" * (longest + 1)], 422),
        ([""], 422),
    ):  # fmt: skip
        assert model.post("/v1/predict", json={"texts": texts}).status_code == status


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/classify", "/v1/predict"])
def test_body_limits_are_as_stated(model: httpx.Client, path: str) -> None:
    operation = document(model)["paths"][path]["post"]
    most = operation["responses"]["413"]["x-max-bytes"]
    assert f"{most} bytes" in operation["responses"]["413"]["description"]
    given = json.dumps({"title": "a", "texts": ["a"]}).encode()
    for size, status in ((most, 200), (most + 1, 413)):
        answer = model.post(path, content=given.ljust(size), headers=JSON)
        assert answer.status_code == status
    refused(answer, operation)
    assert operation["responses"]["408"]["x-max-seconds"] == 0.4
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{"
    with socket.create_connection((model.base_url.host, model.base_url.port or 0), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
    answer = model.post(path, content=b'{"title": "\xff"}', headers=JSON)
    assert answer.status_code == 400
    refused(answer, operation)


@pytest.mark.slow
def test_missing_model_is_as_stated(run: Any, settings_with: Any, tmp_path: Path) -> None:
    with run(create_model_api(settings_with(model=tmp_path / "none"), Predictor.load)) as client:
        paths = document(client)["paths"]
        for path, given in (("/classify", {"title": "a"}), ("/v1/predict", {"texts": ["a"]})):
            answer = client.post(path, json=given)
            assert answer.status_code == 503
            refused(answer, paths[path]["post"])
