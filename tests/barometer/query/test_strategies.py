import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from skactiveml.pool import batch_bald, uncertainty_scores, variation_ratios

from barometer.query.strategies import (
    STRATEGIES,
    bald,
    entropy,
    least_confidence,
    margin,
    no_preference,
    variation_ratio,
)

Array = NDArray[np.float64]
SCORED = [name for name, strategy in STRATEGIES.items() if strategy.score is not None]

# Rows of one table of four headlines, and what each score makes of them.
TABLE = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.6, 0.3, 0.1], [1 / 3, 1 / 3, 1 / 3]])


def test_scores_by_hand() -> None:
    np.testing.assert_allclose(least_confidence(TABLE), [0, 0.5, 0.4, 2 / 3])
    np.testing.assert_allclose(margin(TABLE), [0, 1, 0.7, 1])
    thirds = -(0.6 * np.log(0.6) + 0.3 * np.log(0.3) + 0.1 * np.log(0.1))
    np.testing.assert_allclose(entropy(TABLE), [0, np.log(2), thirds, np.log(3)], atol=1e-15)
    assert no_preference(TABLE).tolist() == [0, 0, 0, 0]


def test_monte_carlo_scores_by_hand() -> None:
    agree = [[0.5, 0.5, 0]] * 4  # unsure, but every draw says the same: nothing to learn about the model
    differ = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]  # each draw is certain, and they contradict each other
    samples = np.array([agree, differ], dtype=float).transpose(1, 0, 2)
    np.testing.assert_allclose(variation_ratio(samples), [0, 0.5])
    mixed = -(0.5 * np.log(0.5) + 2 * 0.25 * np.log(0.25))
    np.testing.assert_allclose(bald(samples), [0, mixed], atol=1e-15)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(least_confidence, "least_confident"), (margin, "margin_sampling"), (entropy, "entropy")],
)
def test_scores_equal_scikit_activeml(ours: object, theirs: str, probabilities: Array) -> None:
    assert callable(ours)
    np.testing.assert_allclose(ours(probabilities), uncertainty_scores(probabilities, method=theirs))
    np.testing.assert_allclose(ours(TABLE), uncertainty_scores(TABLE, method=theirs), atol=1e-12)


def test_variation_ratio_equals_scikit_activeml(samples: Array) -> None:
    np.testing.assert_allclose(variation_ratio(samples), variation_ratios(samples.argmax(axis=2).T))


def test_bald_equals_scikit_activeml(samples: Array) -> None:
    np.testing.assert_allclose(bald(samples), batch_bald(samples.copy(), batch_size=1)[0], rtol=1e-6)


@pytest.fixture
def given_to(probabilities: Array, samples: Array) -> dict[str, Array]:
    """What a score may need, by name."""
    return {"probabilities": probabilities, "samples": samples}


@pytest.mark.parametrize("name", SCORED)
class TestEveryScore:
    """The contract that every scoring strategy keeps."""

    def score(self, name: str, beliefs: Array) -> Array:
        rule = STRATEGIES[name].score
        assert rule is not None
        return np.asarray(rule(beliefs))

    def test_one_finite_score_per_candidate(self, name: str, given_to: dict[str, Array]) -> None:
        scores = self.score(name, given_to[STRATEGIES[name].needs])
        assert scores.shape == (60,)
        assert np.isfinite(scores).all()
        assert (scores >= 0).all()

    def test_candidate_order_is_irrelevant(self, name: str, given_to: dict[str, Array]) -> None:
        beliefs = given_to[STRATEGIES[name].needs]
        order = np.random.default_rng(5).permutation(60)
        permuted = self.score(name, beliefs[..., order, :])
        np.testing.assert_allclose(permuted, self.score(name, beliefs)[order], rtol=1e-12, atol=1e-12)

    def test_class_order_is_irrelevant(self, name: str, given_to: dict[str, Array]) -> None:
        beliefs = given_to[STRATEGIES[name].needs]
        np.testing.assert_allclose(self.score(name, beliefs[..., ::-1]), self.score(name, beliefs), atol=1e-12)

    def test_leaves_its_input_alone(self, name: str, given_to: dict[str, Array]) -> None:
        beliefs = given_to[STRATEGIES[name].needs]
        before = beliefs.copy()
        self.score(name, beliefs)
        np.testing.assert_array_equal(beliefs, before)

    def test_certainty_scores_zero(self, name: str, given_to: dict[str, Array]) -> None:
        certain = np.zeros_like(given_to[STRATEGIES[name].needs])
        certain[..., 1] = 1
        np.testing.assert_allclose(self.score(name, certain), 0, atol=1e-12)


_ROWS = arrays(float, st.tuples(st.integers(1, 8), st.just(3)), elements=st.floats(0, 1)).filter(
    lambda rows: bool((rows.sum(axis=1) > 0.01).all())
)


@given(_ROWS)
def test_scores_stay_within_their_bounds(rows: Array) -> None:
    probabilities = rows / rows.sum(axis=1, keepdims=True)
    assert (entropy(probabilities) <= np.log(3) + 1e-9).all()
    assert (least_confidence(probabilities) <= 2 / 3 + 1e-9).all()
    assert (margin(probabilities) <= 1 + 1e-9).all()


@given(arrays(float, (4, 3, 3), elements=st.floats(0.01, 1)))
def test_bald_is_bounded_by_entropy(draws: Array) -> None:
    samples = draws / draws.sum(axis=2, keepdims=True)
    assert (bald(samples) >= 0).all()
    assert (bald(samples) <= entropy(samples.mean(axis=0)) + 1e-9).all()
