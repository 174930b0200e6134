from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow


def test_the_app_opens_with_its_pages(page: Page) -> None:
    expect(page.get_by_role("tab")).to_have_text(
        ["Barometer", "News", "Try the model", "Model", "Annotation", "Alerts"]
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Crypto news barometer")


@pytest.mark.parametrize(
    ("asked", "shown"), [("news", "News"), ("model", "Model"), ("alerts", "Alerts"), ("<b>", "Barometer")]
)
def test_deep_link_opens_its_page(open_page: Callable[..., Page], app_url: str, asked: str, shown: str) -> None:
    page = open_page(f"{app_url}/?tab={asked}")
    expect(page.get_by_role("tab", name=shown, exact=True)).to_have_attribute("aria-selected", "true")


def test_address_follows_the_open_page(open_page: Callable[..., Page], app_url: str) -> None:
    page = open_page(app_url)
    page.get_by_role("tab", name="Try the model").click()
    expect(page).to_have_url(f"{app_url}/?tab=predict")
    page.reload()
    expect(page.get_by_role("tab", name="Try the model")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Barometer").click()
    expect(page).to_have_url(f"{app_url}/")


def test_tab_key_leaves_a_list_closed(page: Page) -> None:
    expect(page.get_by_role("img", name="Barometer:")).to_be_visible()
    page.get_by_role("combobox", name="Headlines about").focus()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="7 days")).to_be_focused()
    page.wait_for_timeout(200)  # it opened again a moment later
    expect(page.get_by_role("option")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 768, 1000, 1200])
def test_nothing_sticks_out_of_the_card(open_page: Callable[..., Page], app_url: str, width: int) -> None:
    page = open_page(app_url, width=width)
    card = page.locator(".g-card:not(.g-skeleton)")
    expect(card).to_be_visible()
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("name", "said"), [("news", "Loading the headlines"), ("predict", "Running the model"),
                                            ("model", "Loading the model card")])  # fmt: skip
def test_page_shows_that_it_is_loading(open_page: Callable[..., Page], app_url: str, name: str, said: str) -> None:
    page = open_page(app_url)
    expect(page.get_by_role("img", name="Barometer:")).to_be_visible()
    held: list[Route] = []
    page.route("**/run/predict*", lambda route: held.append(route))  # noqa: PLW0108 - no method may be handed over
    page.locator(f"#page-{name}-button").click()
    waiting = page.get_by_role("status").filter(has_text=said)
    expect(waiting).to_be_visible()
    page.wait_for_timeout(200)
    assert held
    for route in held:
        route.continue_()
    expect(waiting).to_have_count(0)
