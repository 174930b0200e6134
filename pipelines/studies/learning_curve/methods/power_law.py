"""Power laws of learning curves, error(n) = a + b n^-c, fitted to many curves at once.

The form is that of Hestness et al. 2017, "Deep Learning Scaling is Predictable, Empirically"; Viering and Loog 2022,
"The Shape of Learning Curves: a Review", find it among the best of those in use, though none fits every learner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.models.base import Floats

MIN_SIZES = 3  # as many as the law has parameters
EXPONENTS = np.geomspace(0.02, 2.0, 400)  # neighbours differ by 1.2 %


@dataclass(frozen=True, slots=True)
class PowerLaws:
    """D fitted curves.

    Attributes:
        asymptote: a, the error that remains with endless data, shape (D,), at least 0.
        scale: b, shape (D,), at least 0; where it is 0 the curve is flat and the exponent means nothing.
        exponent: c, how fast the error falls, shape (D,), one of EXPONENTS.
    """

    asymptote: Floats
    scale: Floats
    exponent: Floats

    def error(self, size: float) -> Floats:
        """The error at one training size, shape (D,)."""
        return np.asarray(self.asymptote + self.scale * size**-self.exponent)

    def size_for(self, error: Floats) -> Floats:
        """The training size at which each curve comes down to an error of its own, shape (D,); inf where none does."""
        above = error - self.asymptote
        reachable = (above > 0) & (self.scale > 0)
        ratio = np.where(reachable, self.scale, 1.0) / np.where(reachable, above, 1.0)
        # Slow curves reach it at astronomical sizes, beyond what a float can hold: that is inf too.
        with np.errstate(over="ignore"):
            return np.where(reachable, ratio ** (1 / self.exponent), np.inf)

    @property
    def at_bound(self) -> NDArray[np.bool_]:
        """Whether the data did not determine the law: it is flat, or its exponent lies at an end of EXPONENTS."""
        return np.asarray((self.scale == 0) | np.isin(self.exponent, EXPONENTS[[0, -1]]))


def fit_power_laws(sizes: NDArray[np.integer], errors: Floats, used: NDArray[np.bool_] | None = None) -> PowerLaws:
    """Fit a law to each of D curves over S training sizes by least squares with a, b >= 0, every size counting alike.

    For a given exponent the law is linear, and its best a and b have a closed form; so the best of a fine grid of
    exponents is the global optimum (variable projection, Golub and Pereyra 1973), with no start value to get wrong.

    Args:
        sizes: shape (S,), positive.
        errors: shape (D, S), in [0, 1].
        used: which sizes count for which curve, shape (D, S); all of them by default.

    Raises:
        ValueError: if a curve has fewer than three sizes, or the shapes do not fit.
    """
    weights = np.ones(errors.shape) if used is None else used.astype(float)
    if errors.ndim != 2 or errors.shape[1] != len(np.unique(sizes)) or weights.shape != errors.shape:
        raise ValueError(f"errors of shape {errors.shape} and {weights.shape} of use do not fit {sizes.tolist()}")
    if weights.sum(axis=1).min() < MIN_SIZES:
        raise ValueError(f"a curve of {weights.sum(axis=1).min():.0f} sizes; a power law needs at least {MIN_SIZES}")
    relative = sizes / np.min(sizes)  # keeps the powers near 1
    best = np.full((4, len(errors)), np.inf)
    for exponent in EXPONENTS:
        candidate = _fit_linear(relative**-exponent, errors, weights, exponent)
        better = candidate[0] < best[0]
        best[:, better] = candidate[:, better]
    _, asymptote, scale, exponent = best
    return PowerLaws(asymptote, scale * float(np.min(sizes)) ** exponent, exponent)


def _fit_linear(x: Floats, errors: Floats, weights: Floats, exponent: float) -> Floats:
    """Rows of (squared residuals, a, b, exponent), shape (4, D), for the best errors = a + b x with a, b >= 0."""
    total = weights.sum(axis=1)
    x_mean, error_mean = weights @ x / total, (weights * errors).sum(axis=1) / total
    centred = weights * (x - x_mean[:, None])
    slope = np.maximum((centred * errors).sum(axis=1) / (centred * x).sum(axis=1), 0.0)
    level = error_mean - slope * x_mean
    # Of two bounds at most one is broken at a time, and then the optimum lies on that one.
    slope = np.where(level < 0, (weights * errors) @ x / (weights @ x**2), slope)
    level = np.maximum(level, 0.0)
    residuals = errors - level[:, None] - slope[:, None] * x
    return np.stack([(weights * residuals**2).sum(axis=1), level, slope, np.full(len(errors), exponent)])
