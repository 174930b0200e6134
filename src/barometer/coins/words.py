"""The words that stand beside coins, `context` in `conf/coins.yaml`, ready for look-ups."""

from collections.abc import Iterable
from typing import NamedTuple

from barometer.coins.table import CoinTable


class Beside(NamedTuple):
    """Words that count after and before a coin of one kind; two words are joined by a space."""

    after: frozenset[str]
    before: frozenset[str]


class Words(NamedTuple):
    """The words beside coins, ready for look-ups."""

    name: Beside
    ticker: Beside
    abbreviation: Beside
    helpers: frozenset[str]
    price_verbs: frozenset[str]
    weak_verbs: frozenset[str]
    quotes: frozenset[str]
    tickers: frozenset[str]

    @classmethod
    def of(cls, table: CoinTable) -> "Words":
        """The words of a table, verbs in all their forms."""
        context = table.context
        after, before = frozenset(context.after), frozenset(context.before)
        return cls(
            Beside(after | set(context.after_name), before),
            Beside(after | set(context.after_ticker), before | set(context.before_ticker)),
            Beside(frozenset(context.after_abbreviation), frozenset({"token", "coin"})),
            frozenset(context.helpers),
            _inflected(context.price_verbs),
            _inflected(context.weak_verbs),
            frozenset(context.quotes),
            frozenset(ticker for coin in table.searched for ticker in coin.tickers),
        )


def _inflected(verbs: Iterable[str]) -> frozenset[str]:
    """All regular forms of verbs, and some that nobody writes, which cost nothing."""
    endings = ("", "s", "es", "d", "ed", "ing")
    forms = {verb + ending for verb in verbs for ending in endings}
    forms |= {verb + verb[-1] + ending for verb in verbs for ending in ("ed", "ing")}
    forms |= {verb[:-1] + "ing" for verb in verbs if verb.endswith("e")}
    forms |= {verb[:-1] + ending for verb in verbs if verb.endswith("y") for ending in ("ies", "ied")}
    return frozenset(forms)
