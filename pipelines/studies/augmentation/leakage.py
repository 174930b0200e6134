"""Keeps what is tested out of what is trained on, though augmentation invents texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from barometer.headline import headline_id


class LeakageError(ValueError):
    """A text to train on is, or closely resembles, a text that the model is validated or tested on."""


class HeldOut:
    """The texts that no model may learn from, and what counts as one of them.

    A text leaks if it has the `headline_id` of a held-out text, or if the cosine of their tf-idf vectors is at least
    `similarity`. That is the measure of `corpus.near_duplicates`, with weights from the same texts, so a split that
    keeps near-duplicates together never leaks by itself.
    """

    def __init__(self, texts: Sequence[str], corpus: Sequence[str], similarity: float) -> None:
        """Take the held-out `texts`, and all texts that were split, which `texts` are among."""
        self.similarity = similarity
        self.ids = {headline_id(text) for text in texts}
        self.vectoriser = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_mask_digits
        ).fit(corpus)
        self.vectors = self.vectoriser.transform(texts)
        self.judged: dict[str, bool] = {}

    def resembles(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which of N texts leak, shape (N,); each distinct text is judged once."""
        if new := [text for text in dict.fromkeys(texts) if text not in self.judged]:
            nearest = (self.vectoriser.transform(new) @ self.vectors.T).max(axis=1).toarray().ravel()
            known = np.array([headline_id(text) in self.ids for text in new])
            self.judged.update(zip(new, (known | (nearest >= self.similarity)).tolist(), strict=True))
        return np.array([self.judged[text] for text in texts], dtype=bool)

    def check(self, texts: Sequence[str]) -> None:
        """Refuse training texts that leak.

        Raises:
            LeakageError: with their number and the ids of the first; never their words, which reports may not hold.
        """
        leaking = np.flatnonzero(self.resembles(texts))
        if len(leaking):
            ids = ", ".join(str(headline_id(texts[i])) for i in leaking[:3])
            raise LeakageError(f"{len(leaking)} of {len(texts)} training texts resemble held-out ones (ids: {ids})")


def _mask_digits(text: str) -> str:
    return "".join("0" if c.isdigit() else c for c in text.casefold())
