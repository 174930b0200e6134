"""The threshold loses little news of any class, and the area is that of the curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from barometer.models.news import area_under_curve, called_news, choose_threshold

LABELS = np.arange(600) % 3


def news_of_classes(rng: np.random.Generator) -> tuple["np.ndarray", "np.ndarray"]:
    """Probabilities and shares of 600 headlines, a tenth no news; those of class 1 look the least like news."""
    shares = (rng.random(600) > 0.1).astype(float)
    logits = 2.5 * shares - 1.2 * (LABELS == 1) + rng.normal(size=600)
    return 1 / (1 + np.exp(-logits)), shares


@pytest.mark.parametrize("most_lost", [0.0, 0.02, 0.1])
def test_no_class_loses_more_than_allowed(most_lost: float) -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    threshold = choose_threshold(news, shares, LABELS, most_lost)
    assert threshold is not None
    lost = [(news[(shares == 1) & (c == LABELS)] < threshold).mean() for c in range(3)]
    assert max(lost) <= most_lost
    higher = np.nextafter(np.sort(news[news > threshold])[0], 1)
    assert max((news[(shares == 1) & (c == LABELS)] < higher).mean() for c in range(3)) >= min(most_lost, max(lost))


def test_a_stricter_limit_lowers_the_threshold() -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    found = [choose_threshold(news, shares, LABELS, lost) or 0 for lost in (0.0, 0.02, 0.1, 0.3)]
    assert found == sorted(found) and found[0] < found[-1]


def test_headlines_nobody_was_asked_about_change_nothing() -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    with_unasked = np.append(shares, [np.nan] * 50)
    found = choose_threshold(np.append(news, np.zeros(50)), with_unasked, np.append(LABELS, np.zeros(50)))
    assert found == choose_threshold(news, shares, LABELS)


@pytest.mark.parametrize("shares", [np.full(600, np.nan), np.ones(600), np.zeros(600)])
def test_one_kind_of_headline_gives_no_threshold(shares: "np.ndarray") -> None:
    assert choose_threshold(np.linspace(0, 1, 600), shares, LABELS) is None


def test_a_model_that_cannot_tell_gives_no_threshold() -> None:
    assert choose_threshold(np.ones(600), news_of_classes(np.random.default_rng(1))[1], LABELS) is None


def test_half_of_those_asked_make_it_news() -> None:
    assert called_news(np.array([1, 0.5, 0.4, np.nan])).tolist() == [True, True, False, False]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_scikit_learns(rows: list[tuple[float, bool]]) -> None:
    news, real = np.array([p for p, _ in rows]), np.array([r for _, r in rows])
    if real.all() or not real.any():
        with pytest.raises(ValueError, match="a ROC curve needs both"):
            area_under_curve(news, real)
        return
    found = area_under_curve(news, real)
    assert found.value == pytest.approx(roc_auc_score(real, news))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_interval_is_that_of_the_papers_example() -> None:
    # Area .893 of 51 and 58: standard error .0325 by equation 2, with Q1 and Q2 of the exponential model.
    others = np.arange(1, 59) / 100
    news = np.array([1.0] * 45 + [0.32] + [-1.0] * 5)
    found = area_under_curve(np.append(news, others), np.repeat([True, False], [51, 58]))
    assert found.value == pytest.approx(0.893, abs=5e-4)
    assert (found.value - found.low) / 1.96 == pytest.approx(0.0325, abs=1e-4)
