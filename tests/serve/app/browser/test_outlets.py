"""The Outlets page, the filter by outlet on the News page, and the page of the method."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from barometer.headline import headline_id
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.titles import save_titles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(start_app: Callable[..., object], seeded: Callable[..., str], seed: SimpleNamespace) -> Iterator[str]:
    """An app over the default store and 20 glad headlines of another outlet."""
    url = seeded()
    engine = open_engine(url)
    title = NewsTitle(0, "", "Glad Tidings", "", seed.now, seed.now)
    titles = [
        replace(title, title_id=headline_id(text), title=text, pub_time=seed.now - timedelta(hours=n + 1))
        for n, text in enumerate(f"Good news {n}" for n in range(20))
    ]
    with writing(engine) as connection:
        save_titles(connection, titles)
        scores = [Prediction(each.title_id, (0.0, 0.05, 0.95)) for each in titles]
        save_predictions(connection, seed.version, scores, seed.now)
    engine.dispose()
    with start_app(database_url=url) as address:
        yield address


def test_outlets_are_compared(open_page: Callable[..., Page], site: str) -> None:
    page = open_page(f"{site}/?tab=outlets")
    row = page.get_by_role("row", name="Glad Tidings")
    expect(row).to_contain_text("more positive")
    expect(row.get_by_role("img")).to_be_visible()
    page.get_by_role("combobox", name="One outlet over time").click()
    page.get_by_role("option", name="Glad Tidings").click()
    expect(page.locator("#outlets-plot .main-svg").first).to_be_visible()
    page.get_by_role("radio", name="24 hours").click()
    expect(page.get_by_role("row", name="example.org")).to_contain_text("too few headlines to compare")


def test_news_are_filtered_by_outlet(open_page: Callable[..., Page], site: str) -> None:
    page = open_page(f"{site}/?tab=news")
    expect(page.locator(".n-item")).to_have_count(20)
    page.get_by_role("combobox", name="Outlet", exact=True).click()
    page.get_by_role("option", name="Glad Tidings").click()
    expect(page.locator(".n-where")).to_contain_text("headlines 1 to 20")
    expect(page.get_by_text("example.org", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".n-source").filter(has_text="example.org").first).to_be_visible()


def test_footer_leads_to_the_method(open_page: Callable[..., Page], site: str) -> None:
    page = open_page(site)
    page.get_by_role("link", name="How the number is made").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How the number is made")
    page.get_by_role("link", name="Crypto news barometer").first.click()
    expect(page.get_by_role("tab", name="Barometer")).to_be_visible()
