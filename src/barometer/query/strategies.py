"""Query strategies: pure scores of N candidates from what a model predicts for them; the highest is labelled first.

Probabilities have shape (N, C) and Monte-Carlo samples (T, N, C): T draws of a model, each row a distribution over C
classes. Only numpy is imported, because production selects with the same functions and carries no training library.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from barometer.query.diversity import Floats, Indices, badge, k_center

Need = Literal["probabilities", "samples", "vectors"]
Score = Callable[[Floats], Floats]
Batch = Callable[[Floats, Floats, Floats, int, np.random.Generator], Indices]


def no_preference(probabilities: Floats) -> Floats:
    """The same score for all, shape (N,): ties are broken at random, so this is random sampling, the baseline."""
    return np.zeros(len(probabilities))


def least_confidence(probabilities: Floats) -> Floats:
    """1 - max p, shape (N,), in [0, 1 - 1/C] (Lewis and Gale 1994)."""
    return np.asarray(1 - probabilities.max(axis=1))


def margin(probabilities: Floats) -> Floats:
    """1 - (largest p - second largest p), shape (N,), in [0, 1] (Scheffer, Decomain and Wrobel 2001)."""
    ordered = np.sort(probabilities, axis=1)
    return np.asarray(1 - (ordered[:, -1] - ordered[:, -2]))


def entropy(probabilities: Floats) -> Floats:
    """Shannon entropy in nats, shape (N,), in [0, ln C] (Shannon 1948; Settles 2009, section 3.1)."""
    return _entropy(probabilities)


def variation_ratio(samples: Floats) -> Floats:
    """Share of the T draws that do not vote for the commonest class, shape (N,) (Freeman 1965; Gal 2016, 3.3.1)."""
    votes = samples.argmax(axis=2)
    counts = np.stack([(votes == k).sum(axis=0) for k in range(samples.shape[2])])
    return np.asarray(1 - counts.max(axis=0) / len(samples))


def bald(samples: Floats) -> Floats:
    """Mutual information of label and model in nats, shape (N,): entropy of the mean minus mean entropy of the draws.

    Houlsby et al. 2011; with dropout as the draws, Gal, Islam and Ghahramani 2017. Values that rounding
    puts below 0 become 0.
    """
    return np.asarray(np.maximum(_entropy(samples.mean(axis=0)) - _entropy(samples).mean(axis=0), 0))


def _entropy(distributions: Floats) -> Floats:
    # 0 ln 0 is 0: where p is 0 the logarithm is taken of 1 instead.
    logarithms = np.log(np.where(distributions > 0, distributions, 1))
    return np.asarray(-(distributions * logarithms).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Strategy:
    """A line of the table: its name in words, the input it needs, and how it chooses.

    Attributes:
        title: for tables and plots.
        needs: `probabilities` (one set, what a deployed model gives), `samples` (Monte-Carlo draws) or `vectors`
            (representations of candidates and of what is labelled).
        score: from what it needs to N scores; or else
        batch: from vectors, labelled, probabilities, k and a generator to the k chosen.
    """

    title: str
    needs: Need
    score: Score | None = None
    batch: Batch | None = None


STRATEGIES: dict[str, Strategy] = {
    "random": Strategy("random", "probabilities", no_preference),
    "least_confidence": Strategy("least confidence", "probabilities", least_confidence),
    "margin": Strategy("margin", "probabilities", margin),
    "entropy": Strategy("entropy", "probabilities", entropy),
    "variation_ratio": Strategy("variation ratio", "samples", variation_ratio),
    "bald": Strategy("BALD", "samples", bald),
    "k_center": Strategy("k-center", "vectors", batch=k_center),
    "badge": Strategy("BADGE", "vectors", batch=badge),
}
