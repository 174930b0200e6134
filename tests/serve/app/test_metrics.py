"""What the app tells Prometheus: its own requests, and whether its model is loaded."""

import asyncio
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from barometer.predictor import Predictor
from serve.api.settings import AppSettings
from serve.api.store import store_opener
from serve.app.application import create_app

PATHS = ("/health", "/config", "/a/b/c?d=e", "/api/health", "/metrics")


@pytest.fixture(scope="module")
def answers(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, httpx.Response]:
    """The answers of an app without a model, by path."""
    nothing = tmp_path_factory.mktemp("nothing")
    settings = AppSettings(model=nothing / "model", reports=nothing, market=nothing)

    async def ask() -> dict[
        str, httpx.Response
    ]:  # in a loop, as Gradio makes one for each of its locks where none runs
        app = create_app(settings, store_opener(f"sqlite:///{sqlite_template}"), Predictor.load)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return {path: await client.get(path) for path in PATHS}

    with capture_logs():
        return asyncio.run(ask())


def test_metrics_are_of_pages_only(answers: dict[str, httpx.Response]) -> None:
    text = answers["/metrics"].text
    for path, status in (("/health", 200), ("/config", 200), ("unmatched", 404)):
        assert f'barometer_http_requests_total{{method="GET",path="{path}",status="{status}"}} 1.0' in text
    assert "a/b/c" not in text and "/api" not in text
    assert "barometer_ready 0.0" in text


def test_each_answer_has_one_id(answers: dict[str, httpx.Response]) -> None:
    assert all(len(answer.headers.get_list("x-request-id")) == 1 for answer in answers.values())
