"""Changes of a title that leave its meaning alone: (text, generator) -> changed text, or None where none applies."""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from barometer.checks.lexicon import EXCHANGES, TICKERS
from barometer.checks.library import load

Perturbation = Callable[[str, np.random.Generator], str | None]

CONTRACTIONS = {
    "won't": "will not", "can't": "cannot", "isn't": "is not", "aren't": "are not", "wasn't": "was not",
    "weren't": "were not", "doesn't": "does not", "don't": "do not", "didn't": "did not", "hasn't": "has not",
    "haven't": "have not", "hadn't": "had not", "wouldn't": "would not", "couldn't": "could not",
    "shouldn't": "should not",
}  # fmt: skip
_EXPANSIONS = {full: short for short, full in CONTRACTIONS.items()}
# What follows the name of a coin or an exchange in the name of something else.
_NAMESAKE = r"(?:\s+|-)(?:Cash|SV|Gold|Classic|Coin|Chain|Smart|US|DAO|Labs|Ventures|Foundation)\b"
_NAMES = {name: name for name in TICKERS} | {ticker: name for name, ticker in TICKERS.items()} | {"Ether": "Ethereum"}


def _whole_words(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    return re.compile(rf"(?<![\w-])({longest_first})\b({_NAMESAKE})?")


_COIN = _whole_words(list(_NAMES))
_EXCHANGE = _whole_words([name for name in EXCHANGES if name != "Gemini"])  # which may be the chatbot
_SHORT = re.compile(rf"\b({'|'.join(CONTRACTIONS)})\b", re.IGNORECASE)
_LONG = re.compile(rf"\b({'|'.join(_EXPANSIONS)})\b", re.IGNORECASE)
_DOLLARS = re.compile(r"\$(?=\d)")
_WORD = re.compile(r"(?<![\w$#@/.'-])[A-Za-z]{5,}(?![\w/.'-])")


def other_coin(text: str, rng: np.random.Generator) -> str | None:
    """Put another coin in the place of the only one that a title names, its ticker in the place of the ticker."""
    named = _only(_COIN, _NAMES, text)
    if named is None:
        return None
    other = _pick([name for name in TICKERS if name != named], rng)
    return _COIN.sub(lambda match: TICKERS[other] if match[1] in TICKERS.values() else other, text)


def other_exchange(text: str, rng: np.random.Generator) -> str | None:
    """Put another exchange in the place of the only one that a title names."""
    named = _only(_EXCHANGE, {name: name for name in EXCHANGES}, text)
    if named is None:
        return None
    return _EXCHANGE.sub(_pick([name for name in EXCHANGES if name != named], rng), text)


def _only(pattern: re.Pattern[str], names: Mapping[str, str], text: str) -> str | None:
    """What a title names, if it is one thing only and no part of the name of another."""
    found = list(pattern.finditer(text))
    named = {names[match[1]] for match in found}
    return named.pop() if len(named) == 1 and not any(match[2] for match in found) else None


def other_currency(text: str, rng: np.random.Generator) -> str | None:
    """Turn all dollar amounts into the same number of euros, pounds or francs."""
    return _changed(text, _DOLLARS.sub(_pick(["€", "£", "CHF "], rng), text))


def added_ticker(text: str, rng: np.random.Generator) -> str | None:
    """Add the ticker or cashtag of the first coin that is named in full, in brackets or at the end."""
    named = [m for m in _COIN.finditer(text) if m[1] in TICKERS and TICKERS[m[1]] not in text and not m[2]]
    if not named:
        return None
    ticker, end = TICKERS[named[0][1]], named[0].end()
    if text[end : end + 2] == "'s":
        return f"{text} ${ticker}"
    return _pick(
        [f"{text[:end]} ({ticker}){text[end:]}", f"{text[:end]} (${ticker}){text[end:]}", f"{text} ${ticker}"], rng
    )


def switched_contraction(text: str, rng: np.random.Generator) -> str | None:
    """Write contractions out ("won't" as "will not"), or contract what is written out."""
    table, pattern = (CONTRACTIONS, _SHORT) if _SHORT.search(text) else (_EXPANSIONS, _LONG)
    return _changed(text, pattern.sub(lambda match: _like(match[0], table[match[0].lower()]), text))


def other_case(text: str, rng: np.random.Generator) -> str | None:
    """Write the whole title in small letters, in capitals or With Every Word Capitalised."""
    title = " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    choices = [form for form in (text.lower(), text.upper(), title) if form != text]
    return _pick(choices, rng) if choices else None


def other_punctuation(text: str, rng: np.random.Generator) -> str | None:
    """Change the closing full stop, the dash, the colon or the quotes, none of which carries meaning."""
    changes: Mapping[str, str] = {
        "stop": text[:-1] if text.endswith(".") else f"{text}." if text[-1:].isalnum() else text,
        "comma": re.sub(r",(?= )", " -", text, count=1),
        "colon": re.sub(r":(?= )", " -", text, count=1),
        "semicolon": text.replace("; ", " - "),
        "quotes": re.sub(r"(?<!\w)'([^']+)'(?!\w)", r'"\1"', text),
    }
    choices = [form for form in changes.values() if form != text]
    return _pick(choices, rng) if choices else None


def added_source(text: str, rng: np.random.Generator) -> str | None:
    """Add the name of an outlet, as feeds do."""
    outlet = _pick(["CoinDesk", "Reuters", "Bloomberg", "The Block", "Cointelegraph"], rng)
    return _pick([f"{text} - {outlet}", f"{text} | {outlet}", f"{outlet}: {text}"], rng)


def typo(kind: str) -> Perturbation:
    """A slip of the keyboard in one letter (`keyboard`), or two letters swapped (`swap`), in one word of five or more.

    The slips are nlpaug's (Ma 2019). It is given one word at a time, because it would put spaces around the
    punctuation of a title, and without its first letter, without which a reader may miss the word ("bans", "gans").
    """
    char = load("nlpaug.augmenter.char")
    if kind == "keyboard":
        augmenter = char.KeyboardAug(
            aug_char_max=1, include_special_char=False, include_numeric=False, include_upper_case=False
        )
    else:
        augmenter = char.RandomCharAug(action="swap", aug_char_max=1)
    return lambda text, rng: _slip(augmenter, text, rng)


def _slip(augmenter: Any, text: str, rng: np.random.Generator) -> str | None:  # noqa: ANN401
    words = list(_WORD.finditer(text))
    if not words:
        return None
    word = words[rng.integers(len(words))]
    with _seeded_globally(rng):
        slipped = augmenter.augment(word[0][1:])
    return _changed(text, f"{text[: word.start() + 1]}{slipped[0]}{text[word.end() :]}") if slipped else None


@contextmanager
def _seeded_globally(rng: np.random.Generator) -> Iterator[None]:
    """Seed the global generators, which nlpaug draws from, and give them back as they were."""
    states = random.getstate(), np.random.get_state()
    seed = int(rng.integers(2**32))
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _changed(before: str, after: str) -> str | None:
    return after if after != before else None


def _like(model: str, word: str) -> str:
    return word[0].upper() + word[1:] if model[0].isupper() else word
