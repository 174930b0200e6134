from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from barometer.drift.measure import DriftResult, Measure
from barometer.drift.words import DriftedNgram
from barometer.stats import Estimate
from pipelines.studies.drift.analysis import Result
from pipelines.studies.drift.methods.comparison import Comparison, LeftOut
from pipelines.studies.drift.methods.sides import DriftStudySettings

OUTLET = {"corpora": ["demo"], "sources": ["a.example"]}
PARAMS: dict[str, Any] = {
    "reference": {"corpora": ["demo"], "until": "2019-12-31"},
    "newer": {"corpora": ["demo", "more"], "since": "2020-01-01", "labelled": False},
    "by": None,
    "one_source": {"reference": OUTLET, "newer": OUTLET},
    "features": ["word"],
    "masking": [False, True],
    "sample": 1500,
    "min_texts": 20,
    "near_duplicate_similarity": 0.99,
    "folds": 5,
    "repeats": 2,
    "permutations": 999,
    "penalty": 1.0,
    "confidence": 0.95,
    "top_ngrams": 3,
    "min_headlines": 3,
    "prior_words": 50,
}


def around(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value, value - half, value + half)


@pytest.fixture
def made() -> Callable[..., Comparison]:
    """Makes a comparison whose measures, one per masking, have the same AUC."""

    def make(
        auc: float,
        pair: str = "compared",
        group: str = "all",
        p_value: float = 0.001,
        control: float = 0.5,
        shift: float | None = 0.4,
        masking: float = 0.0,
    ) -> Comparison:
        folds = np.array([auc, auc + 0.01] * 5)
        measures = [
            Measure("word", masked, around(auc), around(control), p_value, (folds + masking * masked).tolist())
            for masked in (False, True)
        ]
        ngrams = [DriftedNgram("etf", 5.5, 0.0, 0.02), DriftedNgram("ico sale", -4.25, 0.03, 0.0)]
        result = DriftResult(1063, 1500, 5, measures, {False: [], True: ngrams})
        return Comparison(pair, group, shift, result, [p_value, p_value])  # type: ignore[arg-type]

    return make


@pytest.fixture
def result() -> Callable[..., Result]:
    """Makes a result of comparisons, with some parameters changed."""

    def make(*comparisons: Comparison, left_out: tuple[LeftOut, ...] = (), **changes: Any) -> Result:
        return Result(DriftStudySettings.model_validate(PARAMS | changes), list(comparisons), list(left_out))

    return make
