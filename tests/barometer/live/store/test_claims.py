import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

import barometer
from barometer.live.records import Claim, NewsTitle, Prediction
from barometer.live.store.claims import claim_titles, count_unscored, enqueue_unscored, release_claim
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import model_predictions, news_titles, score_queue
from barometer.live.store.sums import window_sums
from barometer.live.store.titles import delete_titles, save_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Make = Callable[..., NewsTitle]

# A scorer as a process: it says what it claims and what it saves, and stands still where it is told to.
SCORER = """
import json, sys, time
from datetime import timedelta, datetime, UTC
from barometer.live.records import Prediction
from barometer.live.store.claims import claim_titles
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.predictions import save_predictions

url, batch, lease, halt, at = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5])
engine = open_engine(url)

def say(event, ids):
    print(json.dumps([event, sorted(ids)]), flush=True)

def stand_still(place, turn):
    if (place, turn) == (halt, at):
        say("halted", [])
        time.sleep(600)

turn = 0
while True:
    with writing(engine) as connection:
        claim = claim_titles(connection, "v", batch, datetime.now(UTC), timedelta(seconds=lease))
    if not claim.titles:
        break
    turn += 1
    say("claimed", claim.titles)
    stand_still("between", turn)
    with writing(engine) as connection:
        save_predictions(connection, "v", [Prediction(i, (0.25, 0.25, 0.5)) for i in claim.titles], datetime.now(UTC))
        stand_still("inside", turn)
    say("saved", claim.titles)
"""


def start_scorer(url: str, lease: float, halt: str = "nowhere", at: int = 0) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(Path(barometer.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", SCORER, url, "10", str(lease), halt, str(at)],
        env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(line: str) -> tuple[str, list[int]]:
    event, ids = json.loads(line)
    return event, ids


def finish(scorer: "subprocess.Popen[str]") -> list[tuple[str, list[int]]]:
    output, _ = scorer.communicate(timeout=120)
    assert scorer.returncode == 0
    return [said(line) for line in output.splitlines()]


def kill_where_it_halts(scorer: "subprocess.Popen[str]") -> list[tuple[str, list[int]]]:
    assert scorer.stdout is not None
    lines = []
    while not lines or lines[-1][0] != "halted":
        lines.append(said(scorer.stdout.readline()))
    scorer.kill()
    scorer.wait()
    scorer.stdout.close()
    return lines


def queue(engine: Engine, make_title: Make, n: int) -> list[int]:
    titles = [make_title(f"Headline {i}", NOW - i * MINUTE, {"BTC"}) for i in range(n)]
    with writing(engine) as connection:
        save_titles(connection, titles)
        assert enqueue_unscored(connection, "v") == n
    return [title.title_id for title in titles]


def take(engine: Engine, limit: int, now: datetime = NOW) -> Claim:
    with writing(engine) as connection:
        return claim_titles(connection, "v", limit, now, lease=10 * MINUTE)


def scored(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return sorted(connection.execute(select(model_predictions.c.title_id)).scalars())


def test_claims_are_newest_first_without_overlap(database: Engine, make_title: Make) -> None:
    ids = queue(database, make_title, 5)
    first, second, third = take(database, 2), take(database, 2), take(database, 9)
    assert [list(claim.titles) for claim in (first, second, third)] == [ids[:2], ids[2:4], ids[4:]]
    assert first.titles[ids[0]] == "Headline 0"
    assert first.until == NOW + 10 * MINUTE
    assert len({first.token, second.token, third.token}) == 3
    assert take(database, 9).titles == {}


def test_ended_or_released_leases_free_titles(database: Engine, make_title: Make) -> None:
    ids = queue(database, make_title, 3)
    lost = take(database, 2)
    assert list(take(database, 9, NOW + 9 * MINUTE).titles) == ids[2:]
    assert list(take(database, 9, NOW + 10 * MINUTE).titles) == ids[:2]
    again = take(database, 9, NOW + 20 * MINUTE)
    with writing(database) as connection:
        assert release_claim(connection, lost.token) == 0
        assert release_claim(connection, again.token) == 3
    assert list(take(database, 9, NOW + 20 * MINUTE).titles) == ids


def test_scored_titles_queued_late_stay_unclaimed(
    database: Engine, make_title: Make, count_queued: Callable[..., Any]
) -> None:
    ids = queue(database, make_title, 2)
    with writing(database) as connection:
        save_predictions(connection, "v", [Prediction(ids[0], (0.0, 0.0, 1.0))], NOW)
        connection.execute(score_queue.insert().values(model_version="v", title_id=ids[0], pub_time=NOW))
    assert list(take(database, 9).titles) == ids[1:]
    with writing(database) as connection:
        assert enqueue_unscored(connection, "v") == 0
        assert count_queued(connection, "v") == 1


def test_queueing_again_keeps_leases_adds_missing(database: Engine, make_title: Make) -> None:
    ids = queue(database, make_title, 3)
    take(database, 1)
    with writing(database) as connection:
        save_titles(connection, [make_title("Later", NOW + MINUTE), make_title("Too old", NOW - 90 * MINUTE)])
        assert count_unscored(connection, "v", since=NOW - 60 * MINUTE) == 4
        assert enqueue_unscored(connection, "v", since=NOW - 60 * MINUTE) == 1
        assert count_unscored(connection, "v") == 5
        assert enqueue_unscored(connection, "other") == 5
        delete_titles(connection, ids[1:2])
    assert list(take(database, 9).titles.values()) == ["Later", "Headline 2"]


def test_postgresql_skips_rows_being_claimed(postgresql_url: str, make_title: Make) -> None:
    engine = open_engine(postgresql_url)
    ids = queue(engine, make_title, 4)
    with writing(engine) as connection:
        claim_titles(connection, "v", 2, NOW)
        assert list(take(engine, 9).titles) == ids[2:]  # neither waits nor takes the uncommitted ones
    engine.dispose()


def test_concurrent_claims_share_the_work(store_url: str, make_title: Make) -> None:
    engine = open_engine(store_url)
    ids = queue(engine, make_title, 200)
    claimed: list[int] = []
    barrier = threading.Barrier(4)

    def claim() -> None:
        mine = open_engine(store_url)
        barrier.wait()
        while titles := take(mine, 7).titles:
            claimed.extend(titles)
        mine.dispose()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A claim that finds every row locked by others is empty, so a thread may leave early; none is claimed twice.
    assert sorted(claimed) == sorted(ids)
    engine.dispose()


@pytest.mark.slow
def test_processes_never_score_one_row_twice(store_url: str, make_title: Make) -> None:
    engine = open_engine(store_url)
    ids = queue(engine, make_title, 120)
    scorers = [start_scorer(store_url, lease=600) for _ in range(3)]
    events = [event for scorer in scorers for event in finish(scorer)]
    for kind in ("claimed", "saved"):
        assert sorted(i for event, batch in events if event == kind for i in batch) == sorted(ids)
    assert scored(engine) == sorted(ids)
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("halt", ["between", "inside"])
def test_a_scorer_killed_anywhere_loses_nothing(
    store_url: str, make_title: Make, halt: str, count_queued: Callable[..., Any]
) -> None:
    engine = open_engine(store_url)
    ids = queue(engine, make_title, 45)
    events = kill_where_it_halts(start_scorer(store_url, lease=2, halt=halt, at=2))
    done = [batch for event, batch in events if event == "saved"]
    assert [len(batch) for batch in done] == [10]
    assert scored(engine) == done[0], "what was not committed is not there"
    held = [batch for event, batch in events if event == "claimed"][-1]

    rest = [i for event, batch in finish(start_scorer(store_url, lease=600)) if event == "saved" for i in batch]
    while len(scored(engine)) < len(ids):  # until the lease of the dead has ended
        rest += [i for event, batch in finish(start_scorer(store_url, lease=600)) if event == "saved" for i in batch]
    assert sorted(done[0] + rest) == sorted(ids), "each once"
    assert set(held) <= set(rest)
    with writing(engine) as connection:
        assert window_sums(connection, "v", NOW - 100 * MINUTE, NOW + MINUTE, "BTC").count == len(ids)
        assert rebuild_rollups(connection, "v") == 0
        assert count_queued(connection, "v") == 0
        assert len(connection.execute(select(news_titles.c.title_id)).all()) == len(ids)
    engine.dispose()
