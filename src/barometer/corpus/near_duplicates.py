"""Titles that tell the same story in slightly different words.

Two texts are near-duplicates if the cosine of their tf-idf vectors of character 3- to 5-grams, digits masked, is at
least a given similarity.
"""

from collections.abc import Sequence
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sparse_dot_topn import sp_matmul_topn

# Of one text. A text with more of them is in one group with all, because these resemble each other.
_MOST_ALIKE = 1000


def near_duplicate_groups(texts: Sequence[str], similarity: float) -> NDArray[np.int64]:
    """Number the groups of near-duplicate texts, shape (N,): the connected components of that relation."""
    if not texts:
        return np.empty(0, dtype=np.int64)
    vectors = _vectoriser().fit_transform(texts)
    _, groups = connected_components(_alike(vectors, vectors, similarity, _MOST_ALIKE), directed=False)
    return np.asarray(groups, dtype=np.int64)


def resembles_any(texts: Sequence[str], others: Sequence[str], similarity: float) -> NDArray[np.bool_]:
    """Whether each of N texts is a near-duplicate of any of `others`, shape (N,); all of them give the weights."""
    if not texts or not others:
        return np.zeros(len(texts), dtype=bool)
    vectors = _vectoriser().fit_transform([*texts, *others])
    return _has_any(_alike(vectors[: len(texts)], vectors[len(texts) :], similarity, 1))


class Neighbourhood:
    """The near-duplicates of some texts, with weights from a corpus, so that texts can be judged as they come up.

    With the corpus that was split as weights, it judges as `near_duplicate_groups` does.
    """

    def __init__(self, texts: Sequence[str], corpus: Sequence[str], similarity: float) -> None:
        self._vectoriser = _vectoriser().fit(corpus)
        self._vectors = self._vectoriser.transform(texts)
        self._similarity = similarity

    def holds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each of N texts is a near-duplicate of one of those given, shape (N,)."""
        if not texts:
            return np.zeros(0, dtype=bool)
        return _has_any(_alike(self._vectoriser.transform(texts), self._vectors, self._similarity, 1))


def _alike(ours: Any, theirs: Any, similarity: float, most: int) -> Any:  # noqa: ANN401 - sparse matrices
    """Similarities from a threshold on, at most `most` a row: sparse, shape (ours, theirs)."""
    return sp_matmul_topn(ours, theirs.T.tocsr(), top_n=most, threshold=similarity, n_threads=joblib.cpu_count())


def _has_any(alike: Any) -> NDArray[np.bool_]:  # noqa: ANN401
    return np.asarray(np.diff(alike.indptr) > 0)


def _vectoriser() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_mask_digits)


def _mask_digits(text: str) -> str:
    return "".join("0" if c.isdigit() else c for c in text.casefold())
