"""The list of headlines over a real store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from barometer.labels import Label
from barometer.live.records import FoundCopy, ListedTitle, StoryCopy, TitleFilter
from barometer.live.store.copies import save_copies
from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version
from serve.api.store import BarometerStore
from serve.app.pages.news import HeadlinePage, find_page, headline_list, is_web_address

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(database: Engine, save_scored: Callable[..., list[int]]) -> BarometerStore:
    """45 headlines, one a minute; every third one is about BTC, every second one is positive."""
    rows = [(NOW - timedelta(minutes=i), 0.9 if i % 2 else 0.1, ("BTC",) if i % 3 == 0 else ()) for i in range(45)]
    save_scored(database, "v1", rows)
    with writing(database) as connection:
        activate_version(connection, "v1", NOW)
    return BarometerStore(database)


def test_pages_hold_every_headline_once(store: BarometerStore) -> None:
    pages = [find_page(store, TitleFilter(), number) for number in (1, 2, 3)]
    titles = [title for page in pages for title in page.titles]
    assert [len(page.titles) for page in pages] == [20, 20, 5]
    assert [page.more for page in pages] == [True, True, False]
    assert [title.pub_time for title in titles] == [NOW - timedelta(minutes=i) for i in range(45)]


def test_filters_combine(store: BarometerStore) -> None:
    found = find_page(store, TitleFilter(Label.POSITIVE, "BTC"), 1)
    assert [(NOW - title.pub_time).seconds // 60 for title in found.titles] == [3, 9, 15, 21, 27, 33, 39]
    assert not found.more


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (10**30, 2500)])
def test_page_number_is_clamped(store: BarometerStore, asked: int, given: int) -> None:
    assert find_page(store, TitleFilter(), asked).number == given


def test_search_of_any_length_works(store: BarometerStore) -> None:
    assert find_page(store, TitleFilter(text="x " * 100_000), 1).titles == []
    assert len(find_page(store, TitleFilter(text="HEADLINE"), 1).titles) == 20


def listed(title: str, url: str) -> ListedTitle:
    return ListedTitle(1, title, "so<urce", url, NOW, (0.1, 0.2, 0.7), Label.POSITIVE, 0.8, ("BTC", "ETH"))


def test_headline_shows_source_age_and_scores() -> None:
    html = headline_list(HeadlinePage([listed("A & B", "https://e.org/?a=1&b=2")], 2, False), NOW + timedelta(hours=3))
    for part in ('href="https://e.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow"', "A &amp; B",
                 "so&lt;urce", 'title="2 March 2026, 12:00 UTC">3 h ago', ">BTC<", ">ETH<", "Positive 70%",
                 "Page 2, headlines 21 to 21", 'start="21"'):  # fmt: skip
        assert part in html


@pytest.mark.parametrize(
    ("news", "told"), [(0.125, "Probably not news (12%): not counted"), (None, "Probably not news: not counted")]
)
def test_only_not_news_is_marked(news: float | None, told: str) -> None:
    title = listed("Price guide", "")
    shown = [
        headline_list(HeadlinePage([replace(title, news=news, counted=counted)], 1, False), NOW)
        for counted in (True, False)
    ]
    assert "ot news" not in shown[0] and told in shown[1]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "//e.org", "/a", "", "http://", "http://[",
            "ftp://e.org", "java\nscript:alert(1)"],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    assert not is_web_address(url)
    assert "<a " not in headline_list(HeadlinePage([listed("A", url)], 1, False), NOW)


def test_several_coins_are_marked() -> None:
    both = headline_list(HeadlinePage([listed("A", "")], 1, False), NOW)
    one = headline_list(HeadlinePage([replace(listed("A", ""), coins=("BTC",))], 1, False), NOW)
    assert ">several coins<" in both and "for the headline as a whole" in both
    assert "several coins" not in one


def told(outlets: int, *copies: StoryCopy) -> str:
    title = replace(listed("A & B", ""), outlets=outlets)
    return headline_list(HeadlinePage([title], 1, False, {1: copies} if copies else {}), NOW)


def test_other_outlets_unfold_with_links() -> None:
    html = told(7, StoryCopy("A & <b>B</b>", "out<let", "https://e.org/?a=1&b=2", NOW),
                StoryCopy("C", "d", "javascript:alert(1)", NOW))  # fmt: skip
    for part in ("<summary>and 6 more outlets</summary>", "out&lt;let", "A &amp; &lt;b&gt;B&lt;/b&gt;", ">C <span",
                 'href="https://e.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow"'):  # fmt: skip
        assert part in html
    assert html.count("<a ") == 1 and "javascript" not in html
    assert "<summary>and 1 more outlet</summary>" in told(2, StoryCopy("C", "d", "", NOW))
    assert "<details" not in told(1)


def test_page_reads_copies_of_its_headlines(database: Engine, store: BarometerStore) -> None:
    newest, *_ = find_page(store, TitleFilter(), 1).titles
    copies = [FoundCopy(f"{newest.title}!", source, "", NOW, newest.title, NOW) for source in ("b", "c", newest.source)]
    with writing(database) as connection:
        save_copies(connection, copies, {}, timedelta(days=1))
    page = find_page(store, TitleFilter(), 1)
    assert [title.outlets for title in page.titles[:2]] == [3, 1]
    assert {id_: {copy.source for copy in found} for id_, found in page.copies.items()} == {
        newest.title_id: {"b", "c", newest.source}
    }
    assert find_page(store, TitleFilter(), 2).copies == {}
