import numpy as np
import pandas as pd
import pytest

from barometer.settings import SettingsError
from pipelines.studies.drift.methods.comparison import Comparison, compare_all
from pipelines.studies.drift.methods.sides import DriftStudySettings, Task, list_tasks

WORDS = [
    "btc",
    "eth",
    "sol",
    "xrp",
    "falls",
    "gains",
    "holds",
    "leads",
    "miners",
    "whales",
    "traders",
    "banks",
    "today",
]


def table() -> pd.DataFrame:
    """An old era, and three newer years: one that says `etf` always, one like the old era, one too small."""
    rng = np.random.default_rng(7)
    years = {"2018": (80, ""), "2021": (80, "etf"), "2022": (80, ""), "2023": (5, "")}
    return pd.DataFrame(
        [
            (
                " ".join([*rng.choice(WORDS, 6), word]).strip(),
                f"{k % 2}.example",
                f"{year}-03-0{1 + k % 9}",
                "demo",
                1.0,
            )
            for year, (count, word) in years.items()
            for k in range(count)
        ],
        columns=["text", "source", "date", "corpus", "label"],
    )


def settings(**changes: object) -> DriftStudySettings:
    side = {"corpora": ["demo"], "sources": ["0.example"]}
    values: dict[str, object] = {
        "reference": {"corpora": ["demo"], "until": "2019-12-31"},
        "newer": {"corpora": ["demo"], "since": "2020-01-01"},
        "by": "year",
        "one_source": {"reference": side | {"until": "2019-12-31"}, "newer": side | {"since": "2020-01-01"}},
        "features": ["word"],
        "masking": [False, True],
        "sample": 100,
        "min_texts": 20,
        "near_duplicate_similarity": 0.99,
        "folds": 4,
        "repeats": 2,
        "permutations": 99,
        "penalty": 1.0,
        "confidence": 0.95,
        "top_ngrams": 3,
        "min_headlines": 3,
        "prior_words": 50,
    }
    return DriftStudySettings.model_validate(values | changes)


def run(**changes: object) -> tuple[dict[tuple[str, str], Comparison], dict[tuple[str, str], str]]:
    chosen = settings(**changes)
    made, left = compare_all(list_tasks(table(), chosen), chosen, lambda: np.random.default_rng(1), None)
    return {(c.pair, c.group): c for c in made}, {(x.pair, x.group): x.reason for x in left}


@pytest.fixture(scope="module")
def outcome() -> tuple[dict[tuple[str, str], Comparison], dict[tuple[str, str], str]]:
    return run()


def test_years_with_few_headlines_are_listed(outcome: object) -> None:
    made, left = outcome
    assert [key for key in made if key[0] == "compared"] == [("compared", "2021"), ("compared", "2022")]
    assert set(left) == {("compared", "2023"), ("one_source", "2023")}
    assert "the newer set has 5 texts" in left["compared", "2023"]
    assert made["compared", "2021"].main.auc.low > 0.9
    assert made["compared", "2022"].main.auc.low < 0.5


def test_one_outlet_gets_a_counterpart(outcome: object) -> None:
    made, _ = outcome
    one, matched = made["one_source", "2021"].drift, made["size_matched", "2021"].drift
    assert (one.reference, one.newer) == (matched.reference, matched.newer) == (40, 40)
    assert made["one_source", "2021"].outlet_shift == 0


def test_p_values_are_adjusted_for_years(outcome: object) -> None:
    made, _ = outcome
    for k in range(2):
        raw = {year: made["compared", year].drift.measures[k].p_value for year in ("2021", "2022")}
        assert made["compared", "2021"].adjusted[k] == pytest.approx(min(1, 2 * raw["2021"]))
        assert made["compared", "2022"].adjusted[k] == pytest.approx(max(raw["2022"], 2 * raw["2021"]))


def test_the_main_measure_is_masked(outcome: object) -> None:
    made, _ = outcome
    comparison = made["compared", "2022"]
    assert comparison.main.masked
    whole, masked = comparison.drift.measures
    effect = comparison.masking_effect("word", 0.95)
    assert effect is not None
    assert effect.value == pytest.approx(masked.auc.value - whole.auc.value)
    assert comparison.masking_effect("embedding", 0.95) is None


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"experiment\.drift\.min_texts = 90: nothing .*2021: the reference set"):
        run(min_texts=90)


def test_too_few_permutations_are_refused() -> None:
    empty = pd.DataFrame({"text": [], "source": []})
    tasks = [Task("compared", str(year), empty, empty) for year in range(14)]
    with pytest.raises(SettingsError, match=r"permutations = 278: 14 groups need at least 279"):
        compare_all(tasks, settings(permutations=278), lambda: np.random.default_rng(1), None)
