import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from barometer.live.records import BarometerReading
from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version
from serve.api.drawing import DARK, LIGHT
from serve.api.store import BarometerStore
from serve.app.history import (
    FEAR_GREED,
    PRICE,
    WEEK,
    Line,
    MarketError,
    chart_words,
    history_words,
    lines_words,
    read_market,
    windows,
)
from serve.app.plots import days_in_view, history_plot

NOW = datetime(2024, 5, 17, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(database: Engine, save_scored: Callable[..., list[int]]) -> BarometerStore:
    """Ten headlines every six hours of the last days; one of BTC two days ago, and one 400 days ago."""
    rows: list[tuple[datetime, float, tuple[str, ...]]] = [
        (NOW - timedelta(hours=6 * i), 0.4, ()) for i in range(28) for _ in range(10)
    ]
    save_scored(database, "v", [*rows, (NOW - 2 * DAY, 0.9, ("BTC",)), (NOW - 400 * DAY, 0.6, ())])
    with writing(database) as connection:
        activate_version(connection, "v", NOW)
    return BarometerStore(database)


def test_week_is_shown_in_quarter_days(store: BarometerStore) -> None:
    found = windows(store, NOW, WEEK, None)
    assert [window.count for window in found] == [10] * 19 + [11] + [10] * 8
    assert found[-1].since == datetime(2024, 5, 17, 0, tzinfo=UTC)
    assert [window.count for window in windows(store, NOW, WEEK, "BTC")] == [1]
    assert windows(store, NOW, WEEK, "BTC")[0].until - windows(store, NOW, WEEK, "BTC")[0].since == DAY
    assert [window.count for window in windows(store, NOW, WEEK, None, whole_days=True)][-1] == 10


def test_empty_days_have_no_value(store: BarometerStore) -> None:
    found = windows(store, NOW, "all", None)
    assert all(a.until == b.since for a, b in pairwise(found))
    assert (found[0].value, found[1].value, found[-1].value) == (pytest.approx(0.6), None, pytest.approx(0.4))
    assert len(found) == 401
    assert len(windows(store, NOW, "1y", None)) == 8
    assert "392 of 401 days have no headlines" in history_words(found)


def test_nothing_to_show_is_said(store: BarometerStore) -> None:
    assert windows(store, NOW, "30d", "XRP") == []
    assert history_words([]) == "No headlines in this period."


def day(number: int, value: float | None) -> BarometerReading:
    since = datetime(2024, 5, 1, tzinfo=UTC) + number * DAY
    around = (None, None) if value is None else (value - 0.1, value + 0.1)
    return BarometerReading(value, *around, 0 if value is None else 5, since, since + DAY)


def test_gaps_part_line_and_band() -> None:
    found = [day(0, 0.4), day(1, 0.5), day(2, None), day(3, 0.6)]
    band, line = history_plot([Line("All", found)], {}, LIGHT).data
    assert list(line.y) == [40, 50, None, 60]
    assert list(band.y) == pytest.approx([50, 60, 40, 30, None, 70, 50])
    assert band.x[4] is None
    assert line.customdata[0] == "40.0 (30.0 to 50.0), 5 headlines"


def test_two_lines_differ_without_colour() -> None:
    lines = [Line("All", [day(0, 0.4), day(1, 0.5)]), Line("ETH", [day(1, 0.9)])]
    figure = history_plot(lines, {}, DARK)
    one, other = figure.data[1], figure.data[3]
    assert (one.line.dash, other.line.dash) == ("solid", "dashdot")
    assert (one.marker.symbol, other.marker.symbol) == ("circle", "diamond-open")
    assert (figure.data[0].fillpattern.shape, figure.data[2].fillpattern.shape) == (None, "/")
    assert (one.name, other.name) == ("All", "ETH")
    assert list(other.customdata) == ["ETH: 90.0 (80.0 to 100.0), 5 headlines"]
    assert figure.layout.yaxis.range == (30, 100)


def test_plot_says_what_it_shows() -> None:
    lines = [Line("All", [day(0, 0.4), day(1, 0.5), day(2, None)]), Line("ETH", [])]
    said = history_plot(lines, {}, LIGHT).layout.meta["label"]
    assert said == chart_words(lines)
    assert "from 1 May 2024 to 3 May 2024" in said
    assert "All: 10 headlines. Lowest 40.0 on 1 May 2024, highest 50.0 on 2 May 2024" in said
    assert "Latest 50.0 (40.0 to 60.0) on 2 May 2024. ETH: No headlines in this period." in said
    assert lines_words(lines[:1]) == history_words(lines[0].windows)
    assert lines_words(lines).startswith("All: 10 headlines.")


def test_overlays_are_cut_to_the_view() -> None:
    found = [day(i, 0.4) for i in range(4)]
    days = {date(2024, 4, 1): 1.0, date(2024, 5, 2): 20_000.0, date(2024, 5, 3): 21_000.0}
    assert days_in_view(days, found)
    assert not days_in_view({date(2024, 5, 2): 1.0}, found)
    assert not days_in_view(days, [])
    figure = history_plot([Line("All", found)], {PRICE: days, FEAR_GREED: {date(2024, 5, 2): 70.0}}, DARK)
    price, fear = figure.data[2:]
    assert list(price.y) == [20_000, 21_000]
    assert (price.yaxis, fear.yaxis) == ("y2", "y")
    assert figure.layout.yaxis.range == (0, 100)
    assert {trace.line.dash for trace in (price, fear)} == {"dot", "dash"}


def test_changed_market_file_is_read_again(tmp_path: Path) -> None:
    assert read_market(tmp_path, PRICE) == {}
    file = tmp_path / PRICE.file
    file.write_text("date,open,close\n2026-01-01,1,2.5\n2026-01-02,3,4\n")
    assert read_market(tmp_path, PRICE) == {date(2026, 1, 1): 2.5, date(2026, 1, 2): 4.0}
    file.write_text("date,open,close\n2026-01-01,1,9.5\n2026-01-02,3,4\n")
    os.utime(file, ns=(1, 1))
    assert read_market(tmp_path, PRICE)[date(2026, 1, 1)] == 9.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,fng\n2026-01-01,5\n", "no column date"),
        ("", "no column date, fng"),
        ("date,fng\n2026-01-01,5\n01/02/2026,6\n", "line 3.*'01/02/2026' and '6'"),
        ("date,fng\n2026-01-01\n", "line 2.*''"),
        ("date,fng\n2026-01-01,nan\n", "line 2: fng cannot be nan"),
        ("date,fng\n2026-01-01,101\n", "line 2: fng cannot be 101"),
        ("date,fng\n2026-01-01,\udcff\n", "cannot be read as CSV"),
    ],
)
def test_malformed_market_file_is_reported(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FEAR_GREED.file).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(MarketError, match=f"fear_greed.csv.*{said}"):
        read_market(tmp_path, FEAR_GREED)


@given(data=st.binary(max_size=60))
def test_any_market_file_parses_or_fails(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("market")
    (folder / PRICE.file).write_bytes(b"date,close\n" + data)
    try:
        assert all(value >= 0 for value in read_market(folder, PRICE).values())
    except MarketError as error:
        assert PRICE.file in str(error)
