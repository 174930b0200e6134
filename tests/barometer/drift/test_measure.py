from collections.abc import Sequence

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from barometer.drift.measure import DriftError, DriftResult, DriftSettings, draw_sides, measure_drift

SETTINGS = DriftSettings(
    features=["word"],
    masking=[False],
    sample=200,
    min_texts=20,
    near_duplicate_similarity=0.99,
    folds=4,
    repeats=3,
    permutations=99,
    penalty=1.0,
    confidence=0.95,
    top_ngrams=4,
    min_headlines=3,
    prior_words=50,
)
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


def made(n: int, seed: int, extra: Sequence[str] = ()) -> list[str]:
    """Titles of six words drawn alike, and one of `extra` where there are some."""
    rng = np.random.default_rng(seed)
    return [" ".join([*rng.choice(WORDS, 6), *(rng.choice(extra, 1) if extra else ())]) for _ in range(n)]


def measure(old: list[str], new: list[str], seed: int = 0, **changes: object) -> DriftResult:
    settings = DriftSettings(**(SETTINGS.model_dump() | changes))
    return measure_drift(old, new, np.random.default_rng(seed), settings)


def test_identical_distributions_are_not_separated() -> None:
    found = measure(made(120, 1), made(120, 2)).measures[0]
    assert found.auc.low < 0.5 < found.auc.high
    assert found.p_value > 0.05


def test_a_new_word_is_found() -> None:
    result = measure(made(120, 1), made(120, 2, ["etf", "etf", "treasury"]))
    found = result.measures[0]
    assert found.auc.low > 0.9
    assert found.auc.high <= 1.0
    assert found.p_value == pytest.approx(0.01)
    assert found.control.low < 0.5 < found.control.high
    assert result.ngrams[False][0].ngram == "etf"


def test_masking_hides_differences_in_numbers() -> None:
    result = measure(made(120, 1, ["in 2017", "in 2018"]), made(120, 2, ["in 2025", "in 2026"]), masking=[False, True])
    whole, masked = result.measures
    assert (whole.masked, masked.masked) == (False, True)
    assert whole.auc.value > 0.9
    assert masked.auc.low < 0.5 < masked.auc.high
    assert "2025" in {word for n in result.ngrams[False] for word in n.ngram.split()}
    assert not {"2017", "2018", "2025", "2026"} & {word for n in result.ngrams[True] for word in n.ngram.split()}


def test_a_result_survives_json() -> None:
    result = measure(made(40, 1), made(40, 2, ["in 2025"]), masking=[False, True])
    adapter = TypeAdapter(DriftResult)
    assert adapter.validate_json(adapter.dump_json(result)) == result


def test_the_seed_decides_the_result() -> None:
    old, new = made(60, 1), made(60, 2, ["etf", "today"])
    first, again, other = (measure(old, new, seed).measures[0] for seed in (5, 5, 6))
    assert first.auc == again.auc
    assert first.fold_aucs == again.fold_aucs
    assert first.auc != other.auc


def test_embeddings_use_the_given_encoder() -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        vectors = np.array([[1.0, 0.3 * len(text)] if "etf" in text else [-1.0, 0.3 * len(text)] for text in texts])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    settings = SETTINGS.model_copy(update={"features": ["embedding"]})
    found = measure_drift(made(40, 1), made(40, 2, ["etf"]), np.random.default_rng(0), settings, embed)
    assert found.measures[0].auc.value == pytest.approx(1.0)
    assert len(asked) == 80


def test_embeddings_require_an_encoder() -> None:
    with pytest.raises(DriftError, match="features contain 'embedding', but no encoder was given"):
        measure(made(40, 1), made(40, 2), features=["embedding"])


def test_too_few_texts_are_refused() -> None:
    with pytest.raises(DriftError, match=r"the newer set has 12 texts .* min_texts requires 20"):
        measure(made(40, 1), made(12, 2))


def test_texts_without_common_words_are_refused() -> None:
    with pytest.raises(DriftError, match="no words to compare"):
        measure([chr(0x4E00 + 4 * i) * 2 for i in range(30)], [chr(0x5E00 + 4 * i) * 2 for i in range(30)])


def draw(old: list[str], new: list[str], **changes: object) -> tuple[list[str], list[str]]:
    settings = SETTINGS.model_copy(update=changes)
    sides = draw_sides(old, new, np.random.default_rng(0), settings)
    assert sides.labels.tolist() == [0] * len(sides.reference) + [1] * len(sides.newer)
    return sides.reference, sides.newer


def test_shared_texts_stay_newer() -> None:
    old, new = made(60, 1), made(60, 2)
    reference, newer = draw([*old, *(text.upper() for text in new[:30])], new)
    assert reference == old
    assert newer == new


def test_the_sample_keeps_its_order() -> None:
    old, new = made(60, 1), made(50, 2)
    reference, newer = draw(old, new, sample=25)
    assert len(reference) == len(newer) == 25
    assert [old.index(text) for text in reference] == sorted(old.index(text) for text in reference)


def test_near_duplicates_count_once() -> None:
    copies = [f"bitcoin trades at {price} dollars" for price in range(61_000, 61_040)]
    reference, newer = draw([*made(40, 1), *copies[:20]], [*made(40, 2), *copies[20:]], near_duplicate_similarity=0.9)
    assert sum("dollars" in text for text in [*reference, *newer]) == 1
    assert len(reference) + len(newer) > 75


@pytest.mark.parametrize(
    ("key", "value"),
    [("features", ["vibes"]), ("features", []), ("folds", 1), ("permutations", 10), ("penalty", 0), ("typo", 1)],
)
def test_settings_out_of_range_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        DriftSettings(**(SETTINGS.model_dump() | {key: value}))
