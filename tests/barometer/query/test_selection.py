import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from barometer.query.selection import select, top
from barometer.query.strategies import STRATEGIES

Array = NDArray[np.float64]


def test_selection_needs_only_numpy() -> None:
    program = """
import sys
import numpy as np
from barometer.query.selection import select
chosen = select("margin", np.array([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25]]), 1, np.random.default_rng(0))
assert chosen.tolist() == [1], chosen
heavy = {"torch", "sklearn", "pandas", "scipy", "pydantic", "transformers", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_highest_first_ties_random() -> None:
    scores = np.array([0.0, 2.0, 1.0, 1.0])
    chosen = {tuple(top(scores, 3, np.random.default_rng(seed)).tolist()) for seed in range(20)}
    assert chosen == {(1, 2, 3), (1, 3, 2)}


def test_random_sampling_is_uniform(probabilities: Array) -> None:
    drawn = [select("random", probabilities, 6, np.random.default_rng(seed)) for seed in range(1000)]
    counts = np.bincount(np.concatenate(drawn), minlength=60)
    assert counts.min() > 60  # of 100 expected
    assert counts.max() < 140


@pytest.mark.parametrize("name", STRATEGIES)
class TestEveryStrategy:
    """The contract that every strategy keeps, whether it scores or chooses a batch."""

    @pytest.fixture
    def given(self, samples: Array, vectors: Array, labelled: Array) -> dict[str, Array]:
        return {"samples": samples, "vectors": vectors, "labelled": labelled}

    @pytest.mark.parametrize("k", [0, 1, 7, 60])
    def test_chooses_distinct_candidates(
        self, name: str, k: int, probabilities: Array, given: dict[str, Array]
    ) -> None:
        chosen = select(name, probabilities, k, np.random.default_rng(0), **given)
        assert chosen.shape == (k,)
        assert len(set(chosen.tolist())) == k
        assert set(chosen.tolist()) <= set(range(60))

    def test_same_seed_chooses_the_same(self, name: str, probabilities: Array, given: dict[str, Array]) -> None:
        first, second = (select(name, probabilities, 9, np.random.default_rng(3), **given) for _ in range(2))
        assert first.tolist() == second.tolist()

    def test_leaves_its_input_alone(self, name: str, probabilities: Array, given: dict[str, Array]) -> None:
        before = [array.copy() for array in (probabilities, *given.values())]
        select(name, probabilities, 9, np.random.default_rng(0), **given)
        for array, copy in zip((probabilities, *given.values()), before, strict=True):
            np.testing.assert_array_equal(array, copy)

    def test_order_of_candidates_is_irrelevant(self, name: str, probabilities: Array, given: dict[str, Array]) -> None:
        if name in {"random", "badge", "variation_ratio"}:
            pytest.skip("draws, or has ties that are drawn")
        order = np.random.default_rng(5).permutation(60)
        moved = {"samples": given["samples"][:, order], "vectors": given["vectors"][order]}
        chosen = select(name, probabilities, 9, np.random.default_rng(0), **given)
        again = select(name, probabilities[order], 9, np.random.default_rng(1), **(given | moved))
        assert order[again].tolist() == chosen.tolist()

    def test_missing_input_is_named(self, name: str, probabilities: Array) -> None:
        needs = STRATEGIES[name].needs
        if needs == "probabilities":
            assert len(select(name, probabilities, 2, np.random.default_rng(0))) == 2
        else:
            with pytest.raises(ValueError, match=f"'{name}' needs {needs}, and none were given"):
                select(name, probabilities, 2, np.random.default_rng(0))


def test_unknown_strategy_names_known_ones(probabilities: Array) -> None:
    with pytest.raises(ValueError, match=r"unknown strategy 'guess'; expected one of random, least_confidence, margin"):
        select("guess", probabilities, 1, np.random.default_rng(0))


@pytest.mark.parametrize("k", [-1, 61])
def test_k_out_of_range_is_refused(k: int, probabilities: Array) -> None:
    with pytest.raises(ValueError, match=f"cannot choose {k} of 60 candidates"):
        select("margin", probabilities, k, np.random.default_rng(0))


def test_invalid_probabilities_are_refused(probabilities: Array) -> None:
    with pytest.raises(ValueError, match="rows that sum to 1"):
        select("margin", 2 * probabilities, 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="rows that sum to 1"):
        select("margin", np.full((60, 3), np.nan), 1, np.random.default_rng(0))


def test_mismatched_shapes_are_refused(probabilities: Array, samples: Array, vectors: Array) -> None:
    with pytest.raises(ValueError, match=r"samples have shape \(8, 59, 3\); expected \(T, 60, 3\)"):
        select("bald", probabilities, 1, np.random.default_rng(0), samples=samples[:, 1:])
    with pytest.raises(ValueError, match=r"vectors have shape \(59, 5\); expected \(60, D\)"):
        select("badge", probabilities, 1, np.random.default_rng(0), vectors=vectors[1:])
