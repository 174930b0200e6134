"""Parameters of the behavioural tests: the section `experiment.checklist`."""

from typing import Annotated

from pydantic import Field

from barometer.settings import Positive, Section, Share


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
