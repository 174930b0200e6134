"""What stands beside a word in a headline, from which `barometer.coins.mentions` tells whether it means a coin.

Every question looks at a few neighbours only, so that a headline takes time linear in its length.
"""

import re
from functools import cached_property

from barometer.coins.words import Beside, Words

_TOKEN = re.compile(r"\w+")
_LETTERS = re.compile(r"\b[A-Za-z]{2,}\b")
_LONG_WORD = re.compile(r"(?<![^\s'\"(\[-])[A-Za-z]{4,}\b")
_LEVEL = re.compile(r"\d%|\$\d|\b(?:ath|atl|all-time|high|highs|low|lows|support|resistance|record)\b", re.IGNORECASE)
_STOCK = re.compile(r"\b(?:dividends?|stocks?|shares|nyse|nasdaq)\b", re.IGNORECASE)
# Before a number and a stablecoin: the price of another coin.
_PLACES = frozenset(
    {"above", "below", "beyond", "breaks", "crosses", "exceeds", "hits", "reaches", "surpasses", "tops"}
)
# Between two members of a list; a ticker in parentheses may follow a name.
_JOINT = re.compile(
    r"(?: \([$]?[A-Z0-9]{2,8}\))?\s?"
    r"(?:,|&|\+|/|-|;|,? (?:and|or|vs\.?|versus|und|y|e)(?= )|, (?:and|or|&)(?= ))\s?[$#]?",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset({"of", "the", "and", "for", "a", "in", "on"})


class Headline:
    """A headline as tokens: words, their forms in small letters, and where they start and end."""

    def __init__(self, text: str, words: Words) -> None:
        self.text = text
        self._known = words
        found = [(match[0], *match.span()) for match in _TOKEN.finditer(text)]
        self.words = [word for word, _, _ in found]
        self.folded = [word.casefold() for word in self.words]
        self.starts = [start for _, start, _ in found]
        self.ends = [end for _, _, end in found]

    @cached_property
    def loud(self) -> bool:
        """Whether most words but tickers are in capitals, which then do not distinguish tickers from words."""
        others = [word for word in _LETTERS.findall(self.text) if word not in self._known.tickers]
        return bool(sum(word.isupper() for word in others) * 2 > max(len(others), 3))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words in small letters."""
        return frozenset(self.folded)

    @cached_property
    def is_sentence(self) -> bool:
        """Whether most longer words after the first are small, so that a capital marks a name."""
        longer = _LONG_WORD.findall(self.text)[1:]
        small = sum(word.islower() for word in longer)
        return len(longer) > 1 and small * 2 > len(longer)

    @cached_property
    def has_level(self) -> bool:
        """Whether a percentage, a price or a word such as `record` stands in it."""
        return _LEVEL.search(self.text) is not None

    @cached_property
    def is_about_shares(self) -> bool:
        """Whether it speaks of shares, whose tickers stand in parentheses, too."""
        return _STOCK.search(self.text) is not None

    def gap(self, left: int, right: int) -> str:
        """What stands between two neighbouring tokens; nothing beyond either end."""
        return self.text[self.ends[left] : self.starts[right]] if left >= 0 and right < len(self.words) else ""

    def sign(self, first: int) -> str:
        """The $ or # right before a token, unless a word stands before that."""
        at = self.starts[first] - 1
        if at < 0 or self.text[at] not in "$#" or (at and (self.text[at - 1].isalnum() or self.text[at - 1] == "_")):
            return ""
        return self.text[at]

    def in_domain(self, first: int, last: int) -> bool:
        """Whether the tokens are part of an address (`bitcoin.com`, `name.eth`), a file or a decimal."""
        if self.gap(last, last + 1) == "." and not self.words[last + 1][:1].isupper():
            return True
        if self.gap(last, last + 1) == "." and self.words[last + 1] in {"IO", "COM", "ORG"}:
            return True
        return self.gap(first - 1, first) == "." and not self.words[first].istitle() and self.folded[first - 1] != "vs"

    def in_pair(self, first: int, last: int) -> bool:
        """Whether a slash or hyphen and a currency follow (`/USDT`), or a slash comes before (`BTC/`)."""
        gap = self.gap(last, last + 1).strip(" ")
        if gap in ("/", "-", "_") and self.words[last + 1] in self._known.quotes:
            return True
        return self.gap(first - 1, first) == "/"

    def is_quote(self, at: int) -> bool:
        """Whether a ticker in capitals stands before, with a slash or hyphen between (`SOL/USDT`, `SOL-USDT`)."""
        gap = self.gap(at - 1, at).strip(" ")
        return gap in ("/", "-") and self.words[at - 1].isupper() and len(self.words[at - 1]) > 1

    def is_enclosed(self, first: int, last: int) -> bool:
        """Whether the tokens alone, or as the first of a pair, stand in parentheses."""
        before = self.text[max(self.starts[first] - 2, 0) : self.starts[first]].rstrip("$#")[-1:]
        return before in ("(", "[") and self.text[self.ends[last] : self.ends[last] + 1] in (")", "]", "/", "-")

    def in_parentheses(self, first: int, last: int) -> bool:
        """Whether the tokens stand in parentheses, and neither abbreviate the words before nor mean a share."""
        return self.is_enclosed(first, last) and not self._spells(self.words[first], first) and not self.is_about_shares

    def _spells(self, word: str, at: int) -> bool:
        """Whether the words before begin with the letters of `word` ("Intellectual Property (IP)")."""
        initials = [
            self.folded[k][0] for k in range(max(at - 2 * len(word), 0), at) if self.folded[k] not in _SMALL_WORDS
        ]
        return "".join(initials[-len(word) :]) == word.casefold()

    def has_beside(self, first: int, last: int, beside: Beside) -> bool:
        """Whether a word that counts stands right after (also after 's) or right before."""
        after = self._after(last)
        if after < len(self.words) and self._follows(after, beside.after):
            return True
        if self.gap(first - 1, first) != " ":
            return False
        before = self.folded[first - 1]
        return before in beside.before or (
            self.gap(first - 2, first - 1) == " " and f"{self.folded[first - 2]} {before}" in beside.before
        )

    def has_price_verb(self, last: int) -> bool:
        """Whether a verb of prices follows, up to two helpers between, or `up` or `down` with a number."""
        at = last + 1
        for _ in range(3):
            if self.gap(at - 1, at) != " ":
                return False
            word = self.folded[at]
            if word in self._known.price_verbs or (self.has_level and word in self._known.weak_verbs):
                return True
            if word in ("up", "down", "at", "above", "below") and at + 1 < len(self.words):
                return self.words[at + 1][:1].isdigit()
            if word not in self._known.helpers:
                return False
            at += 1
        return False

    def moves_by_number(self, last: int) -> bool:
        """Whether a verb of prices and then a number with % or $ follow (`Avalanche jumps 12%`)."""
        if self.gap(last, last + 1) != " " or last + 2 >= len(self.words):
            return False
        moves = self._known.price_verbs | {"up", "down", "adds", "to", "at"}
        upto = min(last + 4, len(self.words))
        numbers = (self.words[k][0].isdigit() for k in range(last + 2, upto))
        return self.folded[last + 1] in moves and any(numbers)

    def is_price(self, at: int) -> bool:
        """Whether a plain number after a word of place comes before (`below 920 USDT`): money, not news of the coin."""
        k = at - 1
        if self.gap(k, at) != " " or not self.words[k].isdigit():
            return False
        while k and self.words[k].isdigit() and at - k < 6:
            k -= 1
        return self.folded[k] in _PLACES

    def is_proper(self, first: int, last: int) -> bool:
        """Whether a name with a capital is no common noun: "an Avalanche", "Avalanche of"."""
        if self.gap(last, last + 1) == " " and self.folded[last + 1] == "of":
            return False
        return not (self.gap(first - 1, first) == " " and self.folded[first - 1] in ("a", "an"))

    def is_name(self, first: int, last: int) -> bool:
        """Whether a capital within a sentence marks a name of its own, no part of a longer one, after no full stop."""
        if self.gap(first - 1, first) != " " or self.words[first - 1][0].isupper():
            return False
        return self.is_proper(first, last) and (
            self.gap(last, last + 1) != " " or not self.words[last + 1][0].isupper()
        )

    def has_article(self, first: int) -> bool:
        """Whether `a`, `an` or `market` comes before, so that a word of the trade belongs to a common noun."""
        return self.gap(first - 1, first) == " " and self.folded[first - 1] in ("a", "an", "market")

    def joined_by(self, last: int, first: int) -> bool:
        """Whether only a comma, `and`, or the like stand between two mentions, perhaps a ticker in parentheses."""
        between = self.text[self.ends[last] : self.starts[first]]
        return len(between) < 24 and _JOINT.fullmatch(between) is not None

    def _after(self, last: int) -> int:
        """The token after, beyond a possessive s."""
        following = last + 1
        if following < len(self.words) and self.folded[following] == "s" and self.gap(last, following) == "'":
            following += 1
        return following

    def _follows(self, at: int, known: frozenset[str]) -> bool:
        if self.gap(at - 1, at) not in (" ", "' "):
            return False
        return self.folded[at] in known or (
            self.gap(at, at + 1) in (" ", "-") and f"{self.folded[at]} {self.folded[at + 1]}" in known
        )
