import csv
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

Open = Callable[..., Page]
Start = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="module")
def market_url(
    start_app: Start, seeded: Callable[..., str], seed: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An app with bitcoin's price of the last 20 days, and a file of Fear & Greed that is malformed."""
    folder = tmp_path_factory.mktemp("market")
    with (folder / "btc_daily.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", "close"])
        rows.writerows([(seed.now - timedelta(days=20 - i)).date(), 60_000 + 100 * i] for i in range(20))
    (folder / "fear_greed.csv").write_text("date,fng\n2026-02-20,greedy\n")
    with start_app(database_url=seeded(), market=folder) as url:
        yield url


def gauge(page: Page, number: str) -> None:
    expect(page.get_by_role("img", name=re.compile(rf"^Barometer: {re.escape(number)} of 100"))).to_be_visible(
        timeout=15_000
    )


def plotted(page: Page) -> None:
    expect(page.locator("#g-plot .scatterlayer .trace").first).to_be_visible(timeout=20_000)


def test_gauge_agrees_with_the_data_api(page: Page, app_url: str) -> None:
    score = httpx.get(f"{app_url}/api/v1/barometer", trust_env=False).json()["score"]
    assert score == pytest.approx(60)
    gauge(page, f"{score:.1f}")
    expect(page.locator("#g-overview")).to_contain_text("3 headlines")
    expect(page.locator("#g-overview")).to_contain_text("Last refreshed 30 min ago")
    earlier = page.locator(".g-earlier div")
    expect(earlier).to_contain_text(["Yesterday40.0", "A week ago40.0", "A month ago40.0", "A year agono data"])
    expect(page.locator("#g-stale")).to_be_hidden()


def test_keyboard_picks_and_clears_a_coin(page: Page) -> None:
    row = page.get_by_role("button", name="Ethereum (ETH)", exact=True)
    row.focus()
    page.keyboard.press("Enter")
    gauge(page, "45.0")
    expect(page.locator("#g-words")).to_contain_text("2 headlines")
    expect(page.locator("#g-coin input")).to_have_value("Ethereum (ETH)")
    expect(row).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="Ethereum (ETH), last 24 hours")).to_be_focused()
    page.get_by_role("button", name="✕ Ethereum (ETH)").press("Enter")
    gauge(page, "60.0")
    expect(page.get_by_role("heading", name="All crypto news, last 24 hours")).to_be_focused()
    expect(page.locator("#g-clear")).to_be_hidden()


def test_coin_is_chosen_from_the_list(page: Page) -> None:
    box = page.get_by_label("Headlines about")
    box.fill("Bitcoin (BTC)")
    page.get_by_role("option", name="Bitcoin (BTC)").click()
    gauge(page, "50.0")
    box.fill("Monero")
    page.get_by_role("option", name="Monero (XMR)").click()
    expect(page.get_by_role("img", name="Barometer: no data for the last 24 hours")).to_be_visible()
    expect(page.locator("#g-words")).to_contain_text("No headlines in this period.")
    expect(page.locator("#g-plot")).to_be_hidden()


def test_headings_sort_the_coin_table(page: Page) -> None:
    names = page.locator("table.g-coins tbody th")
    expect(names).to_have_text(["Bitcoin (BTC)", "Ethereum (ETH)"])
    heading = page.get_by_role("button", name="Index")
    heading.press("Enter")
    expect(names).to_have_text(["Ethereum (ETH)", "Bitcoin (BTC)"])
    expect(page.locator("th[aria-sort]")).to_have_text("Index")
    heading.press("Enter")
    expect(names).to_have_text(["Bitcoin (BTC)", "Ethereum (ETH)"])
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")


def test_ranges_select_the_history(page: Page) -> None:
    plotted(page)
    expect(page.locator("#g-words")).to_contain_text("63 headlines")
    page.get_by_label("7 days").check()
    expect(page.locator("#g-words")).to_contain_text("17 headlines")
    page.get_by_label("All", exact=True).check()
    expect(page.locator("#g-words")).to_contain_text("83 headlines")


def test_plot_is_named_by_its_figures(page: Page) -> None:
    said = "Line chart of the barometer .* 63 headlines.* Latest 50.0 .* on 2 March 2026"
    expect(page.get_by_role("img", name=re.compile(said))).to_be_visible()
    page.get_by_role("button", name="Ethereum (ETH)", exact=True).click()
    expect(page.get_by_role("img", name=re.compile("Line chart of the barometer .* 2 headlines"))).to_be_visible()


def test_overlays_need_days_in_view(open_page: Open, market_url: str) -> None:
    page = open_page(market_url, dark=True)
    plotted(page)
    expect(page.get_by_text("fear_greed.csv, line 2: expected a date and a number")).to_be_visible()
    expect(page.get_by_label("Fear & Greed index")).to_have_count(0)
    page.get_by_label("Bitcoin price, USD").check()
    expect(page.locator("#g-plot .legendtext", has_text="Bitcoin price, USD")).to_be_visible()
    # Dark mode: the text of the plot is light on what is dark.
    fill = page.locator("#g-plot .ytick text").first.evaluate("e => getComputedStyle(e).fill")
    assert min(int(part) for part in re.findall(r"\d+", fill)[:3]) > 150


def test_plot_follows_the_colour_scheme(page: Page) -> None:
    tick = page.locator("#g-plot .ytick text").first
    for mode, colour in (("dark", "rgb(168, 179, 196)"), ("light", "rgb(71, 85, 105)")):
        page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
        expect(tick).to_have_css("fill", colour)


def test_old_news_is_marked_stale(
    open_page: Open, start_app: Start, seeded: Callable[..., str], seed: SimpleNamespace
) -> None:
    with start_app(database_url=seeded(refreshed_at=seed.now - timedelta(hours=30))) as url:
        page = open_page(url)
        expect(page.locator("#g-stale")).to_contain_text(
            "Stale: no news has been fetched and scored since 1 March 2026, 06:00 UTC"
        )
        gauge(page, "60.0")


def test_empty_store_is_reported(open_page: Open, start_app: Start, seeded: Callable[..., str]) -> None:
    with start_app(database_url=seeded(rows=())) as url:
        page = open_page(url)
        expect(page.get_by_role("heading", name="No headlines yet")).to_be_visible()
        expect(page.locator("#g-rest")).to_be_hidden()


def test_unreachable_store_is_reported_and_recovers(
    open_page: Open, start_app: Start, seeded: Callable[..., str]
) -> None:
    url = seeded()
    folder = Path(url.removeprefix("sqlite:///")).parent
    with start_app(database_url=url) as address:
        away = folder.rename(folder.with_suffix(".away"))
        page = open_page(address)
        expect(page.get_by_role("alert")).to_contain_text("News is unavailable")
        away.rename(folder)
        page.reload()
        gauge(page, "60.0")


def test_phone_needs_no_sideways_scrolling(open_page: Open, market_url: str) -> None:
    page = open_page(market_url, width=390)
    plotted(page)
    page.get_by_role("button", name="Bitcoin (BTC)", exact=True).click()
    gauge(page, "50.0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
