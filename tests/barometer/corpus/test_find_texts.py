"""Titles are recognised in the forms that files give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.corpus.find_texts import Problem, Search, describe, title_forms
from barometer.corpus.title_readers import Title
from barometer.headline import headline_id, normalised_id


@pytest.mark.parametrize(
    "form",
    [
        "Fund buys $2,871 of Bitcoin, again",
        "Fund buys <b>$2,871</b> of  Bitcoin, again",
        "Fund buys &lt;i&gt;$2,871&lt;/i&gt; of Bitcoin, again",
        "fund buys $2|871 of bitcoin| again",
        "Fund buys $2,871 of Bitcoin, again - Coin Wire",
    ],
)
def test_titles_are_known_in_every_form(form: str) -> None:
    wanted = headline_id("Fund buys $2,871 of Bitcoin, again")
    search = Search({wanted: ""})
    search.offer([Title(form, "2024-05-17", "Coin Wire")])
    assert search.missing() == 0
    assert headline_id(search.found[wanted].text) == wanted
    assert (search.found[wanted].date, search.found[wanted].source) == ("2024-05-17", "Coin Wire")


def test_the_first_source_stays() -> None:
    wanted = headline_id("Ether falls")
    search = Search({wanted: "", headline_id("Nobody wrote this"): ""})
    search.offer([Title("Ether falls", "2024-05-17"), Title("ETHER FALLS", "2025-01-01"), Title("Not wanted")])
    assert search.found == {wanted: Title("Ether falls", "2024-05-17")}
    assert search.missing() == 1


@given(st.text())
def test_forms_are_normal_and_distinct(text: str) -> None:
    forms = title_forms(text)
    assert len(forms) == len(set(forms))
    if forms:
        assert normalised_id(forms[0]) == headline_id(text)


def test_problems_share_a_line_by_reason() -> None:
    problems = [
        Problem("a", "http://x/1", "no network"),
        Problem("b", "http://x/2", "404"),
        *[Problem("c", "u", "404")] * 2,
    ]
    assert describe(problems) == ["a: http://x/1: no network", "b, c: http://x/2 and 2 more: 404"]
