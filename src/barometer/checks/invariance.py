"""Invariance tests: who, where, how much and how it is typed must not change the class of a title."""

from collections.abc import Sequence

import numpy as np

from barometer.checks import perturb
from barometer.checks.check import Capability, Case, Check
from barometer.checks.expectation import same_class
from barometer.checks.perturb import Perturbation
from barometer.checks.statements import SIMPLE_NEGATIVE, SIMPLE_NEUTRAL, SIMPLE_POSITIVE
from barometer.checks.templates import Phrasing, Templates, seeded

_SIMPLE = (*SIMPLE_NEGATIVE, *SIMPLE_NEUTRAL, *SIMPLE_POSITIVE)
_BASES = 4  # texts from templates for each case that is wanted, because a change may not apply
_PERSONS = (
    "{exchange} names {first_name} {last_name} {post}",
    "{first_name} {last_name} charged with {crime} in {country}",
    "{first_name} {last_name} cleared of {crime} in {country}",
    "{asset} will {fall.base} by {percent}%, says {first_name} {last_name}",
    "{asset} will {rise.base} by {percent}%, says {first_name} {last_name}",
    "{exchange} co-founder {first_name} {last_name} steps down amid {crime} probe",
    "{bank} hires {first_name} {last_name} to expand {asset} custody",
    "Interview: {first_name} {last_name} on the design of {coin}",
)
_COUNTRIES = (
    "{country} bans {asset} trading",
    "{country} legalises {asset} payments",
    "{country} lifts ban on {asset}",
    "{exchange} wins licence in {country}",
    "{exchange} fined ${amount} million in {country}",
    "{exchange} halts withdrawals in {country}",
    "{exchange} opens office in {country}",
    "Regulator in {country} publishes paper on {asset}",
)
_CITIES = (
    "{exchange} to hold annual conference in {city} in {month}",
    "{coin} developers to meet in {city} on {weekday}",
    "Judge in {city} dismisses {crime} charges against {exchange}",
    "Police in {city} raid {exchange} office over {crime}",
    "Shops in {city} start accepting {asset}",
)
_AMOUNTS = (
    "{exchange} hacked for ${amount} million",
    "Hackers steal ${amount} million from {exchange}",
    "{company} buys ${amount} million of {asset}",
    "{exchange} posts record profit of ${amount} million",
    "{exchange} fined ${amount} million in {country}",
    "Inflows into {coin} funds hit record ${amount} million",
    "{exchange} moves ${amount} million of {asset} between its own wallets",
)
_NEGATED = (
    "{asset} won't {fall.base} by {percent}% {period}",
    "{asset} won't {rise.base} by {percent}% {period}",
    "{asset} isn't going to {fall.base}, {speaker.low} say",
    "{asset} isn't going to {rise.base}, {speaker.low} say",
    "{exchange} won't {harm}, {officer} says",
    "{exchange} doesn't list {asset} in {country}",
    "{asset} didn't {fall.base} after the {occasion}",
    "{asset} hasn't {rise.done} since the {occasion}",
    "{company} can't accept {asset} in {country}",
)


def invariance_checks(
    templates: Templates, headlines: Sequence[str], cases: int, tolerance: float, seed: int
) -> list[Check]:
    """The tests of the capabilities Entities and Robustness.

    Args:
        headlines: held-out titles; those to which a change applies make up to half of the cases of its test.
        tolerance: see `same_class`.

    Raises:
        ValueError: if the templates cannot make so many distinct cases.
    """
    demand, real = same_class(tolerance), [Case(text) for text in headlines]
    checks = []
    for name, pairs in _swaps().items():
        made = templates.cases(pairs, cases, seeded(seed, name))
        checks.append(Check(name, "Entities", "INV", demand, tuple(made)))
    for name, (capability, phrasings, change) in _changes().items():
        rng = seeded(seed, name)
        found = _changed(real, change, cases // 2, rng)
        bases = templates.cases(phrasings, _BASES * cases, rng)
        found += _changed(bases, change, cases - len(found), rng)
        if len(found) < cases:
            raise ValueError(f"{cases} cases of {name!r} wanted, but only {len(found)} could be made")
        checks.append(Check(name, capability, "INV", demand, tuple(found)))
    return checks


def _swaps() -> dict[str, list[Phrasing]]:
    """Tests whose originals come from templates alone, because only there is it known what fills which slot."""
    return {
        "other person": [_other(phrasing, "first_name", "last_name") for phrasing in _PERSONS],
        "other country": [_other(phrasing, "country") for phrasing in _COUNTRIES],
        "other city": [_other(phrasing, "city") for phrasing in _CITIES],
        "other amount": [_other(phrasing, "amount") for phrasing in _AMOUNTS],
    }


def _other(phrasing: str, *slots: str) -> tuple[str, str]:
    changed = phrasing
    for slot in slots:
        changed = changed.replace(f"{{{slot}}}", f"{{other_{slot}}}")
    return phrasing, changed


def _changes() -> dict[str, tuple[Capability, Sequence[Phrasing], Perturbation]]:
    """Tests that change titles of any origin, with the templates of those that are no headlines."""
    about_coins = [phrasing for phrasing in _SIMPLE if "{coin}" in phrasing or "{asset}" in phrasing]
    about_exchanges = [phrasing for phrasing in _SIMPLE if "{exchange}" in phrasing]
    return {
        "other coin": ("Entities", about_coins, perturb.other_coin),
        "other exchange": ("Entities", about_exchanges, perturb.other_exchange),
        "other currency": ("Entities", _AMOUNTS, perturb.other_currency),
        "ticker added": ("Entities", about_coins, perturb.added_ticker),
        "outlet added": ("Robustness", _SIMPLE, perturb.added_source),
        "keyboard typo": ("Robustness", _SIMPLE, perturb.typo("keyboard")),
        "swapped letters": ("Robustness", _SIMPLE, perturb.typo("swap")),
        "punctuation": ("Robustness", _SIMPLE, perturb.other_punctuation),
        "upper and lower case": ("Robustness", _SIMPLE, perturb.other_case),
        "contractions": ("Robustness", _NEGATED, perturb.switched_contraction),
    }


def _changed(bases: Sequence[Case], change: Perturbation, n: int, rng: np.random.Generator) -> list[Case]:
    """At most n of the bases, in random order, each with its changed text."""
    found: list[Case] = []
    for i in rng.permutation(len(bases)):
        text = change(bases[i].text, rng) if len(found) < n else None
        if text is not None:
            found.append(Case(text, bases[i].text, bases[i].source))
    return found
