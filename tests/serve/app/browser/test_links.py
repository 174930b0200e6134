import re
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
Open = Callable[..., Page]


def gauge(page: Page, number: str) -> None:
    expect(page.get_by_role("img", name=re.compile(rf"^Barometer: {re.escape(number)} of 100"))).to_be_visible()


def test_link_shows_exactly_what_it_says(open_page: Open, app_url: str) -> None:
    page = open_page(f"{app_url}/?coin=eth&range=7d&compare=all")
    gauge(page, "45.0")
    expect(page.get_by_label("Headlines about")).to_have_value("Ethereum (ETH)")
    expect(page.get_by_role("radio", name="7 days")).to_be_checked()
    expect(page.get_by_label("Compare with")).to_have_value("All crypto news")
    expect(page.locator("#g-plot .legendtext")).to_have_text(["Ethereum (ETH)", "All crypto news"])
    expect(page.locator("#g-words")).to_contain_text("Ethereum (ETH): 2 headlines.")
    expect(page.locator("#g-words")).to_contain_text("All crypto news: 17 headlines.")
    expect(page.locator("#link-notes p")).to_have_count(0)


def test_address_follows_the_controls(open_page: Open, app_url: str) -> None:
    page = open_page(f"{app_url}/?coin=BTC&utm_source=x")
    gauge(page, "50.0")
    page.get_by_role("radio", name="1 year").check()
    expect(page).to_have_url(f"{app_url}/?coin=BTC&range=1y")
    page.get_by_label("Compare with").fill("Ethereum (ETH)")
    page.get_by_role("option", name="Ethereum (ETH)").click()
    expect(page).to_have_url(f"{app_url}/?coin=BTC&range=1y&compare=ETH")
    expect(page.locator("#g-words")).to_contain_text("Ethereum (ETH): 2 headlines.")
    page.get_by_role("button", name="✕ Bitcoin (BTC)").click()
    gauge(page, "60.0")
    expect(page).to_have_url(f"{app_url}/?range=1y&compare=ETH")
    page.get_by_role("tab", name="Model", exact=True).click()
    expect(page).to_have_url(f"{app_url}/?tab=model")
    page.get_by_role("tab", name="Barometer").click()
    expect(page).to_have_url(f"{app_url}/?range=1y&compare=ETH")


def test_unknown_values_are_named(open_page: Open, app_url: str) -> None:
    page = open_page(f"{app_url}/?tab=<b>&coin=NOPE&range=5w")
    gauge(page, "60.0")
    notes = page.locator("#link-notes p")
    expect(notes).to_have_count(3)
    for said in ("coin=NOPE, which is not known. Choose from BTC, ETH,", "range=5w, which is not known. Choose from "
                 "7d, 30d, 3m, 1y, all.", "tab=<b>, which is not known. Choose from barometer, news,"):  # fmt: skip
        expect(notes.filter(has_text=said)).to_be_visible()
    expect(page.get_by_role("radio", name="1 month")).to_be_checked()


def test_link_opens_tab_in_menu(open_page: Open, app_url: str) -> None:
    page = open_page(f"{app_url}/?tab=annotation", width=300)
    expect(page.get_by_role("tab", name="Annotation")).to_have_attribute("aria-selected", "true")


def test_button_copies_the_link(open_page: Open, app_url: str) -> None:
    page = open_page(f"{app_url}/?coin=BTC")
    gauge(page, "50.0")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{app_url}/?coin=BTC"


def test_browsers_can_install_the_app(open_page: Open, app_url: str) -> None:
    page = open_page(app_url)
    browser = page.context.new_cdp_session(page)
    found = browser.send("Page.getAppManifest")
    assert (found["errors"], urlsplit(found["url"]).path) == ([], "/manifest.json")
    problems = {error["errorId"] for error in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert problems <= {"in-incognito"}  # the window of the tests is one


def test_manifest_names_real_icons(app_url: str) -> None:
    with httpx.Client(base_url=app_url, trust_env=False) as client:
        found = client.get("/manifest.json").json()
        assert (found["name"], found["start_url"], found["display"]) == ("Crypto news barometer", "./", "standalone")
        for icon in found["icons"]:
            answer = client.get(icon["src"].removeprefix("."))
            width = int.from_bytes(answer.content[16:20])  # the first field of a PNG's header
            assert (answer.headers["content-type"], icon["sizes"]) == ("image/png", f"{width}x{width}")
        assert client.get("/icon-64.png").status_code == 404
