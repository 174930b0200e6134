from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, text, update

from barometer.live.records import NewsTitle, Prediction, TitleFilter
from barometer.live.store import words
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.schema import news_titles
from barometer.live.store.search import search_titles
from barometer.live.store.titles import delete_titles, save_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
MakeTitle = Callable[..., NewsTitle]


@pytest.fixture(autouse=True)
def index_from_the_first_title_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "NEWEST", 1)
    monkeypatch.setattr(words, "COST", 1000)


def found(database: Engine, wanted: str) -> list[str]:
    with reading(database) as connection:
        return [title.title for title in search_titles(connection, "v", TitleFilter(text=wanted))]


def save(database: Engine, titles: list[NewsTitle]) -> None:
    with writing(database) as connection:
        save_titles(connection, titles)
        save_predictions(connection, "v", [Prediction(title.title_id, (0.1, 0.2, 0.7)) for title in titles], NOW)


def test_index_follows_every_change(database: Engine, make_title: MakeTitle) -> None:
    ages = [timedelta(days=days) for days in (0, 0, 400, 20_000)]  # the last before 1970
    names = ["Rates rise", "Ether and solana", "Solana falls", "Solana of old"]
    titles = [make_title(name, NOW - age) for name, age in zip(names, ages, strict=True)]
    save(database, titles)
    assert found(database, "OLAN") == ["Ether and solana", "Solana falls", "Solana of old"]
    with writing(database) as connection:
        renamed = news_titles.c.title_id == titles[1].title_id
        connection.execute(update(news_titles).where(renamed).values(title="Ether and dogecoin"))
        delete_titles(connection, [titles[2].title_id])
    assert found(database, "solana") == ["Solana of old"]
    assert found(database, "dogecoin") == ["Ether and dogecoin"]
    assert found(database, "ether and") == ["Ether and dogecoin"]
    assert found(database, "ether solana") == []


def test_saved_titles_that_fail_stay_unfound(database: Engine, make_title: MakeTitle) -> None:
    title = make_title("Solana falls", NOW)
    with pytest.raises(RuntimeError), writing(database) as connection:
        save_titles(connection, [title])
        raise RuntimeError
    save(database, [make_title("Rates rise", NOW), make_title("Solana falls", NOW - timedelta(hours=1))])
    assert found(database, "solana") == ["Solana falls"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 3), st.text(max_size=5) | st.just("BIT coin"), st.integers(-2, 2)), max_size=8
    )
)
def test_sqlite_index_is_never_wrong(sqlite_url: str, changes: list[tuple[int, str, int]]) -> None:
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        connection.execute(delete(news_titles))
        for title_id, title, day in changes:
            if not title:
                connection.execute(delete(news_titles).where(news_titles.c.title_id == title_id))
                continue
            row = {
                "title_id": title_id,
                "title": title,
                "pub_time": datetime(1970, 1, 3, tzinfo=UTC) + timedelta(days=day),
            }
            known = update(news_titles).where(news_titles.c.title_id == title_id).values(row)
            if not connection.execute(known).rowcount:
                connection.execute(news_titles.insert().values(source="s", url="", fetched_at=NOW, **row))
        connection.execute(text("INSERT INTO title_search (title_search, rank) VALUES ('integrity-check', 1)"))
        numbers = connection.execute(text("SELECT count(*) FROM title_numbers")).scalar_one()
        assert numbers == connection.execute(text("SELECT count(*) FROM news_titles")).scalar_one()
    engine.dispose()
