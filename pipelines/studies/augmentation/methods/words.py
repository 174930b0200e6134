"""Changes of words and letters, by nlpaug (Ma 2019): synonyms, swaps, deletions and typos."""

from collections.abc import Sequence
from typing import Any

import nlpaug.augmenter.char as nac
import nlpaug.augmenter.word as naw
import nlpaug.model.word_dict as nmw
import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from barometer.coins import coin_table
from barometer.seeding import seeded_globals
from pipelines.studies.augmentation.methods import Augmenter
from pipelines.studies.augmentation.methods.wordnet import Tagger, load_tagger, load_wordnet

_TRAILING = ",;:?!"


def split_words(text: str) -> list[str]:
    """Split at spaces, and separate closing punctuation from words.

    nlpaug's own tokenizer also cuts `$10,000`, `U.S.` and `bitcoin's`, and joins the pieces with spaces: then every
    altered copy would carry marks that no headline has.
    """
    words = []
    for chunk in text.split():
        word = chunk.rstrip(_TRAILING)
        words += [part for part in (word, chunk[len(word) :]) if part]
    return words


def join_words(words: Sequence[str]) -> str:
    """Undo `split_words`; closing punctuation that has lost its word to the left is dropped at the beginning."""
    chunks: list[str] = []
    for word in words:
        if not word.strip(_TRAILING):
            chunks[-1:] = [chunk + word for chunk in chunks[-1:]]
        else:
            chunks.append(word)
    return " ".join(chunks)


_TOKENS = {"tokenizer": split_words, "reverse_tokenizer": join_words}


def one_by_one(aug: Any) -> Augmenter:  # noqa: ANN401
    """Make an augmenter of one of nlpaug's; texts without a letter come back as they are."""

    def augment(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
        with seeded_globals(rng):
            return [str(aug.augment(text)[0]) if any(map(str.isalpha, text)) else text for text in texts]

    return augment


def random_swap(share: float) -> Augmenter:
    """Exchange about `share` of the words, with what punctuation they carry, with a neighbour (Wei and Zou 2019)."""
    words = {"tokenizer": str.split, "reverse_tokenizer": " ".join}
    return one_by_one(naw.RandomWordAug("swap", aug_p=share, aug_max=None, **words))


def random_delete(share: float) -> Augmenter:
    """Leave out about `share` of the words, at least one (Wei and Zou 2019)."""
    return one_by_one(naw.RandomWordAug("delete", aug_p=share, aug_max=None, **_TOKENS))


def keyboard(share: float) -> Augmenter:
    """Hit a neighbouring key once in about `share` of the words of four or more letters (Belinkov and Bisk 2018)."""
    letters = {"include_special_char": False, "include_numeric": False, "include_upper_case": False}
    aug = nac.KeyboardAug(aug_char_max=1, aug_word_p=share, aug_word_max=None, **letters, **_TOKENS)
    return one_by_one(aug)


def synonym(share: float) -> Augmenter:
    """Replace about `share` of the words by a WordNet synonym of the same part of speech (Zhang et al. 2015).

    Function words, which hold negations, and names of coins stay: WordNet calls `tether` a rope.

    Raises:
        NotAvailableError: if WordNet is not installed.
    """
    dictionary = _Dictionary(load_wordnet(), load_tagger())

    class Synonyms(naw.SynonymAug):  # type: ignore[misc]
        """nlpaug's augmenter around a dictionary that is already open; its own would ask the network."""

        @classmethod
        def get_model(cls, *_: object) -> _Dictionary:
            return dictionary

    return one_by_one(Synonyms(aug_p=share, aug_max=None, stopwords=_kept_words(), **_TOKENS))


class _Dictionary(nmw.WordNet):  # type: ignore[misc]
    """nlpaug's WordNet with a given reader and tagger, so that it looks for neither."""

    def __init__(self, reader: Any, tagger: Tagger) -> None:  # noqa: ANN401
        self.reader, self.tagger = reader, tagger
        super().__init__("eng")

    def read(self) -> Any:  # noqa: ANN401
        return self.reader

    def pos_tag(self, tokens: Sequence[str]) -> list[tuple[str, str]]:
        return self.tagger(tokens)


def _kept_words() -> frozenset[str]:
    table = coin_table()
    names = {word for coin in table.swappable for name in (coin.ticker, *coin.swap_names) for word in name.split()}
    words = {*ENGLISH_STOP_WORDS, *names, *table.kept_names}
    return frozenset(form for word in words for form in (word, word.lower(), word.capitalize()))
