"""Directional tests: news moves the score of a title its way, a negation the other way, stronger words no less."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barometer.checks.check import Capability, Case, Check
from barometer.checks.expectation import Demand, moves, never_weakens
from barometer.checks.templates import Templates, seeded
from barometer.labels import Label

_HACK = (
    ("{exchange} opens office in {city}", "{exchange} opens office in {city} after ${amount} million hack"),
    ("{exchange} names {first_name} {last_name} {post}", "Hacked {exchange} names {first_name} {last_name} {post}"),
    ("{exchange} moves servers to {country}", "{exchange}, hacked for ${amount} million, moves servers to {country}"),
    ("{market.name} trades at {market.low}", "{market.name} trades at {market.low} as {exchange} is hacked"),
    ("{company} holds {asset}", "{company} holds {asset}, hackers steal ${amount} million of it"),
    ("{coin} developers meet in {city}", "{coin} developers meet in {city} after network is hacked"),
)
_HACK_NEWS = (
    "{exchange} hacked for ${amount} million",
    "hackers drain ${amount} million from {exchange}",
    "{exchange} halts withdrawals after hack",
)
_APPROVAL = (
    ("{exchange} opens office in {city}", "{exchange} opens office in {city} after licence is approved"),
    ("{exchange} applies for licence in {country}", "{exchange} applies for licence in {country} and is approved"),
    ("{market.name} trades at {market.low}", "{market.name} trades at {market.low} as SEC approves its ETF"),
    ("{bank} files for {asset} ETF", "{bank} files for {asset} ETF, SEC approves it"),
    ("{country} debates {asset} bill", "{country} debates {asset} bill, parliament approves it"),
    ("{coin} developers meet in {city}", "{coin} developers meet in {city} after regulator approves {coin} ETF"),
)
_APPROVAL_NEWS = (
    "SEC approves {coin} ETF",
    "{country} approves {asset} payments",
    "regulator approves licence for {exchange}",
)
_STEEPER_FALL = (
    ("{asset} {steeper_fall.mild} {percent}%", "{asset} {steeper_fall.strong} {percent}%"),
    ("{asset} {steeper_fall.mild} after the {occasion}", "{asset} {steeper_fall.strong} after the {occasion}"),
    ("{market.name} {steeper_fall.mild} below {market.low}", "{market.name} {steeper_fall.strong} below {market.low}"),
)
_STEEPER_RISE = (
    ("{asset} {steeper_rise.mild} {percent}%", "{asset} {steeper_rise.strong} {percent}%"),
    ("{asset} {steeper_rise.mild} after the {occasion}", "{asset} {steeper_rise.strong} after the {occasion}"),
    (
        "{market.name} {steeper_rise.mild} above {market.high}",
        "{market.name} {steeper_rise.strong} above {market.high}",
    ),
)
_FALL_INTENSIFIED = (
    ("{asset} {fall.s} after the {occasion}", "{asset} {fall.s} {how} after the {occasion}"),
    ("{asset} is {fall.ing}, {speaker.low} say", "{asset} is {fall.ing} {how}, {speaker.low} say"),
    ("{market.name} {fall.past} below {market.low}", "{market.name} {fall.past} {how} below {market.low}"),
)
_RISE_INTENSIFIED = (
    ("{asset} {rise.s} after the {occasion}", "{asset} {rise.s} {how} after the {occasion}"),
    ("{asset} is {rise.ing}, {speaker.low} say", "{asset} is {rise.ing} {how}, {speaker.low} say"),
    ("{market.name} {rise.past} above {market.high}", "{market.name} {rise.past} {how} above {market.high}"),
)


_FALL_NEGATED = (
    ("{asset} will {fall.base} by {percent}% {period}", "{asset} won't {fall.base} by {percent}% {period}"),
    (
        "{asset} will {fall.base} {period}, {speaker.low} say",
        "{asset} will not {fall.base} {period}, {speaker.low} say",
    ),
    ("{asset} is expected to {fall.base} {period}", "{asset} is not expected to {fall.base} {period}"),
    ("{asset} is likely to {fall.base} {period}", "{asset} is unlikely to {fall.base} {period}"),
    ("{asset} shows signs of {fall.ing}", "{asset} shows no signs of {fall.ing}"),
    ("{asset} has {fall.done} since the {occasion}", "{asset} has not {fall.done} since the {occasion}"),
)
_RISE_NEGATED = tuple(
    (plain.replace("{fall", "{rise"), negated.replace("{fall", "{rise")) for plain, negated in _FALL_NEGATED
)


@dataclass(frozen=True, slots=True)
class _Direction:
    """A directional test before its templates are filled.

    Attributes:
        pairs: templates of an original and of what is judged against it.
        news: clauses that are added to held-out headlines as well, but to none of the class `said`, which says the
            like already.
    """

    name: str
    capability: Capability
    demand: Demand
    pairs: Sequence[tuple[str, str]]
    news: Sequence[str] = ()
    said: Label | None = None


def direction_checks(
    templates: Templates, headlines: Sequence[tuple[str, int]], cases: int, tolerance: float, seed: int
) -> list[Check]:
    """The directional tests: of the capability Direction, and of Negation where a negation is added.

    Args:
        headlines: held-out titles with their classes; up to half of the cases of the tests of news come from them.
        tolerance: see `moves` and `never_weakens`.

    Raises:
        ValueError: if the templates cannot make so many distinct cases.
    """
    checks = []
    for plan in _plans(tolerance):
        rng = seeded(seed, plan.name)
        real = [text for text, label in headlines if plan.news and label != plan.said]
        added = _with_news(templates, real, plan.news, cases // 2, rng)
        made = templates.cases(plan.pairs, cases - len(added), rng)
        checks.append(Check(plan.name, plan.capability, "DIR", plan.demand, (*added, *made)))
    return checks


def _plans(tolerance: float) -> list[_Direction]:
    falls, rises = moves(-1, tolerance), moves(1, tolerance)
    as_bad, as_good = never_weakens(-1, tolerance), never_weakens(1, tolerance)
    return [
        _Direction("negation added to a fall", "Negation", rises, _FALL_NEGATED),
        _Direction("negation added to a rise", "Negation", falls, _RISE_NEGATED),
        _Direction("hack added", "Direction", falls, _HACK, _HACK_NEWS, Label.NEGATIVE),
        _Direction("approval added", "Direction", rises, _APPROVAL, _APPROVAL_NEWS, Label.POSITIVE),
        _Direction("stronger verb of falling", "Direction", as_bad, _STEEPER_FALL),
        _Direction("stronger verb of rising", "Direction", as_good, _STEEPER_RISE),
        _Direction("intensified fall", "Direction", as_bad, _FALL_INTENSIFIED),
        _Direction("intensified rise", "Direction", as_good, _RISE_INTENSIFIED),
    ]


def _with_news(
    templates: Templates, headlines: Sequence[str], clauses: Sequence[str], n: int, rng: np.random.Generator
) -> list[Case]:
    """At most n titles, each with a clause of news behind it."""
    if not headlines:
        return []
    chosen = [headlines[i] for i in rng.permutation(len(headlines))[:n]]
    news = templates.cases(clauses, len(chosen), rng)
    return [Case(f"{title.rstrip('.')}; {case.text}", title) for title, case in zip(chosen, news, strict=True)]
