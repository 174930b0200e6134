import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.sources import CorpusError
from barometer.drift.files import PRODUCTION, compare_files
from barometer.drift.measure import DriftError

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
FAST = PRODUCTION.model_copy(
    update={"min_texts": 20, "near_duplicate_similarity": 0.99, "permutations": 99, "repeats": 2}
)


def write(path: Path, days: Sequence[str | None], seed: int, extra: str = "") -> Path:
    """A title a day (None: no date), each of six words drawn alike, and `extra`."""
    rng = np.random.default_rng(seed)
    texts = [f"{' '.join(rng.choice(WORDS, 6))} {extra}" for _ in days]
    pd.DataFrame({"text": texts, "date": list(days)}).to_csv(path, index=False)
    return path


def test_two_files_are_compared_as_plain_data(tmp_path: Path) -> None:
    reference = write(tmp_path / "old.csv", ["2021-01-01"] * 60, 1)
    newer = write(tmp_path / "new.csv", ["2026-02-01"] * 50, 2, "etf")
    found = compare_files(reference, newer, settings=FAST)
    assert found == compare_files(reference, newer, settings=FAST)
    assert json.loads(json.dumps(found)) == found
    assert found["low"] > 0.8
    assert found["control"]["low"] < 0.5 < found["control"]["high"]
    assert found["p_value"] == 0.01
    assert (found["reference_headlines"], found["newer_headlines"]) == (60, 50)
    assert found["words"]["newer"][0]["ngram"] == "etf"
    assert all(word["z"] < 0 for word in found["words"]["reference"])
    assert (found["newest"], found["days"], found["refused"]) == ("2026-02-01T00:00:00Z", None, 0)


def test_days_count_back_from_newest(tmp_path: Path) -> None:
    reference = write(tmp_path / "old.csv", [None] * 40, 1)
    days = ["2026-01-01"] * 30 + ["2026-02-22"] * 25 + ["2026-02-23", "2026-03-01"] + [None] * 5
    newer = write(tmp_path / "new.csv", days, 2)
    assert compare_files(reference, newer, days=8, settings=FAST)["newer_headlines"] == 27
    with pytest.raises(DriftError, match="the newer set has 2 texts"):
        compare_files(reference, newer, days=7, settings=FAST)  # the 22nd is 7 times 24 hours before the 1st


def test_days_require_dates(tmp_path: Path) -> None:
    reference = write(tmp_path / "old.csv", [None] * 40, 1)
    newer = write(tmp_path / "new.csv", [None] * 40, 2)
    with pytest.raises(
        DriftError, match=r"days = 7: none of the 40 headlines of .*new\.csv has a date; leave days out"
    ):
        compare_files(reference, newer, days=7, settings=FAST)
    with pytest.raises(DriftError, match="days = 0: expected at least 1"):
        compare_files(reference, newer, days=0, settings=FAST)


def test_repeated_texts_count_once(tmp_path: Path) -> None:
    reference = write(tmp_path / "old.csv", ["2021-01-01"] * 40, 1)
    newer = write(tmp_path / "new.csv", ["2026-02-01"] * 30, 2)
    text = newer.read_text()
    newer.write_text(f"{text}{text.splitlines()[1]}\nno date at all,yesterday\n")
    found = compare_files(reference, newer, settings=FAST)
    assert (found["newer_headlines"], found["refused"]) == (30, 1)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"gone\.csv"):
        compare_files(tmp_path / "gone.csv", tmp_path / "gone.csv")
