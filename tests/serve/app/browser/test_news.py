"""The News page: filters, search, paging, its states, and titles that try to be more than text."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from playwright.sync_api import Page, expect

from barometer.headline import headline_id
from barometer.live.records import FoundCopy, NewsTitle, Prediction
from barometer.live.store.copies import save_copies
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.titles import save_titles

pytestmark = pytest.mark.slow

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a href=javascript:alert(1)>go</a></svg>",
    "\"><iframe src=javascript:alert(1)></iframe>",
    "'-alert(1)-'",
    "</a></h3></li></ol><h1>owned</h1>",
    "<details open ontoggle=alert(1)>",
    "<style>*{display:none}</style>",
    "<math><mtext></table></math><img src onerror=alert(1)>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "${alert(1)} ${value} `${7*7}`",
    "{{value}} {{{value}}} {{#each value}}{{this}}{{/each}}",
    "{% raw %}{{ 7*7 }}{% endraw %} <%= 7*7 %> #{7*7}",
    "[click](javascript:alert(1)) ![x](x \"onerror=alert(1)\") **bold**",
    '{"__type__": "update", "value": "owned"}',
    '\\"]}\\n\\ndata: {"msg": "close_stream"}\\n\\n',
    "javascript:alert(1)//",
    "@children <slot></slot> <base href=//evil.example>",
    "<a href=\"https://evil.example\" onclick=alert(1)>x</a><form action=//evil.example><input></form>",
    "\u202egnp.exe <noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "$& $1 $` $' \\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
)  # fmt: skip
URLS = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://example.org/"onmouseover=alert(1) x="',
    "vbscript:msgbox(1)",
    "https://example.org/<script>",
)
_ELEMENTS = "list => [...new Set([...list.querySelectorAll('.n-list *')].map(e => e.tagName))].sort()"
_HANDLERS = "all => all.flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"


def test_not_news_is_listed_on_request(
    open_page: Callable[..., Page], start_app: Callable[..., object], seeded: Callable[..., str], seed: SimpleNamespace
) -> None:
    url = seeded()
    engine = open_engine(url)
    title = NewsTitle(headline_id("Price guide"), "Price guide", "example.org", "", seed.now, seed.now)
    with writing(engine) as connection:
        save_titles(connection, [title])
        score = Prediction(title.title_id, (0.2, 0.2, 0.6), news=0.12, counted=False)
        save_predictions(connection, seed.version, [score], seed.now)
    engine.dispose()
    with start_app(database_url=url) as address:  # type: ignore[attr-defined]
        page = open_page(f"{address}/?tab=news")
        expect(page.locator(".n-item")).to_have_count(20)
        expect(page.locator(".n-not-news")).to_have_count(0)
        page.get_by_label("Include headlines that are not news").check()
        expect(page.locator(".n-item").first).to_contain_text("Price guide")
        expect(page.locator(".n-not-news")).to_have_text(["Probably not news (12%): not counted"])
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".n-not-news")).to_have_count(0)
        expect(page.get_by_label("Include headlines that are not news")).not_to_be_checked()
        page.close()


def titles(page: Page) -> list[str]:
    return page.locator("#news-list h3 a, #news-list h3").evaluate_all(
        "all => all.filter(e => e.tagName == 'H3').map(e => e.firstElementChild?.firstChild.data ?? e.textContent)"
    )


@pytest.fixture
def news(open_page: Callable[..., Page], app_url: str) -> Page:
    page = open_page(f"{app_url}/?tab=news")
    expect(page.locator(".n-item")).to_have_count(20)
    return page


def test_newest_headlines_first_with_all_details(news: Page, seed: SimpleNamespace) -> None:
    assert titles(news)[:3] == [text for text, *_ in seed.last_day]
    first = news.locator(".n-item").nth(1)
    expect(first).to_contain_text("example.org")
    expect(first.locator("time")).to_have_text("2 h ago")
    expect(first.locator("time")).to_have_attribute("title", "2 March 2026, 10:00 UTC")
    expect(first.locator(".n-coin")).to_have_text(["BTC", "ETH"])
    expect(first.locator(".s-numbers li")).to_have_text(["Negative 60%", "Neutral 30%", "Positive 10%"])
    expect(first.locator(".s-badge")).to_have_text("Negative")
    link = first.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/1")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_pages_turn_both_ways(news: Page) -> None:
    newest = titles(news)
    newer, older = news.get_by_role("button", name="Newer"), news.get_by_role("button", name="Older")
    expect(newer).to_be_disabled()
    seen = list(newest)
    for number in (2, 3, 4, 5):
        older.click()
        expect(news.locator(".n-where")).to_contain_text(f"Page {number},")
        seen += titles(news)
    expect(older).to_be_disabled()
    assert len(seen) == len(set(seen)) == 83
    for number in (4, 3, 2, 1):
        newer.click()
        expect(news.locator(".n-where")).to_contain_text(f"Page {number},")
    assert titles(news) == newest


def test_filters_combine_and_reset_the_page(news: Page) -> None:
    news.get_by_role("button", name="Older").click()
    expect(news.locator(".n-where")).to_contain_text("Page 2,")
    news.get_by_label("Negative").check()
    expect(news.locator(".n-where")).to_contain_text("Page 1, headlines 1 to 20")
    expect(news.locator(".n-item .s-badge")).to_have_text(["Negative"] * 20)
    news.get_by_role("combobox", name="Coin").click()
    news.get_by_role("option", name="BTC").click()
    expect(news.locator(".n-where")).to_contain_text("headlines 1 to 14")
    news.get_by_label("Search").fill("DAY 3 bit")
    news.get_by_label("Search").press("Enter")
    expect(news.locator(".n-item")).to_have_count(5)
    assert titles(news) == [f"Bitcoin quiet on day {day}" for day in (3, 30, 33, 36, 39)]
    news.get_by_role("button", name="Clear").click()
    expect(news.locator(".n-item")).to_have_count(20)
    expect(news.get_by_label("Search")).to_have_value("")


def test_null_fields_filter_nothing(app_url: str) -> None:
    with httpx.Client(base_url=app_url, trust_env=False) as client:
        config = client.get("/config").json()
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        fields = [ids[name] for name in ("news-class", "news-coin", "news-search", "news-all", "news-outlet")]
        [search] = [call["id"] for call in config["dependencies"] if call["inputs"] == fields]
        answer = client.post("/gradio_api/run/predict", json={"fn_index": search, "data": [None] * 5})
    assert answer.status_code == 200, answer.text
    assert "Page 1, headlines 1 to 20" in answer.json()["data"][0]


def test_phone_shows_clear_button_with_filters(open_page: Callable[..., Page], app_url: str) -> None:
    page = open_page(f"{app_url}/?tab=news", width=390)
    expect(page.locator(".n-item")).to_have_count(20)
    card = page.locator("#news-filters").bounding_box()
    button = page.get_by_role("button", name="Clear").bounding_box()
    assert card and button
    assert button["y"] + button["height"] < card["y"] + card["height"]
    assert button["width"] > 0.8 * card["width"]


def test_no_match_is_reported(news: Page) -> None:
    news.get_by_label("Search").fill("50% off _")
    news.get_by_role("button", name="Search").click()
    expect(news.get_by_role("heading", name="No headline matches")).to_be_visible()
    expect(news.get_by_role("button", name="Older")).to_be_disabled()


def _tell_again(
    url: str, headline: str, titles: Sequence[str], seed: SimpleNamespace, links: Sequence[str] = URLS
) -> None:
    """Let as many outlets tell the story of a headline, each in a title that is also its name."""
    copies = [
        FoundCopy(title, title, links[number % len(links)], seed.now, headline, seed.now)
        for number, title in enumerate(titles)
    ]
    engine = open_engine(url)
    with writing(engine) as connection:
        assert save_copies(connection, copies, {}, timedelta(days=9000)) == len(titles)
    engine.dispose()


def test_other_outlets_unfold_by_keyboard(
    open_page: Callable[..., Page], start_app: Callable[..., object], seeded: Callable[..., str], seed: SimpleNamespace
) -> None:
    url = seeded()
    _tell_again(url, seed.last_day[0][0], ("One says so, too", "Another agrees"), seed, ["https://example.org/a"])
    with start_app(database_url=url) as address:  # type: ignore[attr-defined]
        page = open_page(f"{address}/?tab=news", width=390)
        expect(page.locator(".n-item")).to_have_count(20)
        expect(page.locator("summary")).to_have_text(["and 2 more outlets"])
        expect(page.locator(".n-copy").first).not_to_be_visible()
        page.locator(".n-item").first.get_by_role("link").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".n-copy a").first).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.locator(".n-copy a:focus")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()


def test_markup_in_titles_shows_as_text(
    open_page: Callable[..., Page], start_app: Callable[..., object], seeded: Callable[..., str], seed: SimpleNamespace
) -> None:
    url = seeded(())
    engine = open_engine(url)
    rows = [
        NewsTitle(headline_id(f"{number} {text}"), text, text, URLS[number % len(URLS)],
                  seed.now - timedelta(minutes=number), seed.now, frozenset({text} if number % 2 else ()))
        for number, text in enumerate(PAYLOADS)
    ]  # fmt: skip
    with writing(engine) as connection:
        save_titles(connection, rows)
        save_predictions(
            connection, seed.version, [Prediction(row.title_id, (0.2, 0.2, 0.6)) for row in rows], seed.now
        )
    engine.dispose()
    _tell_again(url, f"0 {PAYLOADS[0]}", PAYLOADS[1:], seed)
    shown: list[str] = []
    dialogs: list[str] = []
    with start_app(database_url=url) as address:  # type: ignore[attr-defined]
        page = open_page(f"{address}/?tab=news")
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        expect(page.locator(".n-item")).to_have_count(20)
        shown += titles(page)
        elements = page.locator("#news-list").evaluate(_ELEMENTS)
        handlers = page.locator(".n-list *").evaluate_all(_HANDLERS)
        protocols = page.locator(".n-list a").evaluate_all("all => all.map(a => a.protocol)")
        page.locator(".n-story summary").click()
        expect(page.locator(".n-copy").last).to_be_visible()
        told = page.locator(".n-copy .n-source").all_text_contents()
        page.locator(".n-item").first.hover()
        page.get_by_role("button", name="Older").click()
        expect(page.locator(".n-where")).to_contain_text("Page 2,")
        shown += titles(page)
        page.wait_for_timeout(200)  # what had been started by then would show itself
        page.close()
    assert shown == list(PAYLOADS)
    assert sorted(told) == sorted(PAYLOADS[1:])
    assert elements == ["A", "DETAILS", "DIV", "H3", "LI", "SPAN", "SUMMARY", "TIME", "UL"]
    assert handlers == [] and dialogs == []
    assert set(protocols) == {"https:"}


def test_missing_news_and_store_are_reported(
    open_page: Callable[..., Page], start_app: Callable[..., object], seeded: Callable[..., str]
) -> None:
    with start_app(database_url=seeded(())) as address:  # type: ignore[attr-defined]
        page = open_page(f"{address}/?tab=news")
        expect(page.locator("#news-list")).to_contain_text("No headlines yet")
        page.close()
    with start_app() as address:  # type: ignore[attr-defined]
        page = open_page(address)
        expect(page.get_by_role("alert").first).to_contain_text("News is unavailable")
        page.get_by_role("tab", name="News").click()
        expect(page.locator("#news-list").get_by_role("alert")).to_contain_text("News is unavailable")
        page.get_by_label("Positive").check()
        expect(page.locator("#news-list").get_by_role("alert")).to_be_visible()
        page.close()


@pytest.mark.parametrize("dark", [False, True])
def test_phone_needs_no_sideways_scrolling(open_page: Callable[..., Page], app_url: str, dark: bool) -> None:
    page = open_page(f"{app_url}/?tab=news", width=390, dark=dark)
    expect(page.locator(".n-item")).to_have_count(20)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
