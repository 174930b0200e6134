from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from serve.app.layout import HeadTags, head_tags

GRADIO = """<head><meta charset="utf-8"><meta property="og:image"
 content="https://elsewhere.example/a.jpg"><meta
 name="twitter:title" content="Gradio"><style>p{}</style></head><body>é</body>"""


def page(_: Request) -> Response:
    return Response(GRADIO, media_type="text/html")


def data(request: Request) -> Response:
    return JSONResponse({"head": "<head>", "accepted": request.headers.get("accept-encoding")})


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", page), Route("/data", data)])
    app.add_middleware(GZipMiddleware, minimum_size=1)  # as Gradio compresses what it sends
    app.add_middleware(HeadTags, tags=partial(head_tags, 'A "title"', "<What> it is"))
    return TestClient(app)


def test_page_describes_itself_not_gradio(client: TestClient) -> None:
    answer = client.get("/")
    assert "Gradio" not in answer.text
    assert "elsewhere" not in answer.text
    assert '<meta property="og:title" content="A &#34;title&#34;">' in answer.text
    assert '<meta name="description" content="&lt;What&gt; it is">' in answer.text
    assert answer.text.endswith("<style>p{}</style></head><body>é</body>")
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_preview_follows_the_link(client: TestClient) -> None:
    text = client.get("/?tab=news&coin=btc&range=1y").text
    assert '<meta property="og:title" content="Bitcoin (BTC) · A &#34;title&#34;">' in text
    assert 'property="og:image" content="http://testserver/api/v1/card.png?coin=BTC&amp;range=1y"' in text
    unknown = client.get("/?coin=%22%3E&range=30d").text
    assert 'property="og:image" content="http://testserver/api/v1/card.png"' in unknown


def test_nothing_else_is_touched(client: TestClient) -> None:
    answer = client.get("/data", headers={"accept-encoding": "gzip"})
    assert answer.json() == {"head": "<head>", "accepted": "gzip"}
    assert client.head("/").text == ""
