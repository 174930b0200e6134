import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from barometer.drift.auc import (
    corrected_interval,
    fold_aucs,
    held_out_scores,
    permutation_p_value,
    regularised_inverse,
    roc_auc,
    stratified_folds,
)


def two_sets(n: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A Gram matrix of 2n points in four dimensions, the second half shifted along one, and their labels."""
    points = np.random.default_rng(seed).normal(size=(2 * n, 4))
    points[n:, 0] += shift
    return points @ points.T, np.repeat([0, 1], n)


def test_folds_are_stratified_by_label() -> None:
    labels = np.repeat([0, 1], [23, 40])
    fold = stratified_folds(labels, 5, np.random.default_rng(1))
    assert np.bincount(fold[labels == 0]).tolist() == [5, 5, 5, 4, 4]
    assert np.bincount(fold[labels == 1]).tolist() == [8] * 5
    assert not np.array_equal(fold, stratified_folds(labels, 5, np.random.default_rng(2)))


def test_held_out_scores_equal_refitted_ridge() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(40, 6)) + 2.0
    targets = rng.normal(size=(40, 3))
    fold = rng.permutation(40) % 4
    centred = points - points.mean(axis=0)
    scores = held_out_scores(regularised_inverse(points @ points.T, 0.7), targets, fold)
    for k in range(4):
        refitted = Ridge(alpha=0.7, fit_intercept=False).fit(centred[fold != k], targets[fold != k])
        np.testing.assert_allclose(scores[fold == k], refitted.predict(centred[fold == k]), atol=1e-9)


@settings(deadline=None)  # the first call imports
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=3, max_size=30))
def test_roc_auc_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    scores, labels = np.array([*pairs, (2, 0), (1, 1)]).T
    columns = np.column_stack([scores, -scores]).astype(float)
    found = roc_auc(columns, np.column_stack([labels, labels]))
    assert found[0] == pytest.approx(roc_auc_score(labels, scores))
    assert found[1] == pytest.approx(1 - found[0])


def test_interval_is_corrected_resampled_t() -> None:
    # 4 values, mean 0.7, variance 1/150; (1/4 + 1/(2 - 1)) / 150 = 1/120; t(3) at 97.5% is 3.182446.
    found = corrected_interval(np.array([0.6, 0.7, 0.7, 0.8]), folds=2, confidence=0.95)
    half = 3.182446 * np.sqrt(1 / 120)
    assert found.value == pytest.approx(0.7)
    assert (found.low, found.high) == pytest.approx((0.7 - half, 0.7 + half), rel=1e-6)


def test_different_sets_get_smallest_p_value() -> None:
    gram, labels = two_sets(40, shift=2.0)
    rng = np.random.default_rng(4)
    fold = stratified_folds(labels, 4, rng)
    inverse = regularised_inverse(gram, 1.0)
    assert fold_aucs(inverse, labels[:, None], fold).mean() > 0.85
    assert permutation_p_value(inverse, labels, fold, 99, rng) == pytest.approx(0.01)


def test_p_values_are_uniform_under_null() -> None:
    p_values = []
    for seed in range(120):
        gram, labels = two_sets(15, shift=0.0, seed=seed)
        rng = np.random.default_rng(seed)
        fold = stratified_folds(labels, 3, rng)
        p_values.append(permutation_p_value(regularised_inverse(gram, 1.0), labels, fold, 39, rng))
    assert 0.4 < np.mean(p_values) < 0.6
    assert np.mean(np.array(p_values) <= 0.05) < 0.12
    assert np.mean(np.array(p_values) <= 0.5) > 0.35


def test_identical_permutations_count_as_reaching() -> None:
    gram, labels = two_sets(2, shift=9.0)
    fold = np.array([0, 1, 0, 1])  # two texts a fold, so that a permutation gives the labels back in a quarter of cases
    p_value = permutation_p_value(regularised_inverse(gram, 1.0), labels, fold, 400, np.random.default_rng(5))
    assert p_value > 0.15
