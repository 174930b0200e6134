"""Titles that tell the same story in slightly different words.

Two texts are near-duplicates if the cosine of their tf-idf vectors of character 3- to 5-grams, digits masked, is at
least a given similarity.
"""

import os

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

# Of one text. A text with more of them is in one group with all, because these resemble each other.
_MOST_ALIKE = 1000


def near_duplicate_groups(texts: list[str], similarity: float) -> NDArray[np.int64]:
    """Number the groups of near-duplicate texts, shape (N,): the connected components of that relation."""
    if not texts:
        return np.empty(0, dtype=np.int64)
    vectors = _vectoriser().fit_transform(texts)
    alike = sp_matmul_topn(vectors, vectors.T.tocsr(), top_n=_MOST_ALIKE, threshold=similarity, n_threads=_cores())
    _, groups = connected_components(alike, directed=False)
    return np.asarray(groups, dtype=np.int64)


def resembles_any(texts: list[str], others: list[str], similarity: float) -> NDArray[np.bool_]:
    """Whether each of N texts is a near-duplicate of any of `others`, shape (N,)."""
    if not texts or not others:
        return np.zeros(len(texts), dtype=bool)
    vectors = _vectoriser().fit_transform([*texts, *others])
    ours, theirs = vectors[: len(texts)], vectors[len(texts) :]
    alike = sp_matmul_topn(ours, theirs.T.tocsr(), top_n=1, threshold=similarity, n_threads=_cores())
    return np.asarray(np.diff(alike.indptr) > 0)


def _cores() -> int:
    return os.cpu_count() or 1


def _vectoriser() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_mask_digits)


def _mask_digits(text: str) -> str:
    return "".join("0" if c.isdigit() else c for c in text.casefold())
