"""The stationary bootstrap of a time series: resamples that keep how near days hang together."""

import numpy as np
from numpy.typing import NDArray


def stationary_bootstrap(n: int, mean_block: int, samples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `samples` resamples of the positions 0 to n - 1, shape (samples, n).

    Blocks of consecutive positions start anywhere, have geometric lengths of mean `mean_block`, and run on from the
    last position to the first (Politis and Romano 1994). With `mean_block` 1 it is the ordinary bootstrap.

    Raises:
        ValueError: if there is no position, or `mean_block` is not between 1 and n.
    """
    if not 1 <= mean_block <= n:
        raise ValueError(f"blocks of mean length {mean_block} cannot be drawn from {n} positions")
    begins = rng.random((samples, n)) < 1.0 / mean_block
    begins[:, 0] = True
    positions = np.arange(n)
    begun_at = np.maximum.accumulate(np.where(begins, positions, 0), axis=1)
    first = rng.integers(0, n, size=(samples, n))
    return np.asarray((np.take_along_axis(first, begun_at, axis=1) + positions - begun_at) % n, dtype=np.int64)


def resample_counts(draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each position occurs in each resample: shape (samples, n), rows sum to n."""
    samples, n = draws.shape
    flat = (draws + n * np.arange(samples)[:, None]).ravel()
    return np.bincount(flat, minlength=samples * n).reshape(samples, n).astype(float)
