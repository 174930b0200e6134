"""How a linear layer is rounded to integers so that its outputs change least.

x W = (x / f) (f W) for any positive f, one factor for each input channel. f_j = max|x_j|^a / max|W_j|^(1 - a) moves
outliers of the inputs, which share one scale, into the weights, which have one for each output (SmoothQuant: Xiao et
al. 2023); the strength a is the one with the least squared error of the outputs on calibration data. The weights of one
input channel after the other are then rounded, and the channels that follow make up for the error (GPTQ: Frantar et
al. 2023). The mean of the error that remains goes into the bias (Nagel et al. 2019).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STRENGTHS = (0.5, 0.6, 0.7, 0.8, 0.9)
INPUT_LEVELS = 255  # unsigned, 8 bits
# Signed, 7 bits: processors without VNNI add two products in 16 bits, which 8-bit weights would overflow.
WEIGHT_LEVELS = 63
_DAMPING = 0.01  # of the mean diagonal, as in the paper
_BLOCK = 128  # channels between two updates of all that follow
_SEARCHED = 1000  # rows of the inputs that the search looks at
_TINY = 1e-5


class Rounding(NamedTuple):
    """How the inputs of a layer become integers: round(x / factors / scale) + zero, clipped to 0 .. 255.

    Attributes:
        factors: what every input channel is divided by first, and its weights are multiplied by; shape (inputs,).
        scale: the step between two integers.
        zero: the integer that stands for 0.
    """

    factors: Floats
    scale: float
    zero: int


class IntegerWeights(NamedTuple):
    """Weights as integers of 7 bits, shape (inputs, outputs), and the scale of each output, shape (outputs,)."""

    integers: NDArray[np.int8]
    scales: Floats

    def restored(self) -> Floats:
        """The weights that they represent."""
        return self.integers * self.scales


def best_rounding(x: Floats, weights: Floats) -> Rounding:
    """Search the rounding of a layer with inputs (N, inputs) and weights (inputs, outputs) of the least error."""
    x = x[:: max(1, len(x) // _SEARCHED)]
    largest_input = np.abs(x).max(axis=0).clip(min=_TINY)
    largest_weight = np.abs(weights).max(axis=1).clip(min=_TINY)
    found = []
    for strength in STRENGTHS:
        factors = largest_input**strength / largest_weight ** (1 - strength)
        rounding = _rounding_of_range(x, (factors / factors.mean()).astype(np.float32))
        rounded = nearest_weights(weights, rounding.factors)
        found.append((share_of_error(x, weights, rounding, rounded), rounding))
    return min(found, key=lambda pair: pair[0])[1]


def share_of_error(x: Floats, weights: Floats, rounding: Rounding, rounded: IntegerWeights) -> float:
    """Squared error of a layer's outputs as a share of their squares."""
    outputs = x @ weights
    difference = outputs - rounded_inputs(x, rounding) @ rounded.restored()
    return float((difference**2).sum() / max((outputs**2).sum(), _TINY))


def _rounding_of_range(x: Floats, factors: Floats) -> Rounding:
    smoothed = x / factors
    low, high = min(0.0, float(smoothed.min())), max(0.0, float(smoothed.max()))
    scale = max((high - low) / INPUT_LEVELS, _TINY)
    return Rounding(factors, scale, round(-low / scale))


def rounded_inputs(x: Floats, rounding: Rounding) -> Floats:
    """What a layer sees of its inputs, divided by the factors."""
    integers = np.round(x / (rounding.factors * rounding.scale)) + rounding.zero
    seen: Floats = (integers.clip(0, INPUT_LEVELS) - rounding.zero) * np.float32(rounding.scale)
    return seen


def nearest_weights(weights: Floats, factors: Floats) -> IntegerWeights:
    """Weights times factors, each as the nearest integer."""
    scaled = weights * factors[:, None]
    scales = (np.abs(scaled).max(axis=0).clip(min=_TINY) / WEIGHT_LEVELS).astype(np.float32)
    return IntegerWeights(np.round(scaled / scales).astype(np.int8), scales)


def compensated_weights(x: Floats, weights: Floats, rounding: Rounding) -> IntegerWeights:
    """Weights times factors as integers, each rounded so as to make up for the errors of the channels before."""
    scales = nearest_weights(weights, rounding.factors).scales
    left = (weights * rounding.factors[:, None]).astype(np.float32)
    spread = _spread_of_errors(rounded_inputs(x, rounding))
    integers = np.zeros(left.shape, dtype=np.int8)
    for start in range(0, len(left), _BLOCK):
        end = min(start + _BLOCK, len(left))
        errors = np.zeros((end - start, left.shape[1]), dtype=np.float32)
        for i in range(start, end):
            integers[i] = np.round(left[i] / scales).clip(-WEIGHT_LEVELS, WEIGHT_LEVELS)
            errors[i - start] = (left[i] - integers[i] * scales) / spread[i, i]
            left[i + 1 : end] -= np.outer(spread[i, i + 1 : end], errors[i - start])
        left[end:] -= spread[start:end, end:].T @ errors
    return IntegerWeights(integers, scales)


def _spread_of_errors(seen: Floats) -> Floats:
    """Upper Cholesky factor of the inverse of the inputs' second moments, shape (inputs, inputs)."""
    moments = (seen.T @ seen).astype(np.float64)
    moments += (_DAMPING * np.diag(moments).mean() + _TINY) * np.eye(len(moments))
    return np.linalg.cholesky(np.linalg.inv(moments)).T.astype(np.float32)


def mean_error(x: Floats, weights: Floats, rounding: Rounding, rounded: IntegerWeights) -> Floats:
    """By how much rounding lowers each output on average: what to add to the bias, shape (outputs,)."""
    lowered: Floats = x.mean(axis=0) @ weights - rounded_inputs(x, rounding).mean(axis=0) @ rounded.restored()
    return lowered


def integer_rows(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """An embedding table as integers of 8 bits, and the scale of each row, shape (rows, 1)."""
    scales = np.abs(table).max(axis=1, keepdims=True).clip(min=_TINY) / 127
    return np.round(table / scales).astype(np.int8), scales.astype(np.float32)
