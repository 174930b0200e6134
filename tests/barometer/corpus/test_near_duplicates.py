"""What counts as the same story, and that all three ways to ask agree."""

from barometer.corpus.near_duplicates import Neighbourhood, near_duplicate_groups, resembles_any

STORY = "Bitcoin climbs past $60,000 as funds keep buying"
AGAIN = "Bitcoin climbs past $70,000 as funds keep buying!"
OTHER = "Regulator opens an inquiry into a lender"


def test_digits_and_case_do_not_matter() -> None:
    groups = near_duplicate_groups([STORY, OTHER, AGAIN.upper()], 0.8)
    assert groups[0] == groups[2] != groups[1]


def test_a_neighbourhood_judges_as_groups_do() -> None:
    corpus = [STORY, OTHER, AGAIN]
    found = Neighbourhood([STORY], corpus, 0.8).holds([AGAIN, OTHER, "Words that no headline has"])
    assert found.tolist() == [True, False, False]
    assert resembles_any([AGAIN, OTHER], [STORY], 0.8).tolist() == [True, False]


def test_nothing_resembles_nothing() -> None:
    assert near_duplicate_groups([], 0.8).shape == (0,)
    assert resembles_any([STORY], [], 0.8).tolist() == [False]
    assert Neighbourhood([STORY], [STORY], 0.8).holds([]).shape == (0,)
