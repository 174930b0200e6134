"""What a classifier of two sets may look at: words or vectors, with numbers and dates masked or not."""

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from barometer.models.base import Floats

# Inner points, commas, hyphens and apostrophes belong to a word: "3.5", "layer-2", "bitcoin's".
WORD_PATTERN = r"\w+(?:[.,'-]\w+)*"
WORD_NGRAMS = (1, 2)
_RAREST = 2  # an n-gram of a single text tells nothing about another

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

    Numbers in words ("two", "million") stay. "May" and "March" are masked only where the words around them make them
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
    vectoriser = TfidfVectorizer(token_pattern=WORD_PATTERN, ngram_range=WORD_NGRAMS, min_df=_RAREST, sublinear_tf=True)
    weights = vectoriser.fit_transform(texts)
    return np.asarray((weights @ weights.T).toarray())
