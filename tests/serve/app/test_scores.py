from hypothesis import given
from hypothesis import strategies as st

from barometer.labels import Label
from serve.app.scores import class_bars, likeliest, percents, stacked_bar


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_per_cents_are_near_the_probabilities_and_sum_to_100(weights: list[float]) -> None:
    probabilities = [weight / sum(weights) for weight in weights]
    whole = percents(probabilities)
    assert sum(whole) == 100
    assert all(abs(percent - 100 * p) < 1 for percent, p in zip(whole, probabilities, strict=True))


def test_thirds_get_what_rounding_leaves() -> None:
    assert percents([1 / 3, 1 / 3, 1 / 3]) == [34, 33, 33]
    assert likeliest([0.2, 0.5, 0.3]) is Label.NEUTRAL


def test_bars_say_their_numbers_in_words() -> None:
    for bars in (stacked_bar([0.125, 0.25, 0.625]), class_bars([0.125, 0.25, 0.625])):
        assert [bars.index(name) for name in ("Negative", "Neutral", "Positive")] == sorted(
            bars.index(name) for name in ("Negative", "Neutral", "Positive")
        )
        assert "25 %" in bars and "width:62.50%" in bars
