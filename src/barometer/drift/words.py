"""Words and pairs of words of two sets: how similar their texts are, and which n-grams became more or less common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from barometer.models.base import Floats

# Inner points, commas, hyphens and apostrophes belong to a word: "3.5", "layer-2", "bitcoin's".
_WORD = r"\w+(?:[.,'-]\w+)*"
_NGRAMS = (1, 2)
_RAREST = 2  # an n-gram of a single text cannot relate it to another

_DAYS = r"mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
_MONTHS = r"january|february|april|june|july|august|september|october|november|december"
# Words of other meanings too ("may fall", "march on", "Sun", "Jan"): months only beside a number or a word of time.
_UNSURE = r"may|march|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_BEFORE_MONTH = r"in|by|until|till|since|from|during|early|mid|late|last|next"
_DATES = (
    (re.compile(rf"\b(?:{_DAYS})\b", re.IGNORECASE), "weekday"),
    (re.compile(rf"\b(?:{_MONTHS})\b", re.IGNORECASE), "month"),
    (re.compile(rf"\b({_BEFORE_MONTH})([ -])(?:may|march)\b", re.IGNORECASE), r"\1\2month"),
    (re.compile(rf"\b(?:{_UNSURE})(?=,? '?\d)", re.IGNORECASE), "month"),
    (re.compile(rf"(?<=\d )(?:{_UNSURE})(?!\w)", re.IGNORECASE), "month"),
    (re.compile(r"\b([qh])[1-4]\b", re.IGNORECASE), r"\g<1>0"),
)
# Digits after a letter are part of a name: "web3", "erc20".
_NUMBER = re.compile(r"(?<!\w)\d+(?:[.,:/]\d+)*")


def mask_numbers_and_dates(text: str) -> str:
    """Replace every number (prices, years, shares, days) by `0`, months by `month` and days of the week by `weekday`.

    Spelled-out numbers ("two", "million") stay. "May" and "March" are masked only where the words around them make them
    months. Masking twice changes nothing.
    """
    for pattern, replacement in _DATES:
        text = pattern.sub(replacement, text)
    return _NUMBER.sub("0", text)


def word_similarities(texts: Sequence[str]) -> Floats:
    """Cosines of the tf-idf weights of words and pairs of words of N texts, shape (N, N).

    The vocabulary comes from all texts but from no label.

    Raises:
        ValueError: if no word occurs in two texts.
    """
    vectoriser = TfidfVectorizer(token_pattern=_WORD, ngram_range=_NGRAMS, min_df=_RAREST, sublinear_tf=True)
    weights = vectoriser.fit_transform(texts)
    return np.asarray((weights @ weights.T).toarray())


@dataclass(frozen=True, slots=True)
class DriftedNgram:
    """An n-gram whose use differs.

    Attributes:
        ngram: one or two words, in lower case.
        z: weighted log-odds over their standard deviation; positive where the newer set uses it more.
        reference, newer: share of the headlines of each set that contain it.
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
    reference: Sequence[str], newer: Sequence[str], top: int, min_headlines: int, prior_total: float
) -> list[DriftedNgram]:
    """The `top` n-grams that drifted most each way, by falling z: those of the newer set come first.

    An n-gram counts once per headline and must occur in `min_headlines`. One that shares a word with an n-gram that
    drifted more in the same direction is left out: "sam", "sam bankman" and "bankman" are one topic.
    """
    least = min(min_headlines, len(reference) + len(newer))
    vectoriser = CountVectorizer(token_pattern=_WORD, ngram_range=_NGRAMS, min_df=least, binary=True)
    try:
        counts = vectoriser.fit_transform([*reference, *newer])
    except ValueError:  # no n-gram occurs in that many headlines
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
