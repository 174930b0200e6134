import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from barometer.card import read_card

pytestmark = pytest.mark.slow

Start = Callable[..., AbstractContextManager[str]]
DEMO = Path(__file__).resolve().parents[4] / "reports" / "demo"


@pytest.fixture(scope="module")
def url(start_app: Start, tiny_artifact: Path) -> Iterator[str]:
    """An app with a small model of its own and the reports of the demo's model."""
    with start_app(model=tiny_artifact, reports=DEMO) as address:
        end = time.monotonic() + 20
        while not httpx.get(f"{address}/health").json()["model_ready"]:
            assert time.monotonic() < end, "the model was not loaded"
            time.sleep(0.05)
        yield f"{address}/?tab=model"


@pytest.fixture
def model_page(open_page: Callable[..., Page], url: str) -> Page:
    return filled(open_page(url))


def filled(page: Page) -> Page:
    """The page once its content and its plots are there."""
    page.locator("#model-card dl").first.wait_for()
    page.locator("#page-model .js-plotly-plot").nth(1).wait_for()
    return page


def test_card_and_reports_are_shown(model_page: Page, tiny_artifact: Path) -> None:
    panel = model_page.locator("#page-model")
    expect(panel.get_by_role("definition").filter(has_text=read_card(tiny_artifact).version)).to_be_visible()
    expect(panel.get_by_text(f"not for {read_card(tiny_artifact).version}, which is in use").first).to_be_visible()
    expect(panel.get_by_role("rowheader", name="majority class")).to_be_visible()


def test_headings_follow_one_another(model_page: Page) -> None:
    expect(model_page.get_by_role("heading", name="Card")).to_be_visible()
    levels = model_page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.filter(e => e.checkVisibility()).map(e => e.tagName)"
    )
    assert levels[:3] == ["H1", "H2", "H3"]
    assert set(levels[3:]) == {"H3"}


def test_groups_of_tests_open_by_keyboard(model_page: Page) -> None:
    group = model_page.locator("details", has_text="Vocabulary: right class")
    expect(group.get_by_text("simple neutral statements")).to_be_hidden()
    group.locator("summary").focus()
    model_page.keyboard.press("Enter")
    expect(group.get_by_text("simple neutral statements")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_phone_needs_no_sideways_scrolling(open_page: Callable[..., Page], url: str, dark: bool) -> None:
    page = filled(open_page(url, width=390, dark=dark))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("tab")).to_have_count(7)


def test_missing_model_is_reported(open_page: Callable[..., Page], start_app: Start) -> None:
    with start_app() as address:
        page = open_page(f"{address}/?tab=model")
        page.get_by_role("alert").filter(has_text="No model is loaded yet").wait_for()
        expect(page.get_by_role("heading", name="Card")).to_be_hidden()
        page.close()  # before the app that it keeps a connection to
