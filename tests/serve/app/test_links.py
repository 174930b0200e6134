import pytest
from starlette.types import Scope

from serve.app.links import preview


def scope(query: str = "", **changes: object) -> Scope:
    return {
        "type": "http", "scheme": "https", "path": "/", "root_path": "", "query_string": query.encode("latin-1"),
        "headers": [(b"host", b"news.example")], "server": ("127.0.0.1", 7860), **changes,
    }  # fmt: skip


def test_addresses_are_those_of_the_proxy() -> None:
    found = preview(scope("coin=ETH&compare=BTC", path="/mood/", root_path="/mood"))
    assert found.address == "https://news.example/mood/?coin=ETH"
    assert found.picture == "https://news.example/mood/api/v1/card.png?coin=ETH"
    assert found.subject == "Ethereum (ETH)"


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("", ""),
        ("coin=btc&range=7D", "?coin=BTC&range=7d"),
        ("coin=BTC&coin=ETH", "?coin=BTC"),
        ("coin=NOPE&range=5w", ""),
        ("coin=%22%3E%3Cscript%3E&range=%ff", ""),
        ("range=30d", ""),
        ("\xff=\xff&&=&coin", ""),
    ],
)
def test_only_what_exists_is_previewed(query: str, known: str) -> None:
    assert preview(scope(query)).picture == f"https://news.example/api/v1/card.png{known}"


@pytest.mark.parametrize("host", [b"[", b"a b", b"a:b:c", b"", b"\xff"])
def test_malformed_hosts_do_no_harm(host: bytes) -> None:
    assert preview(scope(headers=[(b"host", host)])).picture.endswith("/api/v1/card.png")
