"""Changes of a title that leave its meaning alone: (text, generator) -> changed text, or None where none applies."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from barometer.checks.templates import changes, load, slots, tickers
from barometer.seeding import seeded_globals

Perturbation = Callable[[str, np.random.Generator], str | None]

_DOLLARS = re.compile(r"\$(?=\d)")
_WORD = re.compile(r"(?<![\w$#@/.'-])[A-Za-z]{5,}(?![\w/.'-])")


@cache
def _coins() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """What finds a coin by name or ticker, and the name that each of these stands for."""
    names = tickers()
    by_word = {name: name for name in names} | {ticker: name for name, ticker in names.items()} | changes("coin_names")
    return _whole_words(by_word), by_word


@cache
def _exchanges() -> tuple[re.Pattern[str], list[str]]:
    """What finds an exchange, and the names of all."""
    names = [str(name) for name in slots()["exchange"]]
    return _whole_words(name for name in names if name not in changes("ambiguous_exchanges")), names


@cache
def _contractions() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """What finds contractions and what finds their long forms, each with what it is replaced by."""
    short = changes("contractions")
    tables = short, {full: contraction for contraction, full in short.items()}
    return tuple((re.compile(rf"\b({'|'.join(table)})\b", re.IGNORECASE), table) for table in tables)


def _whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words (group 1), and of what follows them in the name of something else (group 2)."""
    longest_first = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    return re.compile(rf"(?<![\w-])({longest_first})\b((?:\s+|-)(?:{'|'.join(changes('namesakes'))})\b)?")


def other_coin(text: str, rng: np.random.Generator) -> str | None:
    """Put another coin in the place of the only one that a title names, its ticker in the place of the ticker."""
    (pattern, by_word), ticker_of = _coins(), tickers()
    named = _only(pattern, by_word, text)
    if named is None:
        return None
    other = _pick([name for name in ticker_of if name != named], rng)
    return pattern.sub(lambda match: ticker_of[other] if match[1] in ticker_of.values() else other, text)


def other_exchange(text: str, rng: np.random.Generator) -> str | None:
    """Put another exchange in the place of the only one that a title names."""
    pattern, names = _exchanges()
    named = _only(pattern, {name: name for name in names}, text)
    if named is None:
        return None
    return pattern.sub(_pick([name for name in names if name != named], rng), text)


def _only(pattern: re.Pattern[str], names: Mapping[str, str], text: str) -> str | None:
    """What a title names, if it is one thing only and no part of the name of another."""
    found = list(pattern.finditer(text))
    named = {names[match[1]] for match in found}
    return named.pop() if len(named) == 1 and not any(match[2] for match in found) else None


def other_currency(text: str, rng: np.random.Generator) -> str | None:
    """Turn all dollar amounts into the same number of euros, pounds or francs."""
    return _changed(text, _DOLLARS.sub(_pick(changes("currencies"), rng), text))


def added_ticker(text: str, rng: np.random.Generator) -> str | None:
    """Add the ticker or cashtag of the first coin that is named in full, in brackets or at the end."""
    ticker_of = tickers()
    named = [
        match
        for match in _coins()[0].finditer(text)
        if match[1] in ticker_of and ticker_of[match[1]] not in text and not match[2]
    ]
    if not named:
        return None
    ticker, end = ticker_of[named[0][1]], named[0].end()
    if text[end : end + 2] == "'s":
        return f"{text} ${ticker}"
    return _pick(
        [f"{text[:end]} ({ticker}){text[end:]}", f"{text[:end]} (${ticker}){text[end:]}", f"{text} ${ticker}"], rng
    )


def switched_contraction(text: str, rng: np.random.Generator) -> str | None:
    """Write contractions out ("won't" as "will not"), or contract what is written out."""
    short, long = _contractions()
    pattern, table = short if short[0].search(text) else long
    return _changed(text, pattern.sub(lambda match: _like(match[0], table[match[0].lower()]), text))


def other_case(text: str, rng: np.random.Generator) -> str | None:
    """Write the whole title in small letters, in capitals or With Every Word Capitalised."""
    title = " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    choices = [form for form in (text.lower(), text.upper(), title) if form != text]
    return _pick(choices, rng) if choices else None


def other_punctuation(text: str, rng: np.random.Generator) -> str | None:
    """Change the closing full stop, the comma, the colon or the quotes, none of which carries meaning."""
    forms: Mapping[str, str] = {
        "stop": text[:-1] if text.endswith(".") else f"{text}." if text[-1:].isalnum() else text,
        "comma": re.sub(r",(?= )", " -", text, count=1),
        "colon": re.sub(r":(?= )", " -", text, count=1),
        "semicolon": text.replace("; ", " - "),
        "quotes": re.sub(r"(?<!\w)'([^']+)'(?!\w)", r'"\1"', text),
    }
    choices = [form for form in forms.values() if form != text]
    return _pick(choices, rng) if choices else None


def added_outlet(text: str, rng: np.random.Generator) -> str | None:
    """Add the name of an outlet, as feeds do."""
    outlet = _pick(changes("outlets"), rng)
    return _pick([f"{text} - {outlet}", f"{text} | {outlet}", f"{outlet}: {text}"], rng)


def keyboard_typo(text: str, rng: np.random.Generator) -> str | None:
    """Hit a neighbouring key for one letter of a word of five letters or more."""
    return _slip("keyboard", text, rng)


def swapped_letters(text: str, rng: np.random.Generator) -> str | None:
    """Swap two letters of a word of five letters or more."""
    return _slip("swap", text, rng)


def _slip(kind: str, text: str, rng: np.random.Generator) -> str | None:
    """Make one slip of the keyboard, by nlpaug (Ma 2019).

    nlpaug is given one word at a time, because it puts spaces around the punctuation of a title, and without its first
    letter, since a reader may miss a word that starts with another one ("bans", "gans").
    """
    words = list(_WORD.finditer(text))
    if not words:
        return None
    word = words[rng.integers(len(words))]
    with seeded_globals(rng):
        slipped = _augmenter(kind).augment(word[0][1:])
    return _changed(text, f"{text[: word.start() + 1]}{slipped[0]}{text[word.end() :]}") if slipped else None


@cache
def _augmenter(kind: str) -> Any:  # noqa: ANN401 - nlpaug has no types
    char = load("nlpaug.augmenter.char")
    if kind == "swap":
        return char.RandomCharAug(action="swap", aug_char_max=1)
    return char.KeyboardAug(aug_char_max=1, include_special_char=False, include_numeric=False, include_upper_case=False)


def _pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _changed(before: str, after: str) -> str | None:
    return after if after != before else None


def _like(model: str, word: str) -> str:
    return word[0].upper() + word[1:] if model[0].isupper() else word


CHANGES: Mapping[str, Perturbation] = {
    change.__name__: change
    for change in (
        other_coin, other_exchange, other_currency, added_ticker, added_outlet, keyboard_typo, swapped_letters,
        other_punctuation, other_case, switched_contraction,
    )
}  # fmt: skip
