"""Labels of people, and what is measured of them. All times are UTC, with zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from barometer.labels import Label

# What a label of None is called: so in the store, with a capital in Label Studio.
NOT_NEWS = "not news"


@dataclass(frozen=True, slots=True)
class Annotation:
    """The label that a person gave to a stored headline; None means that it is not news.

    `hard` says that the person expects others to choose another label.
    """

    title_id: int
    annotator: str
    label: Label | None
    annotated_at: datetime
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """A result, as plain data, and when it was measured, in UTC."""

    measured_at: datetime
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnnotationOverview:
    """The state of annotation.

    Attributes:
        projects: addresses of the projects in Label Studio.
        waiting: headlines that await an answer, as tasks or not yet sent.
        tasks: how many tasks there are by state.
        random: headlines that were drawn at random, of those sampled.
        votes: current labels in class order, then those that say "not news".
        hard: current labels that are marked as hard.
        headlines, annotators: that have current labels, and that gave them.
        ended: labels that were changed or withdrawn.
        bad: annotations that cannot be used.
        agreement: the newest measurement, None before the first.
        drift: measurements, newest first.
    """

    projects: Sequence[str]
    waiting: int
    tasks: Mapping[str, int]
    random: int
    votes: Sequence[int]
    hard: int
    headlines: int
    annotators: int
    ended: int
    bad: int
    agreement: Measurement | None
    drift: Sequence[Measurement]
