"""Which coins a headline mentions: look-ups by token, and what stands beside a word that may mean a coin."""

import re
from collections import defaultdict
from typing import NamedTuple

from barometer.coins.context import Headline
from barometer.coins.forms import TOKEN, Form, Forms, Kind, ticker_kind
from barometer.coins.table import Coin, CoinTable
from barometer.coins.words import Words

_CRYPTO_QUOTES = frozenset({"BTC", "ETH", "BNB"})


class Mention(NamedTuple):
    """Where a form of a coin stands (first and last token), and what it needs so that it counts."""

    first: int
    last: int
    coin: Coin
    kind: Kind


class CoinFinder:
    """Finds the coins of a table in headlines."""

    def __init__(self, table: CoinTable) -> None:
        self._words = Words.of(table)
        self._forms = Forms(table)
        signs = "".join(self._forms.signs)
        self._sign = re.compile(rf"(?<![^\W\d_])[{signs}](?![^\W\d_])") if signs else None

    def find(self, title: str) -> frozenset[str]:
        """The tickers of the coins that a normalised title mentions."""
        signs = [] if self._sign is None or title.isascii() else self._sign.findall(title)
        found = {self._forms.signs[sign] for sign in signs}
        if self._forms.first.isdisjoint(TOKEN.findall(title.casefold())):
            return frozenset(found)
        headline = Headline(title, self._words)
        mentions = self._mentions(headline)
        judged = zip(mentions, self._judged(headline, mentions), strict=True)
        coins = {mention.coin.ticker: mention.coin for mention, counts in judged if counts}
        found |= coins.keys()
        return frozenset(found - {ticker for ticker, coin in coins.items() if coin.issued_by in found})

    def _mentions(self, headline: Headline) -> list[Mention]:
        """Forms of coins in order, none within another; the longest counts."""
        mentions = []
        at = 0
        while at < len(headline.words):
            form = self._form_at(headline, at) if headline.folded[at] in self._forms.first else None
            last = at if form is None else at + len(form.tokens) - 1
            if form is not None and form.coin is not None and not headline.in_domain(at, last):
                mentions.append(Mention(at, last, form.coin, form.kind))
            at = last + 1
        return mentions

    def _form_at(self, headline: Headline, at: int) -> Form | None:
        """A name of several words, else a ticker, else a name of one word."""
        forms = self._forms.names.get(headline.folded[at], ())
        longer = next((form for form in forms if len(form.tokens) > 1 and form.stands(headline, at)), None)
        return (
            longer
            or self._ticker_at(headline, at)
            or next((form for form in forms if len(form.tokens) == 1 and form.stands(headline, at)), None)
        )

    def _ticker_at(self, headline: Headline, at: int) -> Form | None:
        word = headline.words[at]
        coin = self._forms.tickers.get(word.upper())
        if coin is not None:
            kind = self._kind_at(headline, at, coin)
        else:
            coin = self._forms.glued.get(word) or self._forms.plain_plural(word)
            kind = Kind.NOTHING if coin is None else Kind.SURE
        return None if kind == Kind.NOTHING else Form((headline.folded[at],), (), coin, kind)

    def _kind_at(self, headline: Headline, at: int, coin: Coin) -> Kind:
        """What the ticker needs as it is written; NOTHING if it is none."""
        word, sign = headline.words[at], headline.sign(at)
        loud = word == word.upper()
        if sign == "$" or (sign == "#" and (loud or coin.any_case)):
            return Kind.SURE
        if self._is_money(headline, at) or (len(word) == 1 and not headline.in_pair(at, at)):
            return Kind.NOTHING
        if coin.any_case:
            return Kind.SURE
        return ticker_kind(coin, word) if loud else Kind.NOTHING

    def _is_money(self, headline: Headline, at: int) -> bool:
        """Whether a stablecoin is the unit in which another coin is quoted."""
        word = headline.words[at]
        if word not in self._words.quotes or word in _CRYPTO_QUOTES:
            return False
        return headline.is_quote(at) or (headline.is_price(at) and not headline.has_beside(at, at, self._words.ticker))

    def _judged(self, headline: Headline, mentions: list[Mention]) -> list[bool]:
        """Whether each mention counts: by itself, beside the coin's other form, or in a list with one that counts."""
        forms: defaultdict[str, set[bool]] = defaultdict(set)
        for mention in mentions:
            forms[mention.coin.ticker].add(mention.kind >= Kind.TICKER)
        sure = [len(forms[mention.coin.ticker]) == 2 or self._counts(headline, mention) for mention in mentions]
        for k in range(1, len(mentions)):
            sure[k] = sure[k] or (sure[k - 1] and _joins(headline, mentions[k], mentions[k - 1], mentions[k]))
        for k in range(len(mentions) - 2, -1, -1):
            sure[k] = sure[k] or (sure[k + 1] and _joins(headline, mentions[k], mentions[k], mentions[k + 1]))
        return sure

    def _counts(self, headline: Headline, mention: Mention) -> bool:
        first, last, _, kind = mention
        if kind == Kind.PROPER:
            return headline.is_proper(first, last) or headline.has_beside(first, last, self._words.name)
        if kind == Kind.WORD:
            return self._word_counts(headline, first, last)
        return kind == Kind.SURE or headline.in_pair(first, last) or self._ticker_counts(headline, mention)

    def _ticker_counts(self, headline: Headline, mention: Mention) -> bool:
        first, last, coin, kind = mention
        if not coin.not_beside.isdisjoint(headline.vocabulary):
            return False
        if headline.is_enclosed(first, last):
            return headline.in_parentheses(first, last)
        if kind == Kind.ABBREVIATION:
            return headline.has_beside(first, last, self._words.abbreviation)
        if headline.loud or kind == Kind.TICKER:
            return not headline.loud
        return headline.has_beside(first, last, self._words.ticker) or headline.has_price_verb(last)

    def _word_counts(self, headline: Headline, first: int, last: int) -> bool:
        if headline.has_beside(first, last, self._words.name):
            return not headline.has_article(first)
        if headline.loud:
            return False
        if headline.moves_by_number(last):
            return headline.is_proper(first, last)
        return headline.is_sentence and first > 0 and headline.is_name(first, last)


def _joins(headline: Headline, doubted: Mention, left: Mention, right: Mention) -> bool:
    """Whether a doubted mention stands in a list beside one that counts."""
    if doubted.kind == Kind.ABBREVIATION or (headline.loud and doubted.kind >= Kind.TICKER):
        return False
    if not doubted.coin.not_beside.isdisjoint(headline.vocabulary):
        return False
    return headline.joined_by(left.last, right.first)
