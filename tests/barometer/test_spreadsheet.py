import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.spreadsheet import guarded, unguarded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_formulas_are_quoted(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text("=+-@\t\r'a1", max_size=6))
def test_guarding_loses_nothing(text: str) -> None:
    assert guarded(text)[:1] not in tuple("=+-@\t\r")
    assert unguarded(guarded(text)) == text
