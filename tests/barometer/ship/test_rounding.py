"""Rounding of linear layers: outliers, clipping, and what goes into the bias."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.ship.rounding import (
    Floats,
    Rounding,
    best_rounding,
    compensated_weights,
    integer_rows,
    mean_error,
    nearest_weights,
    rounded_inputs,
    share_of_error,
)


@pytest.fixture
def layer() -> tuple[Floats, Floats]:
    """Inputs with one channel of outliers, as transformers have, and weights."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 16)).astype(np.float32)
    x[:, 3] *= 60
    return x, rng.normal(size=(16, 8)).astype(np.float32)


def test_outliers_move_into_the_weights(layer: tuple[Floats, Floats]) -> None:
    x, weights = layer
    found = best_rounding(x, weights)
    even = np.ones(16, dtype=np.float32)
    step = float(np.ptp(x)) / 255
    plain = Rounding(even, step, round(-float(x.min()) / step))
    errors = [share_of_error(x, weights, r, nearest_weights(weights, r.factors)) for r in (found, plain)]
    assert found.factors[3] == found.factors.max()
    assert errors[0] < errors[1] / 2


def test_errors_are_shares_of_outputs(layer: tuple[Floats, Floats]) -> None:
    x, weights = layer
    found = best_rounding(x, weights)
    halved = nearest_weights(weights, found.factors)._replace(scales=nearest_weights(weights, found.factors).scales / 2)
    assert share_of_error(x, weights, found, halved) == pytest.approx(0.25, abs=0.02)


def test_the_mean_error_makes_means_equal(layer: tuple[Floats, Floats]) -> None:
    x, weights = layer
    found = best_rounding(x, weights)
    rounded = compensated_weights(x, weights, found)
    moved = rounded_inputs(x, found) @ rounded.restored() + mean_error(x, weights, found, rounded)
    np.testing.assert_allclose(moved.mean(axis=0), (x @ weights).mean(axis=0), atol=1e-3)


def test_weights_leave_room_for_sixteen_bits(layer: tuple[Floats, Floats]) -> None:
    found = nearest_weights(layer[1], np.ones(16, dtype=np.float32))
    assert np.abs(found.integers).max(axis=0).tolist() == [63] * 8
    # Processors without VNNI add two products of an input (at most 255) and a weight in 16 bits.
    assert 2 * 255 * 63 < 2**15
    np.testing.assert_allclose(found.restored(), layer[1], atol=found.scales.max() / 2 + 1e-6)


def test_later_channels_make_up_for_rounding() -> None:
    rng = np.random.default_rng(9)
    x = (rng.normal(size=(600, 6)) @ rng.normal(size=(6, 200))).astype(np.float32)  # channels that go together
    weights = rng.normal(size=(200, 12)).astype(np.float32)
    found = best_rounding(x, weights)
    seen = rounded_inputs(x, found)
    exact = seen @ (weights * found.factors[:, None])
    nearest, made_up = nearest_weights(weights, found.factors), compensated_weights(x, weights, found)
    errors = [float(((seen @ rounded.restored() - exact) ** 2).sum()) for rounded in (nearest, made_up)]
    assert errors[1] < errors[0] / 3
    assert np.abs(made_up.integers).max() <= 63


def test_each_embedding_row_has_a_scale() -> None:
    table = np.array([[1e-3, -2e-3], [5.0, 2.5], [0.0, 0.0]], dtype=np.float32)
    integers, scales = integer_rows(table)
    np.testing.assert_allclose(integers * scales, table, atol=0.02)
    assert integers[0].tolist() == [64, -127]


@given(st.floats(0, 1e4, width=32), st.floats(0, 1e4, width=32))
@settings(deadline=None)
def test_ranges_keep_zero_and_stay_finite(below: float, above: float) -> None:
    x = np.linspace(-below, above, 40, dtype=np.float32).reshape(10, 4)
    found = best_rounding(x, np.ones((4, 2), dtype=np.float32))
    assert np.isfinite(found.scale) and np.isfinite(found.factors).all()
    assert 0 <= found.zero <= 255
    assert (rounded_inputs(np.zeros((1, 4), dtype=np.float32), found) == 0).all()
