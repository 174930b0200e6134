"""Copies of headlines in the store: each in one story, and gone with its headline."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from barometer.headline import headline_id
from barometer.live.records import FoundCopy, NewsTitle
from barometer.live.refresh import Retention, clean_up
from barometer.live.store.copies import told_by
from barometer.live.store.engine import reading, writing
from barometer.live.store.entries import News, save_news
from barometer.live.store.schema import news_titles, story_copies
from barometer.live.store.titles import delete_titles, recent_titles

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)
REACH = 30 * DAY
HEADLINE = "Regulator approves the exchange after a long review"
LIKE = "Regulator approves exchange after long review today"
Make = Callable[..., NewsTitle]


def copy(title: str, source: str, like: str = HEADLINE, days: float = 0, counted: bool = False) -> FoundCopy:
    moment = NOW - days * DAY
    return FoundCopy(title, source, f"https://{source}.example/1", moment, like, NOW, counted)


def save(engine: Engine, *copies: FoundCopy, titles: tuple[NewsTitle, ...] = (), **news: object) -> None:
    with writing(engine) as connection:
        save_news(connection, News(titles, copies=copies, **news), REACH)  # type: ignore[arg-type]


def stories(engine: Engine) -> dict[str, set[tuple[str, str]]]:
    """The titles and outlets of copies by the title of their headline."""
    columns = story_copies.c
    rows = select(news_titles.c.title, columns.title, columns.source)
    rows = rows.join(news_titles, news_titles.c.title_id == columns.title_id)
    found: dict[str, set[tuple[str, str]]] = {}
    with reading(engine) as connection:
        for headline, title, source in connection.execute(rows):
            found.setdefault(headline, set()).add((title, source))
    return found


@pytest.fixture
def headline(database: Engine, make_title: Make) -> NewsTitle:
    title = make_title(HEADLINE, NOW)
    save(database, titles=(title,))
    return title


def test_outlets_are_counted_by_headline(database: Engine, headline: NewsTitle) -> None:
    save(database, copy(LIKE, "b", days=1), copy(HEADLINE, "c", HEADLINE), copy(f"{LIKE}!", "b", days=2))
    save(database, copy(LIKE, "b"), copy(HEADLINE, "c", HEADLINE))  # the next poll adds nothing
    with reading(database) as connection:
        assert told_by(connection, [headline.title_id, 5]) == {headline.title_id: {"b": NOW - 2 * DAY, "c": NOW}}
    assert stories(database) == {HEADLINE: {(LIKE, "b"), (f"{LIKE}!", "b"), (HEADLINE, "c")}}


def test_the_headline_is_no_copy(database: Engine, headline: NewsTitle) -> None:
    save(database, copy(HEADLINE, headline.source), copy(HEADLINE.upper(), headline.source, HEADLINE.upper()))
    assert stories(database) == {}


def test_same_title_of_other_news(database: Engine, headline: NewsTitle) -> None:
    save(database, copy(HEADLINE, "b", days=31))
    assert stories(database) == {}
    save(database, copy(LIKE, "b", days=31))  # dropped as a near-duplicate all the same
    assert stories(database) == {HEADLINE: {(LIKE, "b")}}


def test_a_copy_keeps_its_story(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    other = make_title("Regulator approves an exchange after long review", NOW)
    save(database, copy(LIKE, "b"))
    save(database, copy(LIKE, "b", other.title), titles=(other,))
    assert stories(database) == {HEADLINE: {(LIKE, "b")}}
    save(database, copy(LIKE, "b", other.title, days=-40))  # told again after a month
    assert set(stories(database)) == {HEADLINE, other.title}


def test_copies_without_a_headline(database: Engine, headline: NewsTitle) -> None:
    save(database, copy(LIKE, "b", like="Nobody stored this title before"))
    with writing(database) as connection:
        delete_titles(connection, [headline.title_id])
    save(database, copy(LIKE, "b"))
    assert stories(database) == {}


def test_returned_title_has_its_own_copies(database: Engine, headline: NewsTitle) -> None:
    later = replace(headline, pub_time=NOW + 40 * DAY)
    save(database, copy(LIKE, "b"), copy(HEADLINE, "c", days=-41), titles=(later,))
    with reading(database) as connection:
        ids = connection.execute(select(news_titles.c.title_id).order_by(news_titles.c.pub_time)).scalars().all()
        told = told_by(connection, ids)
    assert [set(told.get(id_, ())) for id_ in ids] == [{"b"}, {"c"}]


def test_copies_follow_an_edit(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    save(database, copy(LIKE, "b"))
    edited = replace(make_title("Exchange wins its licence at last", NOW), source="d")
    save(database, edits=[(headline.title_id, edited)])
    assert stories(database) == {edited.title: {(LIKE, "b"), (HEADLINE, "example")}}
    save(database, copy(f"{LIKE}!", "c"))  # like the old title
    save(database, edits=[(edited.title_id, headline)])  # taken back
    expected = {(LIKE, "b"), (f"{LIKE}!", "c"), (edited.title, "d")}
    assert stories(database) == {HEADLINE: expected}


def test_same_outlets_edit_is_no_copy(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    save(database, edits=[(headline.title_id, make_title("Exchange wins its licence at last", NOW))])
    assert stories(database) == {}


@pytest.mark.parametrize("keep", [None, DAY])
def test_copies_go_with_their_headline(database: Engine, headline: NewsTitle, keep: timedelta | None) -> None:
    save(database, copy(LIKE, "b"))
    if keep is None:
        with writing(database) as connection:
            assert delete_titles(connection, [headline.title_id]) == 1
    else:
        clean_up(database, Retention(titles=keep), NOW + 70 * DAY)
    with reading(database) as connection:
        assert connection.execute(select(story_copies.c.copy_id)).all() == []


def test_copies_survive_the_old_title(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    save(database, copy(LIKE, "b"), edits=[(headline.title_id, make_title("Exchange wins a licence at last", NOW))])
    assert clean_up(database, Retention(), NOW + 100 * DAY).edited == 1
    assert stories(database) == {"Exchange wins a licence at last": {(LIKE, "b")}}


def test_counted_copies_are_headlines_too(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    like = replace(make_title(LIKE, NOW), source="b")
    save(database, copy(LIKE, "b", counted=True), copy(LIKE, "c", LIKE), titles=(like,))
    assert stories(database) == {HEADLINE: {(LIKE, "b"), (LIKE, "c")}}
    with writing(database) as connection:
        recent = {stored.title: stored.is_copy for stored in recent_titles(connection, NOW - DAY)}
        assert recent == {HEADLINE: False, LIKE: True}
        assert delete_titles(connection, [like.title_id]) == 1
        left = connection.execute(select(story_copies.c.source, story_copies.c.headline_id)).all()
    assert sorted(left) == [("b", None), ("c", None)]


def test_a_copy_may_count_later(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    save(database, copy(LIKE, "b"))
    like = replace(make_title(LIKE, NOW), source="b")
    for _ in range(2):
        save(database, copy(LIKE, "b", counted=True), copy(LIKE, "b", counted=True), titles=(like,))
    with reading(database) as connection:
        assert connection.execute(select(story_copies.c.headline_id)).scalars().all() == [like.title_id]


def test_counted_copy_replaces_its_headline(database: Engine, headline: NewsTitle, make_title: Make) -> None:
    like = replace(make_title(LIKE, NOW), source="b")
    save(database, copy(LIKE, "b", counted=True), copy(f"{LIKE}!", "c"), titles=(like,))
    save(database, edits=[(headline.title_id, make_title(LIKE, NOW))])
    assert stories(database) == {LIKE: {(f"{LIKE}!", "c"), (HEADLINE, "example")}}
    assert headline_id(LIKE) == like.title_id
