import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from barometer.headline import headline_id
from barometer.live.records import FoundCopy, NewsTitle, Prediction
from barometer.live.store.copies import save_copies
from barometer.live.store.engine import StoreError, open_engine, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.standing import activate_version, record_run
from barometer.live.store.titles import save_titles
from serve.api.data_api import create_data_api
from serve.api.run import opener
from serve.api.store import store_opener

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
VERSION = "0123456789ab"
Row = tuple[str, timedelta, tuple[float, float, float], frozenset[str]]


def row(title: str, hours_ago: float, positive: float, *coins: str) -> Row:
    # What is not positive goes to the likelier of the two other classes where positive is low, so classes are plain.
    rest = 1 - positive
    return title, timedelta(hours=hours_ago), (0.8 * rest, 0.2 * rest, positive), frozenset(coins)


EVERYWHERE = (
    "/positive_score/average_last_hours", "/news/top_k_news_titles", "/news/top_k_news_titles?class_name=positive",
    "/v1/barometer", "/v1/barometer?coin=BTC", "/v1/barometer/history", "/v1/coins", "/v1/news", "/v1/news?coin=BTC",
    "/v1/news?q=guide", "/v1/barometer.json", "/v1/stories", "/v1/stories?coin=BTC",
)  # fmt: skip
ROWS = [
    row("Bitcoin soars", 1, 0.9, "BTC"),
    row("Ether and bitcoin drop", 2, 0.1, "BTC", "ETH"),
    row("Ether jumps", 23, 0.8, "ETH"),
    row("Solana climbs", 30, 0.7, "SOL"),
    row("Litecoin halts", 24 * 5, 0.05),
]


def fill(engine: Engine, rows: Iterable[Row] = ROWS, version: str = VERSION, activated: datetime = NOW) -> None:
    with writing(engine) as connection:
        titles = [
            NewsTitle(headline_id(title), title, "example.org", "https://example.org/1", NOW - ago, NOW, coins)
            for title, ago, _, coins in rows
        ]
        save_titles(connection, titles)
        scores = [Prediction(headline_id(title), probabilities) for title, _, probabilities, _ in rows]
        save_predictions(connection, version, scores, NOW)
        activate_version(connection, version, activated)


@contextmanager
def client_of(run: Any, settings: Any, url: str) -> Iterator[httpx.Client]:
    with run(create_data_api(settings, store_opener(url), clock=lambda: NOW)) as client:
        yield client


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def empty(run: Any, settings_with: Any, store_url: str) -> Iterator[httpx.Client]:
    with client_of(run, settings_with(), store_url) as client:
        yield client


@pytest.fixture
def client(empty: httpx.Client, store: Engine) -> httpx.Client:
    fill(store)
    return empty


def test_average_last_hours_is_bare_number(client: httpx.Client) -> None:
    path = "/positive_score/average_last_hours"
    assert client.get(path, params={"n": 24}).json() == pytest.approx((0.9 + 0.1 + 0.8) / 3, abs=1e-6)
    assert client.get(path).json() == client.get(path, params={"n": 24}).json()
    assert client.get(path, params={"n": 1}).json() == pytest.approx(0.9, abs=1e-6)
    assert client.get(path, params={"n": 8784}).json() == pytest.approx((0.9 + 0.1 + 0.8 + 0.7 + 0.05) / 5, abs=1e-6)


def test_average_for_period_includes_both_days(client: httpx.Client) -> None:
    def ask(start: str, end: str) -> Any:
        answer = client.get("/positive_score/average_for_period", params={"start_date": start, "end_date": end})
        return answer.json()

    assert ask("2024-05-17", "2024-05-17") == pytest.approx(0.5, abs=1e-6)
    assert ask("2024-05-16", "2024-05-17") == pytest.approx((0.9 + 0.1 + 0.8 + 0.7) / 4, abs=1e-6)
    assert ask("2024-05-16T00:00:00Z", "2024-05-16 00:00:00") == pytest.approx(0.75, abs=1e-6)
    assert ask("2024-05-13", "2024-05-15") is None


def test_days_without_headlines_are_left_out(client: httpx.Client) -> None:
    period = {"start_date": "2024-05-14", "end_date": "2024-05-17"}
    answer = client.get("/positive_score/average_per_days", params=period).json()
    assert answer == [
        {"pub_date": "2024-05-17", "avg_positive": pytest.approx(0.5, abs=1e-6)},
        {"pub_date": "2024-05-16", "avg_positive": pytest.approx(0.75, abs=1e-6)},
    ]
    across = client.get("/positive_score/average_per_days?start_date=2024-05-10&end_date=2024-05-16").json()
    assert [day["pub_date"] for day in across] == ["2024-05-16", "2024-05-12"]


def test_top_k_titles_filter_by_class(client: httpx.Client) -> None:
    def ask(**parameters: Any) -> list[dict[str, Any]]:
        return list(client.get("/news/top_k_news_titles", params=parameters).json())

    assert ask(k=1) == [
        {"title": "Bitcoin soars", "source": "example.org", "pub_time": "2024-05-17T11:30:00Z", "positive": 0.9}
    ]
    assert [news["title"] for news in ask()] == [title for title, *_ in ROWS]
    assert [news["title"] for news in ask(class_name="")] == [title for title, *_ in ROWS]
    assert [news["title"] for news in ask(k=2, class_name="Positive")] == ["Bitcoin soars", "Ether jumps"]
    assert [news["title"] for news in ask(class_name="negative")] == ["Ether and bitcoin drop", "Litecoin halts"]
    assert ask(class_name="Neutral") == []


@pytest.mark.parametrize(
    "name", ["Bullish", "POSITIV", "Positive\0", "1", "всё", "x" * 5000, "'; DROP TABLE feeds; --"]
)
def test_unknown_class_is_ignored_with_warning(client: httpx.Client, name: str) -> None:
    answer = client.get("/news/top_k_news_titles", params={"class_name": name})
    assert [news["title"] for news in answer.json()] == [title for title, *_ in ROWS]
    assert answer.headers["Warning"] == '299 - "class_name was ignored: expected one of Negative, Neutral, Positive"'
    known = client.get("/news/top_k_news_titles", params={"class_name": " neGative"})
    assert ("Warning" in known.headers, len(known.json())) == (False, 2)


def test_barometer_has_count_interval_and_age(client: httpx.Client) -> None:
    found = client.get("/v1/barometer").json()
    assert found["value"] == pytest.approx(0.6, abs=1e-6)
    assert (found["score"], found["count"], found["age_seconds"]) == (60.0, 3, 3600.0)
    assert (found["refreshed_at"], found["stale"]) == (None, True)
    assert 0 <= found["interval"]["low"] < found["value"] < found["interval"]["high"] <= 1
    assert (found["since"], found["until"]) == ("2024-05-16T12:30:00Z", "2024-05-17T12:30:00Z")
    assert (found["newest_pub_time"], found["model_version"]) == ("2024-05-17T11:30:00Z", VERSION)
    assert (found["usual"], found["standing"]) == (None, "unknown")


def test_barometer_compares_with_30_days_before(client: httpx.Client, store: Engine) -> None:
    # Outside of the 30 days: the window itself, and what is older.
    fill(store, [row(f"Old {i}", 24 * 31 + 1 + i, 0.99) for i in range(40)])
    fill(store, [row(f"Quiet {i}", 25 + 17 * i, 0.4, "BTC") for i in range(27)])
    assert (client.get("/v1/barometer").json()["usual"], client.get("/v1/barometer?coin=btc").json()["usual"]) == (
        None,
        None,
    )  # 29 headlines with the two of ROWS, 27 of the coin
    fill(store, [row("Quiet still", 26, 0.4, "BTC")])
    found = client.get("/v1/barometer").json()
    assert (found["usual"], found["standing"]) == (pytest.approx((28 * 40 + 70 + 5) / 30, abs=0.051), "usual")
    fill(store, [row(f"Soaring {i}", i / 4, 0.9) for i in range(1, 60)])
    assert client.get("/v1/barometer").json()["standing"] == "higher"
    assert client.get("/v1/barometer", params={"coin": "NOCOIN"}).json()["standing"] == "unknown"


def test_history_by_day_and_hour(client: httpx.Client) -> None:
    days = client.get("/v1/barometer/history", params={"bucket": "day", "hours": 168}).json()
    assert [(day["since"], day["count"]) for day in days] == [
        ("2024-05-17T00:00:00Z", 2), ("2024-05-16T00:00:00Z", 2), ("2024-05-12T00:00:00Z", 1),
    ]  # fmt: skip
    hours = client.get("/v1/barometer/history", params={"hours": 24}).json()
    assert [hour["since"][11:16] for hour in hours] == ["11:00", "10:00", "13:00"]


def test_until_moves_the_window(client: httpx.Client) -> None:
    def ask(until: str) -> tuple[float | None, int, str]:
        found = client.get(f"/v1/barometer?hours=24&until={until}").json()
        return found["score"], found["count"], found["until"]

    assert ask("2024-05-16T12:30:00Z") == (70.0, 1, "2024-05-16T12:30:00Z")
    assert ask("2024-05-16T14:30:00%2B02:00") == ask("2024-05-16T14:30:00+02:00") == ask("2024-05-16T12:30Z")
    assert ask("2024-05-10T12:30:00.000Z") == (None, 0, "2024-05-10T12:30:00Z")


@pytest.mark.parametrize(("hours_ago", "stale"), [(1, False), (12, False), (12.01, True)])
def test_barometer_becomes_stale_after_two_schedules(
    client: httpx.Client, store: Engine, hours_ago: float, stale: bool
) -> None:
    refreshed = NOW - timedelta(hours=hours_ago)
    with writing(store) as connection:
        record_run(connection, "crawl", NOW)
        record_run(connection, "score", refreshed)
    found = client.get("/v1/barometer").json()
    assert (datetime.fromisoformat(found["refreshed_at"]), found["stale"]) == (refreshed, stale)


def test_barometer_and_history_of_one_coin(client: httpx.Client) -> None:
    found = client.get("/v1/barometer", params={"coin": "btc"}).json()
    assert (found["score"], found["count"]) == (50.0, 2)
    days = client.get("/v1/barometer/history", params={"bucket": "day", "hours": 43920, "coin": "ETH"}).json()
    assert [(day["since"][8:10], day["score"]) for day in days] == [("17", 10.0), ("16", 80.0)]
    unknown = client.get("/v1/barometer", params={"coin": "NOCOIN"}).json()
    assert (unknown["score"], unknown["count"], unknown["newest_pub_time"]) == (None, 0, "2024-05-17T11:30:00Z")


def test_coins_have_change_and_days(client: httpx.Client) -> None:
    coins = client.get("/v1/coins", params={"hours": 24, "sparkline_days": 3}).json()
    assert [(coin["coin"], coin["count"], coin["score"]) for coin in coins] == [("BTC", 2, 50.0), ("ETH", 2, 45.0)]
    assert [coin["days"] for coin in coins] == [[None, None, 50.0], [None, 80.0, 10.0]]
    assert [coin["change"] for coin in coins] == [None, None]
    [ether] = [coin for coin in client.get("/v1/coins?hours=12").json() if coin["coin"] == "ETH"]
    assert (ether["change"], len(ether["days"])) == (-70.0, 30)


def test_news_are_filtered_searched_and_paged(client: httpx.Client) -> None:
    def ask(**parameters: Any) -> list[str]:
        return [news["title"] for news in client.get("/v1/news", params=parameters).json()]

    assert client.get("/v1/news", params={"limit": 1, "offset": 1}).json() == [
        {
            "title": "Ether and bitcoin drop", "source": "example.org", "url": "https://example.org/1",
            "pub_time": "2024-05-17T10:30:00Z", "coins": ["BTC", "ETH"], "negative": pytest.approx(0.72),
            "neutral": pytest.approx(0.18), "positive": 0.1, "predicted": "Negative", "news": None, "counted": True,
            "several_coins": True, "outlets": 1, "first_seen": "2024-05-17T10:30:00Z",
        }
    ]  # fmt: skip
    assert ask() == [title for title, *_ in ROWS]
    assert ask(q="BITCOIN drop") == ["Ether and bitcoin drop"]
    assert ask(coin="eth") == ["Ether and bitcoin drop", "Ether jumps"]
    assert ask(coin="ETH", class_name="positive") == ["Ether jumps"]
    assert ask(coin="NOCOIN") == ask(q="%") == ask(offset=5) == []


def test_coin_alone_leaves_others_out(client: httpx.Client) -> None:
    def ask(**parameters: Any) -> tuple[float | None, int]:
        found = client.get("/v1/barometer", params=parameters).json()
        return found["score"], found["count"]

    assert ask(coin="btc", alone=True) == (90.0, 1)
    assert ask(coin="BTC", alone=False) == ask(coin="BTC") == (50.0, 2)
    assert ask(coin="ETH", alone=True, hours=12) == (None, 0)
    coins = client.get("/v1/coins", params={"alone": True, "sparkline_days": 2}).json()
    assert [(coin["coin"], coin["score"], coin["days"]) for coin in coins] == [
        ("BTC", 90.0, [None, 90.0]), ("ETH", 80.0, [80.0, None])
    ]  # fmt: skip
    news = client.get("/v1/news").json()
    assert [item["several_coins"] for item in news] == [False, True, False, False, False]


def other_outlets(store: Engine) -> None:
    """39 headlines of 0.2 a minute apart, and one of 0.95: the outlets are Daily and a'b %."""
    rows = [("Daily" if number else "a'b %", 0.2 if number else 0.95) for number in range(40)]
    titles = [
        NewsTitle(headline_id(f"Other {n}"), f"Other {n}", source, "", NOW - timedelta(minutes=n + 1), NOW)
        for n, (source, _) in enumerate(rows)
    ]
    scores = [
        Prediction(title.title_id, (0.8 * (1 - p), 0.2 * (1 - p), p))
        for title, (_, p) in zip(titles, rows, strict=True)
    ]
    with writing(store) as connection:
        save_titles(connection, titles)
        save_predictions(connection, VERSION, scores, NOW)


def test_outlets_have_share_and_lean(client: httpx.Client, store: Engine) -> None:
    assert [found["lean"] for found in client.get("/v1/outlets").json()] == [None]
    other_outlets(store)
    daily, example, odd = client.get("/v1/outlets", params={"hours": 24}).json()
    assert [found["outlet"] for found in (daily, example, odd)] == ["Daily", "example.org", "a'b %"]
    assert (daily["count"], daily["score"], daily["share"]) == (39, 20.0, pytest.approx(39 / 43))
    assert daily["lean"]["difference"] == pytest.approx(20 - (90 + 10 + 80 + 95) / 4, abs=0.06)
    assert (daily["lean"]["direction"], odd["lean"]["direction"]) == ("negative", "positive")
    assert odd["lean"]["low"] < odd["lean"]["difference"] < odd["lean"]["high"]
    assert client.get("/v1/outlets", params={"limit": 1, "hours": 24}).json() == [daily]
    assert client.get("/v1/outlets", params={"until": "2024-05-01T00:00:00Z"}).json() == []


def test_one_outlet_can_be_asked_for(client: httpx.Client, store: Engine) -> None:
    other_outlets(store)
    asked = {"outlet": "a'b %", "hours": 24}
    found = client.get("/v1/barometer", params=asked).json()
    assert (found["score"], found["count"]) == (95.0, 1)
    [hour] = client.get("/v1/barometer/history", params=asked).json()
    assert (hour["score"], hour["since"]) == (95.0, "2024-05-17T12:00:00Z")
    titles = [item["title"] for item in client.get("/v1/news", params={"outlet": "a'b %"}).json()]
    assert titles == ["Other 0"]
    both = client.get("/v1/news", params={"outlet": "example.org", "coin": "ETH", "class_name": "Positive"}).json()
    assert [item["title"] for item in both] == ["Ether jumps"]
    unknown = client.get("/v1/barometer", params={"outlet": "Nowhere"}).json()
    assert (unknown["score"], unknown["count"]) == (None, 0)
    assert client.get("/v1/news", params={"outlet": "Nowhere"}).json() == []


def test_outlets_may_have_equal_weight(client: httpx.Client, store: Engine) -> None:
    other_outlets(store)
    equal = {"weights": "equal_outlets", "hours": 24}
    found = client.get("/v1/barometer", params=equal).json()
    assert (found["score"], found["count"]) == (pytest.approx((20 + 60 + 95) / 3, abs=0.06), 43)
    by_headline = client.get("/v1/barometer", params={"weights": "equal_headlines"}).json()
    assert by_headline["score"] == client.get("/v1/barometer").json()["score"]
    assert by_headline["score"] == pytest.approx((39 * 20 + 90 + 10 + 80 + 95) / 43, abs=0.06)
    [today, yesterday] = client.get("/v1/barometer/history", params={**equal, "bucket": "day"}).json()
    assert (today["score"], yesterday["score"]) == (pytest.approx((20 + 50 + 95) / 3, abs=0.06), 80.0)


def test_the_service_may_choose_otherwise(run: Any, settings_with: Any, store: Engine, store_url: str) -> None:
    fill(store)
    other_outlets(store)
    chosen = settings_with(weights="equal_outlets", coins_alone=True, database_url=store_url)
    with run(create_data_api(chosen, opener(chosen), clock=lambda: NOW)) as client:

        def ask(path: str = "/v1/barometer", **parameters: Any) -> Any:
            return client.get(path, params=parameters).json()

        assert ask()["score"] == ask(weights="equal_outlets")["score"] != ask(weights="equal_headlines")["score"]
        assert ask("/positive_score/average_last_hours") == ask()["value"]
        assert (ask(coin="BTC")["count"], ask(coin="BTC", alone=False)["count"]) == (1, 2)
        assert [coin["count"] for coin in ask("/v1/coins")] == [1, 1]
        assert ask(outlet="Daily")["count"] == 39
        assert ask("/fng/", coin="BTC")["data"][0]["value"] == "90"


def test_stories_say_who_told_them(client: httpx.Client, store: Engine) -> None:
    def copy(title: str, source: str, like: str, hours_ago: float) -> FoundCopy:
        return FoundCopy(title, source, f"https://{source}/7", NOW - timedelta(hours=hours_ago), like, NOW)

    copies = [copy("Ether and BTC drop", "b.org", "Ether and bitcoin drop", 3),
              copy("Ether and bitcoin drop", "c.org", "Ether and bitcoin drop", 2.5),
              copy("Bitcoin soars!", "example.org", "Bitcoin soars", 1)]  # fmt: skip
    with writing(store) as connection:
        save_copies(connection, copies, {}, timedelta(days=30))
    found = client.get("/v1/stories").json()
    assert [(story["title"], story["outlets"], story["first_seen"]) for story in found] == [
        ("Ether and bitcoin drop", 3, "2024-05-17T09:30:00Z"), ("Bitcoin soars", 1, "2024-05-17T11:30:00Z"),
        ("Ether jumps", 1, "2024-05-16T13:30:00Z"),
    ]  # fmt: skip
    assert found[0]["copies"] == [
        {"title": "Ether and BTC drop", "source": "b.org", "url": "https://b.org/7",
         "pub_time": "2024-05-17T09:30:00Z"},
        {"title": "Ether and bitcoin drop", "source": "c.org", "url": "https://c.org/7",
         "pub_time": "2024-05-17T10:00:00Z"},
    ]  # fmt: skip
    assert (found[0]["positive"], len(found[1]["copies"]), found[2]["copies"]) == (0.1, 1, [])
    listed = {news["title"]: (news["outlets"], news["first_seen"]) for news in client.get("/v1/news").json()}
    assert {story["title"]: (story["outlets"], story["first_seen"]) for story in found}.items() <= listed.items()

    def ask(**parameters: Any) -> list[str]:
        return [story["title"] for story in client.get("/v1/stories", params=parameters).json()]

    assert ask(sort="newest", limit=2) == ["Bitcoin soars", "Ether and bitcoin drop"]
    assert ask(min_outlets=2) == ask(limit=1) == ask(sort="newest", offset=1, limit=1) == ["Ether and bitcoin drop"]
    assert ask(coin="eth", offset=1) == ["Ether jumps"]
    assert ask(until="2024-05-16T12:30:00Z") == ["Solana climbs"]
    assert ask(min_outlets=4) == []


def test_volume_stands_beside_the_mood(client: httpx.Client, store: Engine) -> None:
    assert client.get("/v1/barometer").json()["volume"] == {"count": 3, "usual": None, "z": None}
    past = [row(f"Week {week}, {n}", 168 * week + 1, 0.5, "BTC") for week in range(1, 10) for n in range(10 + week % 2)]
    fill(store, past, activated=NOW - timedelta(days=100))
    found = client.get("/v1/barometer").json()
    assert (found["count"], found["volume"]) == (3, {"count": 3, "usual": 10.5, "z": -2.75})
    assert client.get("/v1/barometer?coin=btc").json()["volume"]["count"] == 2
    assert client.get("/v1/barometer?hours=169").json()["volume"]["z"] is None


def test_not_news_is_listed_on_request(client: httpx.Client, store: Engine) -> None:
    before = {path: client.get(path).json() for path in EVERYWHERE}
    title = NewsTitle(headline_id("Price guide"), "Price guide", "e", "", NOW, NOW, frozenset({"BTC", "ADA"}))
    with writing(store) as connection:
        save_titles(connection, [title])
        score = Prediction(title.title_id, (0.2, 0.2, 0.6), news=0.125, counted=False)
        save_predictions(connection, VERSION, [score], NOW)
    assert {path: client.get(path).json() for path in EVERYWHERE} == before
    found = client.get("/v1/news", params={"include_not_news": True, "coin": "BTC"}).json()
    assert [(news["title"], news["news"], news["counted"]) for news in found][:2] == [
        ("Price guide", 0.125, False), ("Bitcoin soars", None, True)
    ]  # fmt: skip


def test_empty_store_gives_null_not_zero(empty: httpx.Client) -> None:
    period = {"start_date": "2024-05-16", "end_date": "2024-05-17"}
    assert empty.get("/positive_score/average_last_hours").content == b"null"
    assert empty.get("/positive_score/average_for_period", params=period).content == b"null"
    days = empty.get("/positive_score/average_per_days", params=period).json()
    assert days == []
    assert empty.get("/news/top_k_news_titles").json() == []
    found = empty.get("/v1/barometer").json()
    assert (found["value"], found["score"], found["interval"]) == (None, None, {"low": None, "high": None})
    assert (found["count"], found["age_seconds"], found["model_version"]) == (0, None, None)
    assert empty.get("/v1/barometer/history").json() == empty.get("/v1/coins").json() == []
    assert empty.get("/v1/news?q=a&coin=BTC").json() == empty.get("/v1/stories").json() == []
    assert found["volume"] == {"count": 0, "usual": None, "z": None}
    assert empty.get("/health").json()["ready"] is True


def test_new_version_is_shown_at_once(client: httpx.Client, store: Engine) -> None:
    fill(store, [row("Bitcoin soars", 1, 0.3, "BTC")], version="ffffffffffff", activated=NOW + timedelta(seconds=1))
    assert client.get("/positive_score/average_last_hours").json() == pytest.approx(0.3, abs=1e-6)
    assert client.get("/health").json()["model_version"] == "ffffffffffff"


BAD = [
    ("/positive_score/average_last_hours", {"n": value})
    for value in ("0", "-1", "2147483648", "8785", "1e3", "NaN", "inf", "", "\0", "24\0", "\ufffd", "1.5")
]
BAD += [
    (path, {"start_date": start, "end_date": end})
    for path in ("/positive_score/average_for_period", "/positive_score/average_per_days")
    for start, end in (
        ("2024-05-17", "2024-05-16"), ("2024-02-30", "2024-05-16"), ("0001-01-01", "2024-05-16"),
        ("2024-05-16", "9999-12-31"), ("2024-05-16", "99999-01-01"), ("1999-12-31", "2000-01-01"),
        ("2000-01-01", "2099-12-31"), ("1715904000", "1715990400"), ("NaN", "2024-05-16"), ("", ""),
        ("2024-05-16\0", "2024-05-17"), ("2024-05-16T13:00:00Z", "2024-05-17"), ("٢٠٢٤-05-16", "2024-05-17"),
        ("2024-05-16", "2024-05-17T00:00:00+09:00"),
    )
]  # fmt: skip
BAD += [("/positive_score/average_for_period", {}), ("/positive_score/average_per_days", {"start_date": "2024-05-16"})]
BAD += [
    ("/news/top_k_news_titles", parameters)
    for parameters in ({"k": "0"}, {"k": "101"}, {"k": "2147483648"}, {"k": "9" * 5000})
]
BAD += [("/v1/barometer", {"hours": "0"}), ("/v1/coins", {"hours": "x"}), ("/v1/coins", {"sparkline_days": "91"})]
BAD += [
    (path, parameters)
    for path in ("/v1/barometer", "/v1/barometer/history")
    for parameters in (
        {"coin": "BTC", "outlet": "Daily"}, {"alone": "true"}, {"weights": "equal_outlets", "coin": "BTC"},
        {"weights": "equal_outlets", "outlet": "Daily"}, {"weights": "by_size"}, {"alone": "perhaps"},
        {"outlet": "x" * 201}, {"outlet": "a\0b"},
    )
]  # fmt: skip
BAD += [("/v1/outlets", {"limit": "0"}), ("/v1/outlets", {"hours": "8785"}), ("/v1/news", {"outlet": "x" * 201})]
BAD += [("/v1/barometer", {"coin": coin}) for coin in ("B-T", "BTC\0", "\u0412TC", "B" * 13, "BTC\n", "' OR 1")]
BAD += [
    ("/v1/barometer", {"until": until})
    for until in (
        "2024-05-17", "2024-05-17T08:30:00", "1715904000", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "now", "",
        "2024-05-17T25:00:00Z", "2024-05-17T08:30:00Z\0", "1999-12-31T23:59:59-23:59", "2100-01-01T00:00:00+99:99",
    )
]  # fmt: skip
BAD += [
    ("/v1/barometer/history", parameters)
    for parameters in ({"bucket": "week"}, {"hours": "8785"}, {"hours": "43921", "bucket": "day"}, {"coin": "?"})
]
BAD += [
    ("/v1/news", parameters)
    for parameters in (
        {"limit": "0"}, {"limit": "101"}, {"offset": "-1"}, {"offset": "10001"}, {"q": "x" * 201}, {"q": "a\0b"},
        {"class_name": "Bullish"}, {"coin": "B T"}, {"include_not_news": "perhaps"}, {"class_name": "Positive\0"},
        {"class_name": "1"}, {"class_name": "'; DROP TABLE news_titles; --"},
    )
]  # fmt: skip
BAD += [
    ("/v1/stories", parameters)
    for parameters in (
        {"limit": "101"}, {"offset": "-1"}, {"hours": "745"}, {"hours": "0"}, {"sort": "oldest"}, {"min_outlets": "0"},
        {"min_outlets": "1001"}, {"coin": "B T"}, {"until": "now"},
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(run: Any, settings_with: Any, sqlite_template: Path) -> Iterator[httpx.Client]:
    with client_of(run, settings_with(), f"sqlite:///{sqlite_template}") as client:
        yield client


@pytest.mark.parametrize(("path", "parameters"), BAD)
def test_bad_parameters_are_named(reader: httpx.Client, path: str, parameters: dict[str, str]) -> None:
    answer = reader.get(path, params=parameters)
    assert answer.status_code == 422
    for problem in answer.json()["detail"]:
        assert problem["loc"][0] == "query"
        assert problem["msg"]
    assert len(answer.content) < 1000


@pytest.mark.parametrize("query", ["n=%ff", "n=%00", "n=%ed%a0%80", "n=%", "n=1;n=2"])
def test_queries_that_are_not_text_fail(reader: httpx.Client, query: str) -> None:
    assert reader.get(f"/positive_score/average_last_hours?{query}").status_code == 422


@pytest.mark.parametrize("value", ["2024-05-17", "2024-05-17T00:00", "2024-05-17 00:00:00", "2024-05-17T00:00:00.000Z"])
def test_midnight_stands_for_its_day(reader: httpx.Client, value: str) -> None:
    answer = reader.get("/positive_score/average_per_days", params={"start_date": value, "end_date": value})
    assert (answer.status_code, answer.json()) == (200, [])


def test_store_without_tables_is_not_ready(run: Any, settings_with: Any, tmp_path: Path) -> None:
    with client_of(run, settings_with(), f"sqlite:///{tmp_path}/new.db") as client:
        health = client.get("/health")
        assert (health.status_code, health.json()["alive"], health.json()["ready"]) == (503, True, False)
        assert "barometer db upgrade" in health.json()["reason"]
        assert client.get("/health/live").status_code == 200
        answer = client.get("/v1/barometer")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert "barometer db upgrade" in answer.text


def test_database_outage_is_survived(run: Any, settings_with: Any, postgresql_url: str, postgresql_server: Any) -> None:
    engine = open_engine(postgresql_url)
    fill(engine)
    engine.dispose()
    name = engine.url.database
    administration = open_engine(postgresql_server.render_as_string(hide_password=False))

    def execute(*statements: str) -> None:
        with administration.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    with client_of(run, settings_with(), postgresql_url) as client:
        assert client.get("/v1/barometer").status_code == 200
        execute(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        answer = client.get("/v1/barometer")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert "FATAL" not in answer.text
        assert client.get("/health").status_code == 503
        execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert client.get("/v1/barometer").json()["count"] == 3
    administration.dispose()


def test_broken_url_fails_before_startup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected sqlite"):
        store_opener("mysql://me:secret@db/news")
    with pytest.raises(StoreError, match="no folder"):
        store_opener(f"sqlite:///{tmp_path}/nowhere/barometer.db")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_documentation_needs_no_other_host(reader: httpx.Client, path: str) -> None:
    page = reader.get(path).text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any(file.endswith(".js") for file in files)
    assert [file for file in files if reader.get(file).status_code != 200] == []
    assert all(file.startswith("/") for file in files)


def test_openapi_has_the_bounds_and_examples(reader: httpx.Client) -> None:
    paths = reader.get("/openapi.json").json()["paths"]
    assert {
        "/positive_score/average_last_hours", "/positive_score/average_for_period", "/positive_score/average_per_days",
        "/news/top_k_news_titles", "/v1/barometer", "/v1/barometer/history", "/v1/coins", "/v1/news", "/v1/outlets",
        "/v1/stories", "/v1/alerts", "/v1/badge.svg", "/v1/widget", "/v1/barometer.rss", "/v1/barometer.json", "/fng/",
        "/v1/card.png", "/v1/history.csv", "/v1/history.parquet",
        "/health", "/health/live", "/metrics",
    } == set(paths)  # fmt: skip
    [k, class_name] = paths["/news/top_k_news_titles"]["get"]["parameters"]
    assert (k["schema"]["minimum"], k["schema"]["maximum"], k["schema"]["default"]) == (1, 100, 10)
    assert "Positive" in str(class_name["schema"])
    [start, _] = paths["/positive_score/average_per_days"]["get"]["parameters"]
    assert (start["name"], start["required"], start["schema"]["format"]) == ("start_date", True, "date")


def test_more_requests_than_database_connections(client: httpx.Client) -> None:
    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(lambda _: client.get("/v1/barometer").status_code, range(96)))
    assert statuses == [200] * 96
