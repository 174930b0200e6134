"""What the gate decided about a model, with every number, as words and as flat facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from barometer.stats import Estimate


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """What one set says.

    Attributes:
        majority: share of its most frequent class.
        figures: of the challenger, by name.
        champion: the same of the champion; empty where it was not compared.
        above_majority: accuracy minus `majority`.
        differences: challenger minus champion, by figure.
        failures: what forbids promotion, as words; empty if nothing does.
    """

    name: str
    headlines: int
    majority: float
    figures: Mapping[str, float]
    champion: Mapping[str, float]
    above_majority: Estimate
    differences: Mapping[str, Estimate]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision and everything behind it.

    Attributes:
        rival: what the challenger was compared with, in words.
        sets: what each set says; a verdict without any set refuses.
        failure_rate: mean failure rate over the minimum functionality tests, in [0, 1], and the highest that may ship.
    """

    rival: str
    sets: tuple[SetVerdict, ...]
    failure_rate: float
    may_fail: float

    @property
    def functional(self) -> bool:
        """Whether minimum functionality is reached."""
        return self.failure_rate <= self.may_fail

    @property
    def passed(self) -> bool:
        """Whether the challenger may become champion."""
        return self.functional and bool(self.sets) and not any(found.failures for found in self.sets)

    @property
    def yardsticks(self) -> tuple[str, ...]:
        """The names of the sets."""
        return tuple(found.name for found in self.sets)

    @property
    def reason(self) -> str:
        """The decision in a sentence, for example `against champion 3 on fresh: above the majority class and ...`."""
        failed = [f"on {found.name} {', '.join(found.failures)}" for found in self.sets if found.failures]
        if not self.sets:
            failed.append("no yardstick is at hand")
        judged = "; ".join(failed) or "above the majority class and within every margin"
        reached = "reached" if self.functional else "missed"
        cases = f"{self.failure_rate:.1%} of the cases fail, {self.may_fail:.1%} may"
        where = ", ".join(self.yardsticks) or "nothing"
        return f"against {self.rival} on {where}: {judged}; minimum functionality {reached}: {cases}"

    def numbers(self) -> dict[str, float]:
        """Every number under a flat key, for example `fresh.accuracy.low` (of the difference to the champion)."""
        flat = {"functionality.failure_rate": self.failure_rate, "functionality.may_fail": self.may_fail}
        for found in self.sets:
            flat |= {f"{found.name}.{key}": value for key, value in _numbers(found)}
        return flat


def _numbers(found: SetVerdict) -> list[tuple[str, float]]:
    estimates = {"above_majority": found.above_majority, **{f"{k}.difference": e for k, e in found.differences.items()}}
    bounds = [
        (f"{key}{end}", bound)
        for key, e in estimates.items()
        for end, bound in (("", e.value), (".low", e.low), (".high", e.high))
    ]
    return [
        ("headlines", found.headlines),
        ("majority", found.majority),
        *((f"{key}.challenger", value) for key, value in found.figures.items()),
        *((f"{key}.champion", value) for key, value in found.champion.items()),
        *bounds,
    ]
