import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from barometer.card import read_card
from barometer.labels import CLASS_NAMES
from barometer.predictor import Predictor
from serve.api.model_api import create_model_api

pytestmark = pytest.mark.slow  # starts services on a real model

TITLE = "Bitcoin surges in week 1"
JSON = {"Content-Type": "application/json"}


def test_classify_keeps_its_shape(model_client: httpx.Client, int8_artifact: Path) -> None:
    answer = model_client.post("/classify", json={"title": TITLE})
    expected = Predictor.load(int8_artifact).predict_proba([TITLE])[0]
    assert answer.status_code == 200
    assert list(answer.json()) == ["Negative", "Neutral", "Positive"]
    assert all(isinstance(value, float) for value in answer.json().values())
    assert list(answer.json().values()) == pytest.approx(expected.tolist(), abs=1e-6)


def test_predict_keeps_order_and_matches_classify(model_client: httpx.Client) -> None:
    texts = [TITLE, "Ethereum crashes in week 0", "Тест 🚀 <b>", TITLE]
    answer = model_client.post("/v1/predict", json={"texts": texts}).json()
    assert [row["text"] for row in answer["predictions"]] == texts
    for row in answer["predictions"]:
        alone = model_client.post("/classify", json={"title": row["text"]}).json()
        values = [row["negative"], row["neutral"], row["positive"]]
        assert values == pytest.approx(list(alone.values()))
        assert row["label"] == CLASS_NAMES[int(np.argmax(values))]


def test_predict_tells_whether_titles_are_news(model_client: httpx.Client, int8_artifact: Path) -> None:
    texts = [TITLE, "Ethereum guide for week 0"]
    answer = model_client.post("/v1/predict", json={"texts": texts}).json()
    _, news = Predictor.load(int8_artifact).score(texts)
    assert [row["news"] for row in answer["predictions"]] == pytest.approx(news.tolist(), abs=1e-6)
    assert answer["news_threshold"] is None


def test_the_root_names_the_model(model_client: httpx.Client, int8_artifact: Path) -> None:
    card, runtime = read_card(int8_artifact), Predictor.load(int8_artifact).runtime
    assert model_client.get("/").json() == {"name": "bert", "model_version": card.version, "runtime": runtime}
    assert runtime in {"onnxruntime int8", "openvino int8"}
    assert model_client.get("/health").json()["model_version"] == card.version


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/classify", b'{"\\ud800": "x"}', 422),
        ("/classify", b'{"title": NaN}', 422),
        ("/classify", b'{"title": 1e999}', 422),
        ("/classify", b'{"title": 2147483648}', 422),
        ("/classify", b'{"title": null}', 422),
        ("/classify", b'["title"]', 422),
        ("/classify", b"", 422),
        ("/classify", b"{", 422),
        ("/classify", b'{"title": "\xff"}', 400),
        ("/classify", b"[" * 100_000, 400),
        ("/classify", b'{"title": ' + b"9" * 10_000 + b"}", 400),
        ("/classify", json.dumps({"title": "x" * 1_000_000}).encode(), 413),
        ("/v1/predict", b'{"texts": []}', 422),
        ("/v1/predict", b'{"texts": "Bitcoin"}', 422),
        ("/v1/predict", b'{"texts": ["Bitcoin", null]}', 422),
        ("/v1/predict", b'{"texts": ["Bitcoin", "a\\u0000b"]}', 422),
        ("/v1/predict", b'{"texts": [""]}', 422),
        ("/v1/predict", b'{"texts": [" \\u200b\\t "]}', 422),
        ("/v1/predict", b'{"texts": ["\\ud800"]}', 422),
        ("/v1/predict", json.dumps({"texts": ["x" * 513]}).encode(), 422),
        ("/v1/predict", json.dumps({"texts": ["x"] * 257}).encode(), 422),
    ],
)  # fmt: skip
def test_bad_input_is_the_callers_fault(model_client: httpx.Client, path: str, body: bytes, status: int) -> None:
    answer = model_client.post(path, content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert len(answer.content) < 1000, "an error does not send the input back"


CUT = "only the first 512 characters of the title were read"
NO_TEXT = "characters of the title that are not text were ignored"
EMPTY = "the title has no readable character"


@pytest.mark.parametrize(
    ("title", "remarks", "read_as"),
    [
        ("", [EMPTY], ""),
        (" \u200b\t ", [EMPTY], ""),
        (f"{TITLE}\0", [NO_TEXT], TITLE),
        ("\ud83d up \udfff", [NO_TEXT], "\ufffd up \ufffd"),
        ("\0", [NO_TEXT, EMPTY], ""),
        (f"{'Ether falls ' * 200}", [CUT], ("Ether falls " * 200)[:512]),
        (f"{' ' * 2000}{TITLE}\n", [], TITLE),
        ("&amp;" * 150_000, [CUT], ("&amp;" * 150)[:512]),
    ],
)
def test_classify_takes_any_string(
    model_client: httpx.Client, int8_artifact: Path, title: str, remarks: list[str], read_as: str
) -> None:
    answer = model_client.post("/classify", content=json.dumps({"title": title}).encode(), headers=JSON)
    expected = Predictor.load(int8_artifact).predict_proba([read_as])[0]
    assert list(answer.json().values()) == pytest.approx(expected.tolist(), abs=1e-6)
    assert answer.headers.get("Warning", "") == ", ".join(f'299 - "{remark}"' for remark in remarks)


def test_the_largest_request_is_served(model_client: httpx.Client) -> None:
    texts = ["é" * 512] * 256
    answer = model_client.post("/v1/predict", json={"texts": texts})
    assert len(answer.json()["predictions"]) == 256


def test_body_without_json_type_is_refused(model_client: httpx.Client) -> None:
    assert model_client.post("/classify", content=b'{"title": "x"}').status_code == 422


def test_becomes_ready_when_a_model_appears(
    run: Any, until: Callable[..., None], settings_with: Any, int8_artifact: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    with run(create_model_api(settings_with(model=folder), Predictor.load)) as client:
        until(lambda: "card.json" in (client.get("/health").json()["reason"] or ""))
        assert client.get("/health").status_code == 503
        assert client.get("/health/live").status_code == 200
        refused = client.post("/classify", json={"title": TITLE})
        assert (refused.status_code, client.get("/").status_code) == (503, 503)
        assert int(refused.headers["Retry-After"]) > 0
        assert "barometer_ready 0.0" in client.get("/metrics").text
        shutil.copytree(int8_artifact, folder)
        until(lambda: client.get("/health").status_code == 200)
        assert client.post("/classify", json={"title": TITLE}).status_code == 200
        assert "barometer_ready 1.0" in client.get("/metrics").text


def test_no_request_lost_while_models_swap(
    run: Any, until: Callable[..., None], settings_with: Any, int8_artifact: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    folders = [tiny_artifact, int8_artifact]
    expected = {(p := Predictor.load(folder)).version: p.predict_proba([TITLE])[0] for folder in folders}
    alias = tmp_path / "current"
    alias.symlink_to(folders[0])
    answers: list[httpx.Response] = []
    done = threading.Event()

    with run(create_model_api(settings_with(model=alias), Predictor.load)) as client:
        until(lambda: client.get("/health").status_code == 200)

        def ask() -> None:
            while not done.is_set():
                answers.append(client.post("/v1/predict", json={"texts": [TITLE]}))

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        try:
            for folder in [folders[1], folders[0], folders[1]]:
                (tmp_path / "next").symlink_to(folder)
                (tmp_path / "next").replace(alias)
                until(lambda: client.get("/").json()["model_version"] == read_card(alias).version)
        finally:
            done.set()
            for asker in askers:
                asker.join()
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["model_version"] for answer in answers} == set(expected)
    for answer in answers:
        row = answer.json()["predictions"][0]
        of_its_version = expected[answer.json()["model_version"]]
        assert [row["negative"], row["neutral"], row["positive"]] == pytest.approx(of_its_version.tolist(), abs=1e-6)


def test_openapi_has_examples_and_the_limits(model_client: httpx.Client) -> None:
    schema = model_client.get("/openapi.json").json()
    assert {"/", "/classify", "/v1/predict", "/health", "/health/live", "/metrics"} == set(schema["paths"])
    schemas = schema["components"]["schemas"]
    assert (schemas["TextsRequest"]["properties"]["texts"]["items"]["maxLength"]) == 512
    title = schemas["TitleRequest"]["properties"]["title"]
    assert ("maxLength" in title, bool(title["examples"])) == (False, True)
    assert {"400", "408", "413", "422", "429", "503"} < set(schema["paths"]["/classify"]["post"]["responses"])
