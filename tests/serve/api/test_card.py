import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from barometer.labels import Label
from barometer.live.records import BarometerReading
from serve.api.card import Card, Pictures, Point, draw
from serve.api.data_schemas import Barometer, Interval, WindowVolume
from serve.api.drawing import LIGHT
from serve.api.errors import NotReadyError
from serve.api.preview import card_of
from serve.api.words import Standing

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
shares = st.floats(0, 1)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)  # one line


def card(number: str = "47.2", tone: Label = Label.POSITIVE, runs: tuple[tuple[Point, ...], ...] = ()) -> Card:
    return Card("Bitcoin (BTC)", "17 May 2024", number, "More positive", tone, ("a", "b"), runs, ("since", "lowest"))


def picture(drawn: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn))


def colours(drawn: bytes) -> set[object]:
    return {colour for _, colour in picture(drawn).getcolors(1_000_000) or ()}


def reading(day: int, value: float) -> BarometerReading:
    since = datetime(2024, 5, day, tzinfo=UTC)
    return BarometerReading(value, value - 0.1, value + 0.1, 4, since, since + DAY)


def barometer(value: float | None, *, stale: bool = False) -> Barometer:
    return Barometer(
        value=value, score=None if value is None else 100 * value, count=0 if value is None else 3, since=NOW - DAY,
        interval=Interval(low=value and value - 0.1, high=value and value + 0.1), until=NOW, newest_pub_time=NOW,
        age_seconds=0, model_version="v", refreshed_at=NOW, stale=stale, usual=40, standing=Standing.HIGHER,
        volume=WindowVolume.compared(3, ()),
    )  # fmt: skip


@pytest.mark.parametrize("tone", Label)
def test_picture_has_size_and_tone(tone: Label) -> None:
    drawn = draw(card(tone=tone))
    assert (picture(drawn).format, picture(drawn).size) == ("PNG", (1200, 630))
    assert ImageColor.getrgb(LIGHT.classes[tone]) in colours(drawn)
    assert not {ImageColor.getrgb(LIGHT.classes[other]) for other in Label if other != tone} & colours(drawn)


def test_days_without_headlines_are_gaps() -> None:
    first = (Point(0, 0.4, 0.3, 0.5), Point(0.2, 0.5, 0.4, 0.6))
    last = (Point(0.8, 0.5, 0.4, 0.6), Point(1, 0.6, 0.5, 0.7))
    apart, joined = picture(draw(card(runs=(first, last)))), picture(draw(card(runs=(first + last,))))
    middle = [(600, y) for y in range(394, 532)]
    assert {apart.getpixel(at) for at in middle} == {ImageColor.getrgb(LIGHT.background)}
    assert ImageColor.getrgb(LIGHT.accent) in {joined.getpixel(at) for at in middle}


@settings(max_examples=8, deadline=None)
@given(
    made=st.builds(
        Card, texts, texts, texts, texts, st.sampled_from(Label), st.tuples(texts, texts),
        st.lists(st.lists(st.builds(Point, shares, shares, shares, shares), min_size=1, max_size=4).map(tuple),
                 max_size=3).map(tuple),
        st.tuples(texts, texts),
    )
)  # fmt: skip
def test_any_card_can_be_drawn(made: Card) -> None:
    assert picture(draw(made)).size == (1200, 630)


def test_card_says_number_interval_and_days() -> None:
    made = card_of(barometer(0.472), [reading(1, 0.4), reading(2, 0.6), reading(5, 0.5)], "BTC")
    assert (made.subject, made.number, made.date) == ("Bitcoin (BTC)", "47.2", "17 May 2024")
    assert (made.standing, made.tone) == ("More positive than usual", Label.POSITIVE)
    assert made.facts == ("95% interval 37.2 to 57.2", "3 headlines in the last 24 hours")
    assert made.caption == ("Day by day since 1 May 2024", "lowest 40.0, highest 60.0")
    assert [[point.x for point in run] for run in made.runs] == [[0, 0.25], [1]]


def test_card_says_what_is_missing() -> None:
    made = card_of(barometer(None, stale=True), [], "NOPE")
    assert (made.subject, made.number, made.standing, made.runs) == ("NOPE", "no data", "", ())
    assert made.facts == ("0 headlines in the last 24 hours, stale",)
    assert made.caption[0] == "No headlines in this period"


def counting(drawn: list[Card]) -> Callable[[Card], bytes]:
    return lambda made: drawn.append(made) or made.number.encode()  # type: ignore[func-returns-value]


def test_equal_cards_are_drawn_once() -> None:
    drawn: list[Card] = []
    pictures = Pictures(counting(drawn), kept=2)
    assert [pictures.of(card(number)) for number in "1121"] == [b"1", b"1", b"2", b"1"]
    assert len(drawn) == 2
    pictures.of(card("3"))
    pictures.of(card("1"))  # forgotten when the third came
    assert [made.number for made in drawn] == ["1", "2", "3", "1"]


def test_few_may_wait_for_a_picture() -> None:
    started, over = Event(), Event()

    def slow(made: Card) -> bytes:
        started.set()
        assert over.wait(30)
        return made.number.encode()

    pictures = Pictures(slow, waiting=1)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(pictures.of, card("1"))
        assert started.wait(30)
        with pytest.raises(NotReadyError, match="too many pictures"):
            pictures.of(card("2"))
        over.set()
        assert first.result(30) == b"1"
    assert pictures.of(card("2")) == b"2"
