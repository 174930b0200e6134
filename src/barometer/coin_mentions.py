"""Which coins a headline mentions: look-ups by token, and what stands beside a word that may mean a coin."""

import re
from collections import defaultdict
from enum import IntEnum
from typing import NamedTuple

from barometer.coin_context import Headline, Words
from barometer.coin_table import Coin, CoinTable

_TOKEN = re.compile(r"\w+")


class Kind(IntEnum):
    """What a form of a coin needs so that it counts."""

    NOTHING = 0  # it is something else
    SURE = 1
    PROPER = 2  # a capital
    WORD = 3  # a capital, and a word of the trade beside it
    TICKER = 4  # capitals
    WORD_TICKER = 5  # capitals, and a word of the trade or a verb of prices beside it
    ABBREVIATION = 6  # capitals, and a word that only coins have beside it


class Form(NamedTuple):
    """A name or ticker as folded tokens, what may join them, its coin, and what it needs."""

    tokens: tuple[str, ...]
    joints: tuple[str, ...]
    coin: Coin | None
    kind: Kind


class Mention(NamedTuple):
    """Where a form of a coin stands (first and last token), and what it needs so that it counts."""

    first: int
    last: int
    coin: Coin
    kind: Kind


class Lexicon:
    """All forms of all coins, by their first token."""

    def __init__(self, table: CoinTable) -> None:
        self._words = Words.of(table)
        self._forms: defaultdict[str, list[Form]] = defaultdict(list)
        self._tickers: dict[str, Coin] = {}
        self._glued: dict[str, Coin] = {}
        for thing in table.other_things:
            self._add(thing, None, Kind.NOTHING)
        for coin in table.searched:
            self._add_coin(coin)
        for forms in self._forms.values():
            forms.sort(key=lambda form: -len(form.tokens))
        plurals = (f"{ticker}s" for ticker in self._tickers)
        self._first = frozenset(self._forms) | {t.casefold() for t in (*self._tickers, *self._glued, *plurals)}
        signs = {coin.symbol: coin.ticker for coin in table.searched if coin.symbol}
        self._signs = signs
        self._sign = re.compile(rf"(?<![^\W\d_])[{''.join(signs)}](?![^\W\d_])") if signs else None

    def _add_coin(self, coin: Coin) -> None:
        for name in coin.names:
            for form in (name, f"{name}s") if name.endswith("coin") else (name,):
                self._add(form, coin, Kind.SURE)
        for name in coin.proper:
            self._add(name, coin, Kind.PROPER)
        for name in coin.words:
            self._add(name, coin, Kind.WORD)
        for ticker in coin.tickers:
            self._tickers[ticker] = coin
            if len(ticker) > 1:
                self._glued |= {ticker + quote: coin for quote in self._words.quotes}

    def _add(self, text: str, coin: Coin | None, kind: Kind) -> None:
        tokens = tuple(_TOKEN.findall(text.casefold()))
        joints = tuple("-" if sign == "-" else " -." for sign in re.findall(r"\W", text))
        self._forms[tokens[0]].append(Form(tokens, joints, coin, kind))

    def find(self, title: str) -> frozenset[str]:
        """The tickers of the coins that a normalised title mentions."""
        found = set(self._signs[sign] for sign in self._sign.findall(title)) if self._sign and not title.isascii() else set()
        if self._first.isdisjoint(_TOKEN.findall(title.casefold())):
            return frozenset(found)
        headline = Headline(title, self._words)
        mentions = self._mentions(headline)
        sure = self._judged(headline, mentions)
        coins = {mention.coin.ticker for mention, counts in zip(mentions, sure, strict=True) if counts}
        found |= {coin for coin in coins if self._tickers[coin].issued_by not in coins}
        return frozenset(found)

    def _mentions(self, headline: Headline) -> list[Mention]:
        """Forms of coins in order, none within another; the longest counts."""
        mentions = []
        at = 0
        while at < len(headline.words):
            length = 1
            if headline.folded[at] in self._first:
                form = self._form_at(headline, at)
                if form is not None:
                    length = len(form.tokens)
                    last = at + length - 1
                    if form.coin is not None and not headline.in_domain(at, last):
                        mentions.append(Mention(at, last, form.coin, form.kind))
            at += length
        return mentions

    def _form_at(self, headline: Headline, at: int) -> Form | None:
        forms = self._forms.get(headline.folded[at], ())
        for form in forms:
            if len(form.tokens) > 1 and _stands(headline, at, form):
                return form
        ticker = self._ticker_at(headline, at)
        if ticker is not None:
            return ticker
        return next((form for form in forms if len(form.tokens) == 1 and _stands(headline, at, form)), None)

    def _ticker_at(self, headline: Headline, at: int) -> Form | None:
        word = headline.words[at]
        upper = word.upper()
        coin = self._tickers.get(upper)
        if coin is None:
            plain = word[:-1] if word.endswith("s") and word[:-1].isupper() and len(word) > 3 else ""
            coin = self._glued.get(word) or self._tickers.get(plain)
            if coin is None or (plain and _ticker_kind(coin) != Kind.TICKER):
                return None
            return Form((headline.folded[at],), (), coin, Kind.SURE)
        sign = headline.sign(at)
        if sign == "$" or (sign == "#" and (word == upper or coin.any_case)):
            return Form((headline.folded[at],), (), coin, Kind.SURE)
        if len(word) == 1 and not (word == upper and headline.in_pair(at, at)):
            return None
        if coin.any_case:
            return None if self._is_money(headline, at) else Form((headline.folded[at],), (), coin, Kind.SURE)
        if word != upper or self._is_money(headline, at):
            return None
        # An older ticker is no word: MATIC is plain where POL is not.
        kind = _ticker_kind(coin) if word == coin.ticker else Kind.TICKER
        return Form((headline.folded[at],), (), coin, kind)

    def _is_money(self, headline: Headline, at: int) -> bool:
        """Whether a stablecoin is the unit in which another coin is quoted."""
        word = headline.words[at]
        if word not in self._words.quotes or word in ("BTC", "ETH", "BNB"):
            return False
        return headline.is_quote(at) or (headline.is_price(at) and not headline.has_beside(at, at, self._words.ticker))

    def _judged(self, headline: Headline, mentions: list[Mention]) -> list[bool]:
        """Whether each mention counts: by itself, beside the coin's other form, or in a list with one that counts."""
        forms: defaultdict[str, set[bool]] = defaultdict(set)
        for mention in mentions:
            forms[mention.coin.ticker].add(mention.kind >= Kind.TICKER)
        sure = [len(forms[m.coin.ticker]) == 2 or self._counts(headline, m) for m in mentions]
        for order in (range(1, len(mentions)), range(len(mentions) - 2, -1, -1)):
            step = -1 if order.step == 1 else 1
            for k in order:
                if sure[k + step] and not sure[k] and self._lists(headline, mentions, k, k + step):
                    sure[k] = True
        return sure

    def _lists(self, headline: Headline, mentions: list[Mention], one: int, other: int) -> bool:
        left, right = sorted((one, other))
        if mentions[one].kind == Kind.ABBREVIATION or (headline.loud and mentions[one].kind >= Kind.TICKER):
            return False
        if not mentions[one].coin.not_beside.isdisjoint(headline.folded):
            return False
        return headline.joined_by(mentions[left].last, mentions[right].first)

    def _counts(self, headline: Headline, mention: Mention) -> bool:
        first, last, coin, kind = mention
        if kind == Kind.SURE:
            return True
        if kind == Kind.PROPER:
            return _is_proper(headline, first, last) or headline.has_beside(first, last, self._words.name)
        if kind == Kind.WORD:
            return self._word_counts(headline, first, last)
        if headline.in_pair(first, last):
            return True
        if not coin.not_beside.isdisjoint(headline.folded):
            return False
        if headline.in_parentheses(first, last):
            return True
        if self._bare_share(headline, first, last):
            return False
        if kind == Kind.ABBREVIATION:
            return headline.has_beside(first, last, self._words.abbreviation)
        if headline.loud:
            return False
        if kind == Kind.TICKER:
            return True
        return headline.has_beside(first, last, self._words.ticker) or headline.has_price_verb(last)

    def _bare_share(self, headline: Headline, first: int, last: int) -> bool:
        """Whether the ticker stands in parentheses that did not count: it is a share's, or spells out a name."""
        return headline.text[headline.starts[first] - 1 : headline.starts[first]] == "(" and (
            headline.text[headline.ends[last] : headline.ends[last] + 1] == ")"
        )

    def _word_counts(self, headline: Headline, first: int, last: int) -> bool:
        if headline.has_beside(first, last, self._words.name):
            return not _belongs_to_other(headline, first)
        if headline.loud:
            return False
        if headline.moves_by_number(last):
            return _is_proper(headline, first, last)
        return headline.is_sentence and first > 0 and _is_name(headline, first, last)


def _stands(headline: Headline, at: int, form: Form) -> bool:
    """Whether a form stands at a token, in the case that it needs."""
    last = at + len(form.tokens) - 1
    if tuple(headline.folded[at : last + 1]) != form.tokens:
        return False
    if any(headline.gap(at + k, at + k + 1) not in tuple(form.joints[k]) for k in range(last - at)):
        return False
    if form.kind not in (Kind.PROPER, Kind.WORD):
        return True
    return all(word[0].isupper() for word in headline.words[at : last + 1])


def _ticker_kind(coin: Coin) -> Kind:
    if coin.abbreviation:
        return Kind.ABBREVIATION
    return Kind.WORD_TICKER if coin.word_ticker else Kind.TICKER


def _is_proper(headline: Headline, first: int, last: int) -> bool:
    """Whether a name in capitals is no common noun: "an Avalanche", "Avalanche of", "The Cosmos"."""
    if headline.gap(last, last + 1) == " " and headline.folded[last + 1] in ("of", "effect", "effects"):
        return False
    return not (headline.gap(first - 1, first) == " " and headline.folded[first - 1] in ("a", "an"))


def _belongs_to_other(headline: Headline, first: int) -> bool:
    """Whether a name with a hyphen or an article stands before, to which the word belongs ("a Compound price")."""
    return headline.gap(first - 1, first) == " " and headline.folded[first - 1] in ("a", "an", "market")


def _is_name(headline: Headline, first: int, last: int) -> bool:
    """Whether a capital within a sentence marks a name of its own, no part of a longer one, after no full stop."""
    before, after = headline.gap(first - 1, first), headline.gap(last, last + 1)
    if before != " " or not _is_proper(headline, first, last):
        return False
    if headline.words[first - 1][0].isupper():
        return False
    return after != " " or not headline.words[last + 1][0].isupper()
