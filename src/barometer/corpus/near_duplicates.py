"""Titles that tell the same story in slightly different words.

Two texts are near-duplicates if the cosine of their tf-idf vectors of character 3- to 5-grams, digits masked, is at
least a given similarity.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors


def near_duplicate_groups(texts: list[str], similarity: float) -> NDArray[np.int64]:
    """Number the groups of near-duplicate texts, shape (N,): the connected components of that relation."""
    if not texts:
        return np.empty(0, dtype=np.int64)
    vectors = _vectoriser().fit_transform(texts)
    neighbours = NearestNeighbors(radius=1.0 - similarity, metric="cosine").fit(vectors)
    _, groups = connected_components(neighbours.radius_neighbors_graph(vectors), directed=False)
    return np.asarray(groups, dtype=np.int64)


def resembles_any(texts: list[str], others: list[str], similarity: float) -> NDArray[np.bool_]:
    """Whether each of N texts is a near-duplicate of any of `others`, shape (N,)."""
    if not texts or not others:
        return np.zeros(len(texts), dtype=bool)
    vectoriser = _vectoriser().fit([*texts, *others])
    nearest = NearestNeighbors(n_neighbors=1, metric="cosine").fit(vectoriser.transform(others))
    distances, _ = nearest.kneighbors(vectoriser.transform(texts))
    return np.asarray(distances[:, 0] <= 1.0 - similarity)


def _vectoriser() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_mask_digits)


def _mask_digits(text: str) -> str:
    return "".join("0" if c.isdigit() else c for c in text.casefold())
