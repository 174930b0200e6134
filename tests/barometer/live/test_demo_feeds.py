"""The demo without a network: headlines -> RSS files -> local server -> crawl -> store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from barometer.live.check_feeds import check_feeds, check_lines
from barometer.live.crawl import crawl_feeds
from barometer.live.demo_feeds import HISTORY, demo_settings, serve_folder, write_feeds
from barometer.live.parsing.parse import parse_feed
from barometer.live.settings import FeedsSettings, load_feeds
from barometer.live.summary import Outcome

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
COINS = ("Bitcoin", "Solana", "Cardano", "Monero", "Tezos", "Filecoin")
VERBS = ("rises after", "falls despite", "waits for", "recovers from", "ignores", "suffers under")
ROWS = [
    (f"{coin} {verb} the {noun} & <rules>", source)
    for coin in COINS
    for verb, noun in zip(VERBS, ("ruling", "outage", "upgrade", "hack", "forecast", "tax"), strict=True)
    for source in [("Daily & Sons", "Ledger <News>", "")[len(coin + verb) % 3]]
]


def test_files_hold_every_dated_headline(tmp_path: Path) -> None:
    files = write_feeds(ROWS, tmp_path / "feeds", NOW)
    assert set(files) == {"Daily & Sons", "Ledger <News>", "demo"}
    feeds = [parse_feed(path.read_bytes(), {}, "https://example.org", NOW) for path in files.values()]
    entries = [entry for feed in feeds for entry in feed.entries]
    assert {entry.title for entry in entries} == {title.replace("<rules>", "").strip() for title, _ in ROWS}
    times = sorted(entry.pub_time for entry in entries)
    assert times[-1] == NOW
    assert NOW - HISTORY < times[0] < NOW - HISTORY + timedelta(days=2)
    assert len(set(times)) == len(ROWS)
    assert len({entry.url for entry in entries}) == len(ROWS)
    assert sum(feed.future + feed.without_date + feed.without_title for feed in feeds) == 0


def test_served_files_are_crawled_then_304(tmp_path: Path, store: Any) -> None:
    files = write_feeds(ROWS, tmp_path, NOW)
    with serve_folder(tmp_path) as base:
        values = {"addresses": [], "filters": {"order": ["recent", "words", "verb"]}}
        settings = demo_settings(FeedsSettings.model_validate(values), base, files)
        first = crawl_feeds(settings, store, clock=lambda: NOW)
        second = crawl_feeds(settings, store, clock=lambda: NOW + timedelta(hours=2))
    assert [feed.outcome for feed in first.feeds] == [Outcome.OK] * 3
    assert first.new == len(store.titles) == len(ROWS)
    assert {title.source for title in store.titles.values()} == set(files)
    assert [feed.outcome for feed in second.feeds] == [Outcome.NOT_MODIFIED] * 3


def test_check_reports_dead_stale_and_moved(server: Any, reply: Any, make_rss: Any) -> None:
    server.replies["/good"] = reply(make_rss("Bitcoin rises"))
    server.replies["/stale"] = reply(make_rss("Bitcoin rises", date="Mon, 17 Aug 2020 10:00:00 GMT"))
    server.replies["/moved"] = reply(status=301, headers={"Location": "/good"})
    server.replies["/empty"] = reply(make_rss())
    urls = [server.url(path) for path in ("/good", "/stale", "/moved", "/empty", "/dead")]
    settings = FeedsSettings.model_validate({"addresses": urls, "fetch": {"allow_hosts": ["127.0.0.1"]}})
    lines = check_lines(check_feeds(settings), NOW)
    assert lines == [
        f"dead   {urls[3]}: no entry with title and date",
        f"dead   {urls[4]}: HTTP 404",
        f"stale  {urls[1]}: newest entry 2020-08-17",
        f"moved  {urls[2]}: now at {urls[0]}",
        "5 feeds: 3 alive, 2 dead, 1 stale",
    ]


def test_check_tells_who_says_304_always(server: Any, reply: Any, make_rss: Any) -> None:
    def honest(request: Any) -> Any:
        known = request.headers.get("if-none-match") == '"1"'
        return reply(status=304) if known else reply(make_rss("Bitcoin rises"), headers={"ETag": '"1"'})

    def stuck(request: Any) -> Any:
        known = {"if-none-match", "if-modified-since"} & set(request.headers)
        return reply(status=304) if known else reply(make_rss("Bitcoin rises"), headers={"Last-Modified": "ever"})

    server.replies |= {"/honest": honest, "/stuck": stuck}
    server.replies["/plain"] = reply(make_rss("Bitcoin rises"))
    server.replies["/ahead"] = reply(
        make_rss("Bitcoin rises"), headers={"Last-Modified": "Tue, 01 Jan 2999 10:00:00 GMT"}
    )
    urls = [server.url(path) for path in ("/honest", "/stuck", "/plain", "/ahead", "/missing")]
    settings = FeedsSettings.model_validate({"addresses": urls, "fetch": {"allow_hosts": ["127.0.0.1"]}})
    assert check_lines(check_feeds(settings), NOW) == [
        f"dead   {urls[4]}: HTTP 404",
        f"stuck  {urls[1]}: stale validators: answers 304 to validators that it never gave",
        f"stuck  {urls[3]}: stale validators: Last-Modified is in the future: Tue, 01 Jan 2999 10:00:00 GMT",
        "5 feeds: 4 alive, 1 dead, 0 stale, 2 stuck",
    ]
    assert (len(server.asked("/plain")), len(server.asked("/honest"))) == (1, 2)


def test_the_default_list_is_valid() -> None:
    settings = load_feeds(Path(__file__).parents[3] / "conf" / "feeds" / "default.yaml")
    assert len(settings.addresses) == 84
    assert settings == FeedsSettings(addresses=settings.addresses)  # the file says what the defaults say
    assert {feed.url.partition(":")[0] for feed in settings.addresses} == {"http", "https"}


@pytest.mark.real_data
def test_real_feeds_give_english_titles_only(real_corpora: Path, store: Any) -> None:
    folder = real_corpora / "feeds"
    files = {path.name: path for path in sorted(folder.glob("*.xml"))}
    moment = datetime(2026, 8, 17, 18, tzinfo=UTC)
    values = {"addresses": (), "filters": {"order": ("english",)}}
    with serve_folder(folder) as base:
        settings = demo_settings(FeedsSettings.model_validate(values), base, files)
        summary = crawl_feeds(settings, store, clock=lambda: moment)
    kept = dict.fromkeys(files, 0) | {feed.source: feed.new for feed in summary.feeds}
    assert {name: n for name, n in kept.items() if "_zh_" in name} == {name: 0 for name in files if "_zh_" in name}
    assert [n for name, n in sorted(kept.items()) if "_zh_" not in name] == [2, 28]
    assert summary.dropped == {"english": 65}
    assert not any(feed.reason for feed in summary.feeds)
    assert all(title.title.isascii() for title in store.titles.values())
