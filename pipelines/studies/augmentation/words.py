"""Changes of words and letters, by nlpaug (Ma 2019): synonyms, swaps, deletions and typos."""

from collections.abc import Sequence
from typing import Any

import nlpaug.augmenter.char as nac
import nlpaug.augmenter.word as naw
import nlpaug.model.word_dict as nmw
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from barometer.coins import coin_table
from pipelines.studies.augmentation.base import Augmenter, join_words, one_by_one, split_words
from pipelines.studies.augmentation.wordnet import Tagger, load_tagger, load_wordnet

_TOKENS = {"tokenizer": split_words, "reverse_tokenizer": join_words}


def random_swap(share: float) -> Augmenter:
    """Exchange about `share` of the words, with what punctuation they carry, with a neighbour (Wei and Zou 2019)."""
    words = {"tokenizer": str.split, "reverse_tokenizer": " ".join}
    return one_by_one(naw.RandomWordAug("swap", aug_p=share, aug_max=None, **words))


def random_delete(share: float) -> Augmenter:
    """Leave out about `share` of the words, at least one (Wei and Zou 2019)."""
    return one_by_one(naw.RandomWordAug("delete", aug_p=share, aug_max=None, **_TOKENS))


def keyboard(share: float) -> Augmenter:
    """Hit a neighbouring key once in about `share` of the words of four or more letters (Belinkov and Bisk 2018)."""
    aug = nac.KeyboardAug(
        aug_char_max=1,
        aug_word_p=share,
        aug_word_max=None,
        include_special_char=False,
        include_numeric=False,
        include_upper_case=False,
        **_TOKENS,
    )
    return one_by_one(aug)


def synonym(share: float) -> Augmenter:
    """Replace about `share` of the words by a WordNet synonym of the same part of speech (Zhang et al. 2015).

    Function words, which hold negations, and names of coins stay: WordNet calls `tether` a rope.

    Raises:
        NotAvailableError: if WordNet is not at hand.
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
