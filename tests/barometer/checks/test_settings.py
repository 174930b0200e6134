"""Wrong parameters are refused by name."""

import pytest

from barometer.checks.settings import ChecklistSettings
from barometer.settings import SettingsError, load_settings, validate

GOOD = load_settings().experiment["checklist"]


def test_the_project_asks_for_hundreds_of_cases() -> None:
    assert validate(ChecklistSettings, GOOD, "experiment.checklist").cases >= 200


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cases", 5, "greater than or equal to 20"),
        ("cases", 5000, "less than or equal to 500"),
        ("direction_tolerance", -0.1, "greater than or equal to 0"),
        ("minimum_functionality", 1.5, "less than 1"),
        ("minimum_functionalty", 0.5, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_refused(key: str, value: float, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.checklist: {key} = {value}: .*{words}"):
        validate(ChecklistSettings, GOOD | {key: value}, "experiment.checklist")
