"""The table of outlets, and the page of how the number is made."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from barometer.live.records import BarometerReading, Lean, OutletReading
from serve.app.method import PAGE, add_method_page, method_page
from serve.app.pages.outlets import MOST, outlet_table

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def outlet(name: str, lean: Lean | None) -> OutletReading:
    return OutletReading(name, BarometerReading(0.4, 0.3, 0.5, 1234, NOW, NOW), 0.25, lean)


def test_table_names_significant_leans_only() -> None:
    rows = [outlet("A", Lean(0.1, 0.05, 0.15, 0.01)), outlet("B", Lean(-0.1, -0.2, -0.01, 0.2)), outlet("C", None)]
    html = outlet_table(rows)
    for part in ("1,234", "25.0%", "<b>40.0</b> <small>30.0 to 50.0</small>", "<b>+10.0</b> <small>more positive",
                 "<b>-10.0</b> <small>no clear lean", 'aria-label="-20.0 to -1.0 points"',
                 "too few headlines to compare"):  # fmt: skip
        assert part in html
    assert html.count("<svg") == 2


def test_intervals_share_one_scale() -> None:
    html = outlet_table([outlet("A", Lean(0.0, -0.2, 0.2, 1.0)), outlet("B", Lean(0.1, 0.0, 0.2, 0.5))])
    assert re.findall(r'd="M([\d.]+) 11.0H([\d.]+)"', html) == [("0.0", "180.0"), ("90.0", "180.0")]


def test_names_of_outlets_are_text() -> None:
    html = outlet_table([outlet("<script>alert(1)</script>", None), outlet("", None)])
    assert "<script" not in html and "unnamed" in html


def test_long_tables_end_with_a_number() -> None:
    html = outlet_table([outlet(f"O{n}", None) for n in range(MOST + 3)])
    assert html.count("<tr>") - 1 == MOST and "3 outlets with fewer headlines" in html


@pytest.fixture
def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def client_of(page: Path) -> TestClient:
    app = FastAPI()
    add_method_page(app, page)
    return TestClient(app)


def test_method_page_runs_no_script(text: str) -> None:
    answer = client_of(PAGE).get("/method")
    assert answer.headers["content-type"].startswith("text/html")
    [style] = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert b64encode(sha256(style.encode()).digest()).decode() in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text and f"<h1>{text.splitlines()[0].removeprefix('# ')}</h1>" in answer.text
    assert "<table>" in answer.text and '<td class="right">' in answer.text
    assert "style=" not in answer.text


def test_links_of_the_page_lead_somewhere(text: str) -> None:
    assert {target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("https://")} == set()


def test_html_in_the_page_is_text() -> None:
    assert "<b>" not in method_page("# Title\n\n<b>bold</b>") and "&lt;b&gt;" in method_page("# Title\n\n<b>bold</b>")


def test_missing_page_is_said(tmp_path: Path) -> None:
    answer = client_of(tmp_path / "method.md").get("/method")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "the page of the method is not part of this installation",
    )
