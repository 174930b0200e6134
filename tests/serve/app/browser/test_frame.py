from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow


def test_the_app_opens_with_four_pages(page: Page) -> None:
    expect(page.get_by_role("tab")).to_have_text(["Barometer", "News", "Try the model", "Model"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Crypto news barometer")


@pytest.mark.parametrize(("asked", "shown"), [("news", "News"), ("model", "Model"), ("<b>", "Barometer")])
def test_a_link_opens_the_page_it_names(open_page: Callable[..., Page], app_url: str, asked: str, shown: str) -> None:
    page = open_page(f"{app_url}/?tab={asked}")
    expect(page.get_by_role("tab", name=shown, exact=True)).to_have_attribute("aria-selected", "true")


def test_the_address_follows_the_page_and_brings_it_back(open_page: Callable[..., Page], app_url: str) -> None:
    page = open_page(app_url)
    page.get_by_role("tab", name="Try the model").click()
    expect(page).to_have_url(f"{app_url}/?tab=predict")
    page.reload()
    expect(page.get_by_role("tab", name="Try the model")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Barometer").click()
    expect(page).to_have_url(f"{app_url}/")
