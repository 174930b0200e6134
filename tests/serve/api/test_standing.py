from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.records import BarometerReading
from serve.api.standing import ENOUGH, Standing, standing_of

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
EMPTY = BarometerReading(None, None, None, 0, NOW, NOW)


def reading(value: float, margin: float = 0.05, count: int = ENOUGH) -> BarometerReading:
    return BarometerReading(value, value - margin, value + margin, count, NOW, NOW)


@pytest.mark.parametrize(
    ("value", "standing"), [(0.42, "higher"), (0.40, "usual"), (0.36, "usual"), (0.32, "usual"), (0.30, "lower")]
)
def test_only_an_interval_that_leaves_out_the_usual_is_unusual(value: float, standing: str) -> None:
    assert standing_of(reading(value), reading(0.36)) == standing


@given(value=st.floats(0, 1), usual=st.floats(0, 1), margin=st.floats(0, 1))
def test_higher_and_lower_are_mirror_images(value: float, usual: float, margin: float) -> None:
    mirrored = {Standing.HIGHER: Standing.LOWER, Standing.LOWER: Standing.HIGHER, Standing.USUAL: Standing.USUAL}
    assert (
        standing_of(reading(-value, margin), reading(-usual))
        is mirrored[standing_of(reading(value, margin), reading(usual))]
    )


def test_without_headlines_in_either_nothing_is_said() -> None:
    assert standing_of(EMPTY, reading(0.36)) == standing_of(reading(0.36), EMPTY) == Standing.UNKNOWN
    assert standing_of(reading(0.9), reading(0.36, count=ENOUGH - 1)) is Standing.UNKNOWN


def test_every_standing_has_words_of_its_own() -> None:
    assert len({standing.words for standing in Standing}) == 4
