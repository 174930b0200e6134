from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.headline import headline_id
from barometer.live.identity import entry_ids, is_edit, is_same, link_id, sort_entries
from barometer.live.parsing.parse import Entry
from barometer.live.records import KnownEntry

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REACH = 30 * DAY
FEED = "https://wire.example/feed"
STORY = "https://wire.example/story"
TITLE = "Thieves empty the vault of a lending pool"


def known(title: str = TITLE, url: str = STORY, pub_time: datetime = NOW) -> KnownEntry:
    return KnownEntry(1, 2, headline_id(title), link_id(url), NOW, title, pub_time)


def entry(title: str = TITLE, url: str = STORY, pub_time: datetime = NOW, guid: str = "") -> Entry:
    return Entry(title, url, pub_time, guid)


def test_identifier_outlives_title_and_link() -> None:
    (one,) = entry_ids(FEED, [entry(guid="a")])
    (two,) = entry_ids(FEED, [entry("Another title", "https://wire.example/other", guid="a")])
    (three,) = entry_ids("https://other.example/feed", [entry(guid="a")])
    assert one == two != three


def test_link_identifies_without_identifier() -> None:
    ids = [entry_ids(FEED, [entry(url=url)])[0] for url in (STORY, f"{STORY}?utm_source=rss", f"{STORY}?id=2", "")]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] is None


def test_shared_identifiers_identify_nothing() -> None:
    same = [entry("One story of the day", guid="x"), entry("Another story of the day", guid="x"), entry(guid="y")]
    assert [id_ is None for id_ in entry_ids(FEED, same)] == [True, True, False]
    twice = entry_ids(FEED, [entry(guid="x"), entry(guid="x")])
    assert twice[0] == twice[1] is not None


@pytest.mark.parametrize("url", ["", "https://wire.example", "https://wire.example/", "https://wire.example/?utm_x=1"])
def test_home_page_is_no_article(url: str) -> None:
    assert link_id(url) is None


@given(st.text(), st.text(st.characters(exclude_characters="[]")))
def test_any_entry_has_an_id(guid: str, path: str) -> None:
    url = f"https://wire.example/a{path}"
    ids = entry_ids(FEED, [entry(guid=guid, url=url)])
    assert ids == entry_ids(FEED, [entry("Other words", guid=guid, url=url)])
    assert ids[0] is None or -(2**63) <= ids[0] < 2**63


@pytest.mark.parametrize(
    ("title", "url", "later", "edit"),
    [
        ("Pool of lenders robbed by its own founder", STORY, timedelta(0), True),
        ("Pool of lenders robbed by its own founder", f"{STORY}?utm_medium=x", 5 * HOUR, True),
        ("Pool of lenders robbed by its own founder", STORY, 2 * DAY, False),
        ("Pool of lenders robbed by its own founder", "https://wire.example/2", timedelta(0), False),
        ("Pool of lenders robbed by its own founder", "", timedelta(0), True),
        ("Pool of lenders robbed by its own founder", "", HOUR, False),
        ("UPDATE: Thieves empty the vault of a lending pool", "https://wire.example/2", 3 * DAY, True),
        ("UPDATE: Thieves empty the vault of a lending pool", "https://wire.example/2", 31 * DAY, False),
    ],
)
def test_edits_and_new_articles_differ(title: str, url: str, later: timedelta, edit: bool) -> None:
    assert is_edit(known(), entry(title, url, NOW + later), REACH) is edit


def test_same_title_returns_after_reach() -> None:
    assert is_same(known(), entry("THIEVES empty the vault of a lending pool", pub_time=NOW + REACH), REACH)
    assert not is_same(known(), entry(pub_time=NOW + REACH + HOUR), REACH)


def test_entries_are_sorted_by_kind() -> None:
    before = known("Thieves empty a vault")
    entries = [entry("Thieves empty a vault"), entry(), entry("Old news of the day", pub_time=NOW)]
    same, edits, others = sort_entries(entries, [7, 8, None], {7: before, 8: before}, REACH)
    assert (same, edits, others) == ([entries[0]], [(before, entries[1])], [entries[2]])
    returned = entry("Thieves empty a vault", pub_time=NOW + 2 * REACH)
    assert sort_entries([returned], [7], {7: before}, REACH) == ([], [], [returned])
