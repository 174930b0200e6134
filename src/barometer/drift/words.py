"""Which words and pairs of words became rarer or commoner between two sets of texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from barometer.drift.features import WORD_NGRAMS, WORD_PATTERN
from barometer.models.base import Floats


@dataclass(frozen=True, slots=True)
class DriftedNgram:
    """An n-gram whose use differs.

    Attributes:
        ngram: one or two words, in lower case.
        z: weighted log-odds over their standard deviation; positive where the newer set uses it more.
        reference, newer: share of the headlines of each set that hold it.
    """

    ngram: str
    z: float
    reference: float
    newer: float


def log_odds_z(reference: Floats, newer: Floats, prior_total: float) -> Floats:
    """z-scores of W words from their counts in two sets, shape (W,) each: positive where `newer` uses the word more.

    Log-odds ratio with an informative Dirichlet prior, which is the words' distribution in both sets together, worth
    `prior_total` words (Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations 16, 20 and 22).
    """
    pooled = reference + newer
    prior = prior_total * pooled / pooled.sum()
    odds = [(count + prior) / (count.sum() + prior_total - count - prior) for count in (reference, newer)]
    variance = 1 / (reference + prior) + 1 / (newer + prior)
    return np.asarray((np.log(odds[1]) - np.log(odds[0])) / np.sqrt(variance))


def drifted_ngrams(
    reference: Sequence[str], newer: Sequence[str], *, top: int, min_headlines: int, prior_total: float
) -> list[DriftedNgram]:
    """The `top` n-grams that drifted most each way, the newest first: z falls from one end of the list to the other.

    An n-gram counts once a headline and must stand in `min_headlines`. One that shares a word with an n-gram of greater
    drift on the same end is left out: "sam", "sam bankman" and "bankman" are one thing.
    """
    vectoriser = CountVectorizer(
        token_pattern=WORD_PATTERN, ngram_range=WORD_NGRAMS, min_df=min(min_headlines, len(reference) + len(newer)),
        binary=True,
    )  # fmt: skip
    try:
        counts = vectoriser.fit_transform([*reference, *newer])
    except ValueError:  # no n-gram stands in that many headlines
        return []
    old = np.asarray(counts[: len(reference)].sum(axis=0), dtype=float).ravel()
    new = np.asarray(counts[len(reference) :].sum(axis=0), dtype=float).ravel()
    z = log_odds_z(old, new, prior_total)
    names = vectoriser.get_feature_names_out().tolist()
    found = [
        DriftedNgram(name, float(value), float(a / len(reference)), float(b / len(newer)))
        for name, value, a, b in zip(names, z, old, new, strict=True)
    ]
    found.sort(key=lambda ngram: (-ngram.z, ngram.ngram))
    rising = _distinct([n for n in found if n.z > 0], top)
    falling = _distinct([n for n in reversed(found) if n.z < 0], top)
    return [*rising, *reversed(falling)]


def _distinct(ngrams: list[DriftedNgram], top: int) -> list[DriftedNgram]:
    """The first `top` that share no word with an earlier one."""
    chosen: list[DriftedNgram] = []
    used: set[str] = set()
    for ngram in ngrams:
        words = set(ngram.ngram.split())
        if len(chosen) < top and not words & used:
            chosen.append(ngram)
            used |= words
    return chosen
