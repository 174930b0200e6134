"""Whether a title is English, told by its words where they tell, and by a detector of trigrams where they do not.

Titles are short and full of names. A detector alone takes "Token plunges after insider sale" for another language, and
bad news, which is told in short words of the trade, more often than good.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

# Languages that crypto feeds come in; with all 75, short titles full of names are taken for Danish or Latin.
_LANGUAGES = (
    "ENGLISH SPANISH PORTUGUESE FRENCH GERMAN ITALIAN DUTCH TURKISH POLISH RUSSIAN UKRAINIAN CHINESE JAPANESE KOREAN"
)
_MORE_LANGUAGES = "ARABIC PERSIAN VIETNAMESE INDONESIAN HUNGARIAN HINDI THAI CZECH ROMANIAN SWEDISH GREEK HEBREW"
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Words of the trade that all languages use, and English words that others have too: they do not tell.
_SHARED_WORDS = """
airdrop altcoin altcoins ban bank bear binance bitcoin bitcoins blockchain bull chef chute coin coinbase coins
crash crypto cryptos de defi die dollar dollars etf etfs ether ethereum eu euro euros exchange expert faller
fans global hack hacker hackers har in international investor kapital kraken la ledger lider los man mega
memecoin men met million millions mining minus national nft nfts nu om on or os over par plan plus pod port pro
protocol pump rally record regime ripple risk road sale se sol solana son stablecoin stablecoins staking start
stop suspend team test tether token tokens top tot total trade trader traders trend under valor van vend via
video wallet wallets web
"""
_SHARED = frozenset(_SHARED_WORDS.split())
# Words in small letters that only other languages have. Names carry "de", "la" and "van", too, so one does not decide.
_FOREIGN_WORDS = """
al ao aos après au aux av avec baixa bei bir con contra cu da dari das de dei del della den dengan der des det
di din do dos du după ein eine el em en entre está et ett från för für het hoje il ile im için je jsou ke la las
le les lo los mais mas mit más na nach nas nel no nos não och od oder op os para pas pela pelo per po pod por
pour prze przed på que se sem ses si sin sobre sono sotto sous sub sul sur são să temps till todos tras um uma
un una und une unter untuk van ve vers voor vor yang za zu zum är în și
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENOUGH = 0.4  # of the telling words in a dictionary make a title English
_HARDLY = 0.3
# Least confidence of the detector where words do not tell, and where they are against it.
_LEAST_CONFIDENCE, _GREAT_CONFIDENCE = 0.05, 0.9


def is_english_title(title: str) -> bool:
    """Whether most letters are Latin and the words, or else the trigrams, are English."""
    letters = sum(sign.isalpha() for sign in title)
    if not letters or len(_LATIN.findall(title)) < 0.8 * letters:
        return False
    known, foreign, telling = _count_words(title)
    if known > 2 * foreign and known >= _ENOUGH * telling:
        return True
    if foreign >= max(known, 1) or (not known and telling > 2):
        return False
    confidence = _detector().compute_language_confidence(title, Language.ENGLISH)
    return confidence >= (_GREAT_CONFIDENCE if known < _HARDLY * telling else _LEAST_CONFIDENCE)


def _count_words(title: str) -> tuple[int, int, int]:
    """Return how many words are English, how many only other languages have, and how many there are.

    Words that tell nothing are left out: those of the trade, tickers, and names with an accent.
    """
    shouts = title.isupper()
    words = [word for word in _WORD.findall(title) if shouts or not word.isupper()]
    # Only the first word of a title may be a foreign one with a capital; another is a name.
    readings = [(word, word.casefold() if shouts or not at else word) for at, word in enumerate(words)]
    telling = [
        pair for pair in readings if pair[0].casefold() not in _SHARED and (pair[0].isascii() or pair[0].islower())
    ]
    foreign = sum(read in _FOREIGN or (word.islower() and not word.isascii()) for word, read in telling)
    known = sum(_is_known(word.casefold()) for word, read in telling if read not in _FOREIGN)
    return known, foreign, len(telling)


def _is_known(word: str) -> bool:
    return word in _dictionary() or word.removesuffix("s") in _dictionary()


@cache
def _dictionary() -> frozenset[str]:
    """The words in small letters of the lexicon that comes with textblob (Brill 1992), foreign words left out.

    Read as a file: to import the package takes a second.
    """
    spec = find_spec("textblob")
    assert spec is not None and spec.origin is not None, "textblob comes with barometer[live]"
    lines = (Path(spec.origin).parent / "en" / "en-lexicon.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines if line and not line.startswith(";;;"))
    return frozenset(word for word, tag, *_ in entries if word.islower() and tag not in {"FW", "NNP", "SYM", "LS"})


@cache
def _detector() -> LanguageDetector:
    languages = [Language.from_str(name) for name in f"{_LANGUAGES} {_MORE_LANGUAGES}".split()]
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
