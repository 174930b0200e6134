"""How often something befalls groups of headlines, and how many times as often one group as another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from scipy.stats.contingency import relative_risk

from barometer.models.metrics import Estimate

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with the Wilson interval (Wilson 1927) of the share."""

    cases: int
    headlines: int
    share: Estimate


def rate(affected: Mask, group: Mask, confidence: float = 0.95) -> Rate:
    """The share of a group that is affected; both masks have shape (N,).

    Raises:
        ValueError: if the group is empty.
    """
    cases, headlines = int((affected & group).sum()), int(group.sum())
    if headlines == 0:
        raise ValueError("an empty group has no rate")
    interval = binomtest(cases, headlines).proportion_ci(confidence, method="wilson")
    return Rate(cases, headlines, Estimate(cases / headlines, float(interval.low), float(interval.high)))


def risk_ratio(exposed: Rate, control: Rate, confidence: float = 0.95) -> Estimate | None:
    """How many times as high the first rate is, with the interval of its logarithm (Katz et al. 1978).

    None where either group has no case: then the interval is not defined.
    """
    if exposed.cases == 0 or control.cases == 0:
        return None
    found = relative_risk(exposed.cases, exposed.headlines, control.cases, control.headlines)
    interval = found.confidence_interval(confidence)
    return Estimate(float(found.relative_risk), float(interval.low), float(interval.high))
