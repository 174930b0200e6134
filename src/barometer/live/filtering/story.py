"""What a title says, word by word, and whether two titles say the same.

Two rules, both strict, because of two titles that are alike one is not counted:

- same words: one title has the words of the other and few more, once `wording` has evened them out;
- same event: two short reports of, say, a theft name the same victim and the same sum, and add nothing else.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from barometer.coins import coin_table, find_coins
from barometer.headline import normalise_title
from barometer.live.filtering.vocabulary import (
    GENERIC,
    STOP,
    TURNING,
    all_event_words,
    classes,
    event_cores,
    event_words,
)
from barometer.live.filtering.wording import NUMBER_WORDS, ORDINALS, bare_title, plain_numbers, plain_words, stem, stems

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?|[&/]")
_AND = frozenset({"and", "&", "/"})
_MUCH_MONEY = 10_000  # a smaller sum does not tell events apart


class Story(NamedTuple):
    """What a title says.

    Attributes:
        words: stems, numbers (#), coins ($) and classes of words (!).
        marks: those of the words that must be the same in a near-duplicate.
        numbers: the numbers.
        money: whether one of them is a large sum.
        events: which events with such a sum it tells of.
        subjects: where it tells of one, the words that are neither marks nor belong to the event.
        tokens: the words as they are written, with "and" and its signs.
        coins: tickers.
        tail: an unknown last part, as "Analyst" in "Pool drained - Analyst".
    """

    words: frozenset[str]
    marks: frozenset[str]
    numbers: frozenset[str]
    money: bool
    events: frozenset[str]
    subjects: frozenset[str]
    tokens: tuple[str, ...]
    coins: frozenset[str]
    tail: str


class Roles(NamedTuple):
    """Who does what in a title, and what its capitals say.

    Attributes:
        order: the words as they stand.
        names: words with a capital within a title that is not In Title Case.
        capitals: all words with a capital.
        joined: words beside "and".
        ends: whence and whither: ("from", word) and ("to", word).
        passive: whether a "by" turns subject and object round.
    """

    order: tuple[str, ...]
    names: frozenset[str]
    capitals: frozenset[str]
    joined: frozenset[str]
    ends: frozenset[tuple[str, str]]
    passive: bool


def is_same_story(one: Story, other: Story, similarity: float) -> bool:
    """Whether one title has the words of the other and few more, in the same roles."""
    less, more = sorted((one, other), key=lambda story: len(story.words))
    if not (less.words and less.words <= more.words and one.marks == other.marks):
        return False
    if len(less.words) < similarity * len(more.words):
        return False
    roles = _read_roles(more)
    return (more.words - less.words).isdisjoint(roles.names | roles.joined) and not _differs_in_roles(one, other)


def tells_same_event(one: Story, other: Story) -> bool:
    """Whether both tell of the same kind of event with the same sum and the same names."""
    if one.events != other.events or one.numbers != other.numbers or (one.marks ^ other.marks) - all_event_words():
        return False
    less, more = sorted((one.subjects, other.subjects), key=len)
    ours, theirs = _read_roles(one), _read_roles(other)
    named = one.subjects & other.subjects & ours.capitals & theirs.capitals
    return bool(named) and less <= more <= less | ours.names | theirs.names and not _differs_in_roles(one, other)


def _differs_in_roles(one: Story, other: Story) -> bool:
    """Whether who does what to whom differs, or the last part."""
    if one.tail and other.tail and one.tail.casefold() != other.tail.casefold():
        return True
    ours, theirs = _read_roles(one), _read_roles(other)
    for end, word in ours.ends:
        if ("to" if end == "from" else "from", word) in theirs.ends and (end, word) not in theirs.ends:
            return True
    return ours.passive == theirs.passive and _is_reversed(ours.order, theirs.order)


def _is_reversed(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether each begins with what the other ends with: "A sues B", "B sues A". "Price of A" and "A price" do not."""
    ours = [word for word in one if word in other]
    theirs = [word for word in other if word in one]
    if not ours or ours[0] == theirs[0]:
        return False
    return ours.index(theirs[0]) > 1 and theirs.index(ours[0]) > 1


@lru_cache(maxsize=4096)  # a title is looked up, then added, and compared with others
def read_story(title: str) -> Story:
    """Read what a title says."""
    text, tail = bare_title(normalise_title(title))
    coins = find_coins(text)
    rest, numbers = plain_numbers(text)
    tokens = tuple(_TOKEN.findall(plain_words(rest)))
    words = {_word(token) for token in tokens} - _coin_words(coins) - {""}
    counts = {f"#{number}" for number, _ in numbers} | {word for word in words if word[0] == "#"}
    words |= counts | {f"${coin}" for coin in coins}
    marks = {word for word in words if word[0] in "#$!" or word in TURNING}
    money = any(is_money and _size(number) >= _MUCH_MONEY for number, is_money in numbers)
    events = frozenset(name for name, core in event_cores().items() if money and not core.isdisjoint(words))
    about = frozenset[str]().union(*(event_words()[name] for name in events))
    return Story(
        words=frozenset(words),
        marks=frozenset(marks),
        numbers=frozenset(counts),
        money=money,
        events=events,
        subjects=frozenset(words - marks - GENERIC - about) if events else frozenset(),
        tokens=tokens,
        coins=coins,
        tail=tail,
    )


def _size(number: str) -> float:
    return float(number.strip("-%€£¥"))


@lru_cache(maxsize=65_536)
def _word(token: str) -> str:
    """Return what stands for a token: nothing for a stop word, "!not" for "isn't", "#3" for "three"."""
    word, _, ending = token.casefold().partition("'")
    if word.endswith("n") and ending == "t":
        return "!not"
    if any(sign.isdigit() for sign in word) or word in NUMBER_WORDS or word in ORDINALS:
        return f"#{ORDINALS.get(word, NUMBER_WORDS.get(word, word))}"
    word = stem(word)
    return "" if word in STOP or not word[:1].isalnum() else classes().get(word, word)


@lru_cache(maxsize=1024)
def _read_roles(story: Story) -> Roles:
    """Read the roles of words."""
    coins = _coin_words(story.coins)
    words = [(token, word) for token in story.tokens if (word := _word(token)) and word not in coins]
    long = [token for token in story.tokens[1:] if len(token) > 3]
    in_title_case = 2 * sum(token[0].islower() for token in long) < len(long)
    pairs = [*pairwise(story.tokens)]
    beside = {word for pair in pairs for word in pair if _AND & {pair[0].lower(), pair[1].lower()}}
    return Roles(
        order=tuple(word for _, word in words),
        names=frozenset() if in_title_case else frozenset(word for token, word in words[1:] if token[0].isupper()),
        capitals=frozenset(word for token, word in words if token[0].isupper()),
        joined=frozenset(map(_word, beside)),
        ends=frozenset((end.lower(), _word(token)) for end, token in pairs if end.lower() in {"from", "to"}),
        passive="by" in map(str.lower, story.tokens),
    )


@cache
def _coin_words(coins: frozenset[str]) -> frozenset[str]:
    """The words by which titles call coins; the coin stands for them."""
    table = {coin.ticker: coin for coin in coin_table().coins}
    found = [table[ticker] for ticker in coins if ticker in table]
    names = [name for coin in found for name in (coin.ticker, *coin.names, *coin.words)]
    return stems(" ".join(names).casefold())
