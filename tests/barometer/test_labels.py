"""The class order is one order, whatever name a class goes by."""

import pytest

from barometer.labels import CLASS_NAMES, FIELD_NAMES, N_CLASSES, Label, label_from_name


def test_values_are_columns_of_probability_arrays() -> None:
    assert [int(Label.NEGATIVE), int(Label.NEUTRAL), int(Label.POSITIVE)] == [0, 1, 2]
    assert N_CLASSES == 3


def test_all_name_lists_share_one_order() -> None:
    assert [label.title for label in Label] == list(CLASS_NAMES) == ["Negative", "Neutral", "Positive"]
    assert [name.title() for name in FIELD_NAMES] == list(CLASS_NAMES)


@pytest.mark.parametrize("name", ["Positive", "positive", " POSITIVE\n"])
def test_names_ignore_case_and_padding(name: str) -> None:
    assert label_from_name(name) is Label.POSITIVE


@pytest.mark.parametrize("name", ["", "2", "bullish", "title"])
def test_unknown_names_list_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match="expected one of Negative, Neutral, Positive") as error:
        label_from_name(name)
    assert repr(name) in str(error.value)
