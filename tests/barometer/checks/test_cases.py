"""What each demand lets pass, by hand, and the gate's stored cases, which need no library."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.checks import cases, suite
from barometer.checks.cases import Check, lead, shift
from barometer.settings import load_settings, validate

NEGATIVE, NEUTRAL, POSITIVE = [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]


def met(demand: str, before: list[float], after: list[float], tolerance: float = 0.05) -> bool:
    return shift(demand, np.array(before), np.array(after), tolerance) >= 0


@pytest.mark.parametrize(
    ("demand", "row", "expected"),
    [
        ("Negative", NEGATIVE, 0.5),
        ("Negative", NEUTRAL, -0.4),
        ("Positive", POSITIVE, 0.7),
        ("not Negative", NEGATIVE, -0.5),
        ("not Negative", NEUTRAL, 0.4),
        ("not Positive", POSITIVE, -0.7),
    ],
)
def test_lead_over_the_other_classes(demand: str, row: list[float], expected: float) -> None:
    assert lead(demand, np.array(row)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("demand", "before", "after", "passes"),
    [
        ("score falls", POSITIVE, NEUTRAL, True),
        ("score falls", NEUTRAL, POSITIVE, False),
        ("score falls", NEUTRAL, [0.22, 0.58, 0.20], False),  # moves the right way, but by 0.02 only
        ("score rises", NEUTRAL, [0.10, 0.60, 0.30], True),
        ("score falls", [0.95, 0.03, 0.02], [0.95, 0.03, 0.02], True),  # no room left to fall
        ("score falls", [0.95, 0.03, 0.02], [0.80, 0.10, 0.10], False),
    ],
)
def test_news_moves_scores_with_room(demand: str, before: list[float], after: list[float], passes: bool) -> None:
    assert met(demand, before, after) is passes


def test_stronger_words_hardly_weaken_scores() -> None:
    assert met("score does not rise", NEGATIVE, NEGATIVE)
    assert met("score does not rise", NEGATIVE, [0.68, 0.20, 0.12])
    assert not met("score does not rise", NEGATIVE, [0.66, 0.22, 0.12])
    assert met("score does not fall", POSITIVE, POSITIVE, tolerance=0)


@given(st.sampled_from(["Negative", "Neutral", "Positive"]), st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_a_text_meets_exactly_one_demand(demand: str, weights: list[float]) -> None:
    row = np.array(weights) / sum(weights)
    assert lead(demand, row) == -lead(f"not {demand}", row)


def test_lines_hold_text_or_pair(suite: list[Check]) -> None:
    rows = [json.loads(line) for line in cases.to_lines(suite).splitlines()]
    assert len(rows) == sum(len(check.cases) for check in suite)
    by_test = {row["test"]: row for row in rows}
    assert by_test["harm denied"]["demand"] == "not Negative" and "original" not in by_test["harm denied"]
    moved = by_test["hack added"]
    assert (moved["kind"], moved["demand"], moved["tolerance"]) == ("DIR", "score falls", 0.05)
    assert moved["original"] and moved["original"] != moved["text"]


@pytest.mark.slow
def test_stored_cases_come_from_templates() -> None:
    made = suite.functionality_checks(suite.CASES, suite.SEED)
    assert cases.stored_checks() == made, f"run `python -m {suite.__name__}` to store the cases again"


def test_study_and_gate_share_cases() -> None:
    settings = load_settings()
    checklist = validate(suite.ChecklistSettings, settings.experiment["checklist"], "experiment.checklist")
    assert (checklist.cases, settings.seed) == (suite.CASES, suite.SEED)


_GATE = """
import sys

ABSENT = {"checklist", "nlpaug", "munch", "spacy", "yaml", "pydantic", "pandas", "sklearn", "torch"}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocker())
import numpy as np
from barometer.checks.cases import functionality, stored_checks

checks = stored_checks()
print(len(checks), {len(check.cases) for check in checks})
print(functionality(lambda texts: np.tile([0.1, 0.8, 0.1], (len(texts), 1))))
"""


def test_gate_judges_without_the_library() -> None:
    printed = subprocess.check_output([sys.executable, "-c", _GATE], text=True).splitlines()
    assert printed[0] == "22 {200}"
    wanted = [check.demand in {"Positive", "Negative"} for check in cases.stored_checks()]
    assert float(printed[1]) == pytest.approx(sum(wanted) / len(wanted))  # what always says neutral fails only these
