import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from barometer.live.records import NewsTitle, Prediction
from barometer.live.refresh import Retention, clean_up
from barometer.live.score import Scorer, score_titles
from barometer.live.store import partitions
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.partitions import Months, drop_months, make_months, month_start, next_month, read_months
from barometer.live.store.predictions import save_predictions
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import annotation_tasks, labeled_news_titles, model_predictions, news_titles
from barometer.live.store.standing import activate_version
from barometer.live.store.sums import window_sums
from barometer.live.store.titles import save_titles

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
THIS = month_start(NOW)
Save = Callable[..., list[int]]


def months_ago(n: int) -> datetime:
    """The middle of a month: 0 is this one."""
    month = THIS
    for _ in range(n):
        month = month_start(month - DAY)
    return month + 14 * DAY


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = open_engine(postgresql_url)
    yield engine
    engine.dispose()


def places(engine: Engine) -> dict[str, int]:
    """How many scores are in each partition that has any."""
    rows = text("SELECT CAST(CAST(tableoid AS regclass) AS text), count(*) FROM model_predictions GROUP BY 1")
    with reading(engine) as connection:
        return {str(name).removeprefix("model_predictions_"): n for name, n in connection.execute(rows)}


def named(moment: datetime) -> str:
    return f"{moment:%Y_%m}"


def assert_exact(engine: Engine) -> None:
    """Roll-ups hold what scores say."""
    with writing(engine) as connection:
        assert rebuild_rollups(connection, "v") == 0


def test_no_date_is_without_a_place(postgresql: Engine, save_scored: Save) -> None:
    far = [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 7, 20, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)]
    save_scored(postgresql, "v", [(moment, 0.5, ["BTC"]) for moment in [*far, NOW]])
    assert places(postgresql) == {"before": 2, "after": 1, named(NOW): 1}
    assert_exact(postgresql)


def test_months_are_made_with_their_rows(postgresql: Engine, save_scored: Save) -> None:
    early, late = months_ago(3), THIS + 150 * DAY
    save_scored(postgresql, "v", [(early, 0.25, ["BTC"]), (months_ago(5), 0.5, ()), (late, 0.75, ())])
    assert places(postgresql) == {"before": 2, "after": 1}
    assert make_months(postgresql, early, late) > 4
    assert places(postgresql) == {"before": 1, named(early): 1, named(late): 1}
    with reading(postgresql) as connection:
        assert read_months(connection) == Months(month_start(early), next_month(late))
    assert make_months(postgresql, early, late) == 0
    assert_exact(postgresql)


def test_scoring_makes_the_months_needed(postgresql: Engine, make_title: Callable[..., NewsTitle]) -> None:
    with writing(postgresql) as connection:
        save_titles(connection, [make_title(f"Bitcoin rises {n}", months_ago(n)) for n in range(3)])
    thirds, ones = np.full((3, 3), 1 / 3, np.float32), np.ones(3, np.float32)
    score_titles(postgresql, Scorer("v", lambda texts: (thirds[: len(texts)], ones[: len(texts)])))
    assert places(postgresql) == {named(months_ago(n)): 1 for n in range(3)}


@pytest.mark.parametrize("kept", ["label", "task"])
def test_dropped_months_leave_what_must_stay(postgresql: Engine, save_scored: Save, kept: str) -> None:
    make_months(postgresql, months_ago(5), NOW)
    moments = [months_ago(5), months_ago(4), months_ago(4), months_ago(1), NOW]
    ids = save_scored(postgresql, "v", [(moment, 0.1 * n, ["BTC"]) for n, moment in enumerate(moments, start=1)])
    save_scored(postgresql, "w", [(moment, 0.9, ["ETH"]) for moment in moments])
    stays = ids[1]
    rows = {
        "label": insert(labeled_news_titles).values(title_id=stays, annotator="a", label="1", annotation_time=NOW),
        "task": insert(annotation_tasks).values(title_id=stays, server="s", task_id=1, pushed_at=NOW, state="open"),
    }
    with writing(postgresql) as connection:
        connection.execute(rows[kept])
        activate_version(connection, "v", NOW)
    done = clean_up(postgresql, Retention(titles=NOW - months_ago(3)), NOW)
    assert (done.months, done.titles, done.wrong_rollups) == (2, 5, 0)
    assert places(postgresql) == {"before": 1, named(months_ago(1)): 2, named(NOW): 2}
    with reading(postgresql) as connection:
        assert window_sums(connection, "v", months_ago(6), months_ago(3), "BTC").positive == pytest.approx(0.2)
        assert connection.execute(text("SELECT count(*) FROM rollups WHERE headlines = 0")).scalar_one() == 0
        assert read_months(connection).first == month_start(months_ago(3))
    again = clean_up(postgresql, Retention(titles=NOW - months_ago(3)), NOW)
    assert (again.months, again.titles, again.wrong_rollups) == (0, 0, 0)


def test_a_failed_drop_changes_nothing(postgresql: Engine, save_scored: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    make_months(postgresql, months_ago(2), NOW)
    save_scored(postgresql, "v", [(months_ago(2), 0.5, ["BTC"]), (NOW, 0.5, ())])
    before = places(postgresql)
    monkeypatch.setattr(partitions, "sum_again", lambda *_: 1 / 0)  # after everything else
    with pytest.raises(ZeroDivisionError):
        drop_months(postgresql, months_ago(0))
    assert places(postgresql) == before
    assert_exact(postgresql)


def test_readers_in_the_way_are_spared(postgresql: Engine, save_scored: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    make_months(postgresql, months_ago(2), NOW)
    save_scored(postgresql, "v", [(months_ago(2), 0.5, ())])
    monkeypatch.setattr(partitions, "_TRIES", 2)
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT_MS", 20)
    scores = select(model_predictions.c.title_id)
    with reading(postgresql) as connection:
        assert len(connection.execute(scores).all()) == 1
        assert drop_months(postgresql, NOW) is None
        assert clean_up(postgresql, Retention(titles=40 * DAY), NOW).titles == 0  # nor are headlines deleted
        assert len(connection.execute(scores).all()) == 1
    assert drop_months(postgresql, NOW) == 2
    assert places(postgresql) == {}


def test_months_are_made_while_others_save(postgresql: Engine, make_title: Callable[..., NewsTitle]) -> None:
    moments = [THIS + timedelta(days=30 * n + 20) for n in range(12)]
    problems: list[BaseException] = []
    ready = threading.Barrier(3)

    def save(writer: int) -> None:
        try:
            ready.wait()
            for turn in range(8):
                titles = [make_title(f"{writer} {turn} {n}", m, ["BTC"]) for n, m in enumerate(moments)]
                scores = [Prediction(title.title_id, (0.2, 0.3, 0.5)) for title in titles]
                with writing(postgresql) as connection:
                    save_titles(connection, titles)
                    save_predictions(connection, "v", scores, NOW)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a thread is the finding
            problems.append(error)

    threads = [threading.Thread(target=save, args=[writer]) for writer in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    for moment in moments:
        assert make_months(postgresql, NOW, moment) <= 3
    for thread in threads:
        thread.join()
    assert problems == []
    assert places(postgresql) == {name: 16 * n for name, n in Counter(map(named, moments)).items()}
    assert_exact(postgresql)


def test_a_score_keeps_its_headline_s_time(postgresql: Engine, save_scored: Save) -> None:
    save_scored(postgresql, "v", [(NOW, 0.5, ())])
    with pytest.raises(IntegrityError, match="fk_model_predictions_title_id"), writing(postgresql) as connection:
        connection.execute(text("UPDATE model_predictions SET pub_time = pub_time + interval '1 day'"))
    with writing(postgresql) as connection:
        connection.execute(news_titles.delete())
    assert places(postgresql) == {}
