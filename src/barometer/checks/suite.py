"""The whole suite, made from `phrasings.yaml` and held-out headlines.

`python -m barometer.checks.suite` stores the cases that the gate judges by; the stage `checklist` runs it.
"""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from barometer.checks import cases as stored
from barometer.checks.cases import Capability, Case, Check, Demand, Kind
from barometer.checks.perturb import CHANGES, Perturbation
from barometer.checks.templates import Phrasing, Templates, read, seeded, with_other
from barometer.labels import CLASS_NAMES
from barometer.settings import Positive, Section, Share

CASES, SEED = 200, 17  # of the stored tests, as in conf/: a test holds them equal
_BASES = 4  # texts from templates for each case that is wanted, because a change may not apply


class ChecklistSettings(Section):
    """How many cases a test has, what counts as a failure, and what a model must reach to ship.

    Attributes:
        cases: of every test.
        invariance_tolerance: by how much the probability of the predicted class may move before a changed class fails.
        direction_tolerance: least movement of the score (P(positive) - P(negative), in [-1, 1]) that news must cause,
            and the largest one the wrong way that is forgiven.
        worst_examples: shown in the report for every test.
        bootstrap_samples: resamples behind the interval of the negation gap.
        minimum_functionality: the highest mean failure rate over the minimum functionality tests that may ship.
    """

    cases: Annotated[int, Field(ge=20, le=500)]
    invariance_tolerance: Annotated[float, Field(ge=0, lt=1)]
    direction_tolerance: Annotated[float, Field(ge=0, lt=1)]
    worst_examples: Positive
    bootstrap_samples: Annotated[int, Field(ge=100)]
    minimum_functionality: Share


class Plan(Section):
    """A test before its templates are filled: an entry of `phrasings.yaml`, which explains the keys."""

    name: str
    capability: Capability
    kind: Kind
    demand: Demand
    phrasings: tuple[Phrasing, ...] = ()
    phrasings_of: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    change: str = ""
    news: tuple[str, ...] = ()
    not_after: str = ""


def plans() -> list[Plan]:
    """All tests before their templates are filled."""
    return [Plan.model_validate(entry) for entry in read("phrasings.yaml")]


def build_suite(headlines: Sequence[tuple[str, int]], params: ChecklistSettings, seed: int) -> list[Check]:
    """Make every test, alike for the same arguments.

    Args:
        headlines: held-out titles with their classes; where a change applies to them they make up to half of the
            cases of its test, templates the rest. May be empty.
        params: sizes and tolerances.
        seed: each test draws from a generator of its own, seeded by this and by its name.

    Raises:
        MissingLibraryError: if checklist or nlpaug is not installed.
        ValueError: if the templates cannot make that many distinct cases.
    """
    made = {plan.name: plan for plan in plans()}
    templates = Templates()
    return [_check(plan, _phrasings(plan, made), templates, headlines, params, seed) for plan in made.values()]


def functionality_checks(cases: int, seed: int) -> list[Check]:
    """The minimum functionality tests alone, which need no headlines; raises what `build_suite` raises."""
    templates = Templates()
    return [
        Check(plan.name, plan.capability, plan.kind, plan.demand, 0.0, tuple(made))
        for plan in plans()
        if plan.kind == "MFT"
        for made in [templates.cases(plan.phrasings, cases, seeded(seed, plan.name))]
    ]


def _phrasings(plan: Plan, made: Mapping[str, Plan]) -> list[Phrasing]:
    """The phrasings of a test, its own and those that it takes from others."""
    others = [phrasing for name in plan.phrasings_of for phrasing in made[name].phrasings]
    fitting = [text for text in others if not plan.about or any(f"{{{slot}}}" in text for slot in plan.about)]
    return [with_other(phrasing, plan.other) for phrasing in (*plan.phrasings, *fitting)]


def _check(
    plan: Plan,
    phrasings: Sequence[Phrasing],
    templates: Templates,
    headlines: Sequence[tuple[str, int]],
    params: ChecklistSettings,
    seed: int,
) -> Check:
    rng, n = seeded(seed, plan.name), params.cases
    if plan.change:
        change = CHANGES[plan.change]
        found = _changed([Case(text) for text, _ in headlines], change, n // 2, rng)
        found += _changed(templates.cases(phrasings, _BASES * n, rng), change, n - len(found), rng)
    else:
        real = [text for text, label in headlines if plan.news and CLASS_NAMES[label] != plan.not_after]
        found = _with_news(templates, real, plan.news, n // 2, rng)
        found += templates.cases(phrasings, n - len(found), rng)
    if len(found) < n:
        raise ValueError(f"{n} cases of {plan.name!r} wanted, but only {len(found)} could be made")
    tolerance = {"MFT": 0.0, "INV": params.invariance_tolerance, "DIR": params.direction_tolerance}[plan.kind]
    return Check(plan.name, plan.capability, plan.kind, plan.demand, tolerance, tuple(found))


def _changed(bases: Sequence[Case], change: Perturbation, n: int, rng: np.random.Generator) -> list[Case]:
    """At most n of the bases, in random order, each with its changed text."""
    found: list[Case] = []
    for i in rng.permutation(len(bases)):
        text = change(bases[i].text, rng) if len(found) < n else None
        if text is not None:
            found.append(Case(text, bases[i].text, bases[i].source))
    return found


def _with_news(
    templates: Templates, headlines: Sequence[str], clauses: Sequence[str], n: int, rng: np.random.Generator
) -> list[Case]:
    """At most n titles, each followed by a clause of news."""
    if not headlines:
        return []
    chosen = [headlines[i] for i in rng.permutation(len(headlines))[:n]]
    news = templates.cases(clauses, len(chosen), rng)
    return [Case(f"{title.rstrip('.')}; {case.text}", title) for title, case in zip(chosen, news, strict=True)]


def main() -> None:
    """Store the cases that the gate judges by."""
    lines = stored.to_lines(functionality_checks(CASES, SEED))
    Path(__file__).with_name(stored.FILE).write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == "__main__":
    main()
