"""The parts of the news that roll-ups sum: all headlines, a coin, a coin alone, an outlet; and how a roll-up is keyed.

A roll-up's key has its span and a text for its part: '' for all headlines, `BTC` for those that mention a coin, `=BTC`
for those that mention it and no other, `@NAME` for those of an outlet. Coins alone and outlets have spans of their own,
so that whoever reads all headlines or the coins of a window reads no other rows, in any collation of the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

MAX_OUTLET = 200  # characters of a source that tell outlets apart: keys of an index must be short


class Kind(StrEnum):
    """A kind of parts."""

    ALL = "all headlines"
    COIN = "a coin"
    ALONE = "a coin alone"
    OUTLET = "an outlet"

    @property
    def mark(self) -> str:
        """What stands before the name in a key."""
        return _MARKS.get(self, "")

    @property
    def apart(self) -> int:
        """What is added to the hours of a span in a key; no span has so many hours."""
        return _APART.get(self, 0)


# Kinds whose roll-ups share their spans.
GROUPS = ((Kind.ALL, Kind.COIN), (Kind.ALONE,), (Kind.OUTLET,))
_MARKS = {Kind.ALONE: "=", Kind.OUTLET: "@"}
_APART = {Kind.ALONE: 1000, Kind.OUTLET: 2000}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the news: its kind, and the ticker (in capitals) or the name of the outlet."""

    kind: Kind
    name: str = ""

    @property
    def key(self) -> str:
        """The text of the part in the keys of its roll-ups."""
        return self.kind.mark + self.name


ALL = Part(Kind.ALL)
Asked: TypeAlias = Part | str | None  # a ticker stands for the headlines that mention the coin, None for all
Weights: TypeAlias = Literal["equal_headlines", "equal_outlets"]  # what has the same weight in the mean


def about(ticker: str, *, alone: bool = False) -> Part:
    """The headlines that mention a coin (ticker in capitals), or that mention it and no other."""
    return Part(Kind.ALONE if alone else Kind.COIN, ticker)


def from_outlet(source: str) -> Part:
    """The headlines of an outlet: those with this source, as far as its first 200 characters tell.

    What no source has in the store, NUL and lone surrogates, is replaced as there.
    """
    stored = source[:MAX_OUTLET].replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return Part(Kind.OUTLET, stored)


def part_of(asked: Asked) -> Part:
    """The part that is asked for."""
    if isinstance(asked, Part):
        return asked
    return about(asked) if asked else ALL


def parts_of(source: str, coins: Sequence[str]) -> list[Part]:
    """The parts that a headline belongs to, given its source and the coins that it mentions."""
    alone = [about(coins[0], alone=True)] if len(coins) == 1 else []
    return [ALL, *map(about, coins), *alone, from_outlet(source)]


def spans_of(hours: int) -> list[int]:
    """The spans of so many hours in the keys of all kinds of parts."""
    return sorted({hours + kind.apart for kind in Kind})
