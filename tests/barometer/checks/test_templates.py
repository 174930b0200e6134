"""Templates are filled with distinct, reproducible cases."""

import numpy as np
import pytest

from barometer.checks.suite import Plan, plans
from barometer.checks.templates import Templates, seeded, slots, with_other


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_cases_come_evenly_from_phrasings(templates: Templates) -> None:
    phrasings = ["{asset} {fall.s} {percent}%", "Why {asset} won't {fall.base}"]
    cases = templates.cases(phrasings, 60, rng())
    assert len({case.text for case in cases}) == 60
    assert [sum(case.source == phrasing for case in cases) for phrasing in phrasings] == [30, 30]
    assert all(case.original == "" and "{" not in case.text for case in cases)


def test_forms_of_a_verb_agree(templates: Templates) -> None:
    verbs = {(verb["base"], verb["done"]) for verb in slots()["fall"] if not isinstance(verb, str)}
    cases = templates.cases(["{fall.base} {fall.done}"], len(verbs), rng())
    assert {tuple(case.text.split()) for case in cases} == verbs


def test_a_pair_shares_its_slots(templates: Templates) -> None:
    for case in templates.cases([("{coin} up in {city}", "{coin} up in {other_city}")], 40, rng()):
        (coin, city), (same, other) = (text.split(" up in ") for text in (case.original, case.text))
        assert coin == same and city != other and case.source == "{coin} up in {city}"


def test_no_slot_makes_one_case(templates: Templates) -> None:
    assert [case.text for case in templates.cases(["Markets closed"], 1, rng())] == ["Markets closed"]


def test_a_small_phrasing_yields_its_share(templates: Templates) -> None:
    cases = templates.cases(["Markets closed", "{asset} {fall.s} {percent}%"], 30, rng())
    assert len(cases) == 30 and sum(case.text == "Markets closed" for case in cases) == 1


def test_too_many_cases_are_refused(templates: Templates) -> None:
    with pytest.raises(ValueError, match=r"9 cases wanted, but 1 phrasings like '\{currency_free\}'"):
        templates._editor.add_lexicon("currency_free", ["a", "b"], overwrite=True)
        templates.cases(["{currency_free}"], 9, rng())


def test_the_generator_decides_the_cases(templates: Templates) -> None:
    phrasing = ["{first_name} {last_name} buys {asset} on {weekday}"]
    again = Templates().cases(phrasing, 50, seeded(1, "x"))
    assert templates.cases(phrasing, 50, seeded(1, "x")) == again
    assert templates.cases(phrasing, 50, seeded(1, "y")) != again


def test_words_are_distinct_and_whole() -> None:
    for slot, words in slots().items():
        plain = [str(word) for word in words]
        assert len(set(plain)) == len(plain) and all(word.strip() for word in plain), slot


def test_other_slots_make_a_pair() -> None:
    assert with_other("{city} and {coin}", ["city"]) == ("{city} and {coin}", "{other_city} and {coin}")
    assert with_other("{city}", []) == "{city}"


@pytest.mark.parametrize("plan", [plan for plan in plans() if plan.kind == "MFT"], ids=lambda plan: plan.name)
def test_every_plan_reads_as_headlines(templates: Templates, plan: Plan) -> None:
    assert len(plan.phrasings) >= 8
    for case in templates.cases(plan.phrasings, 40, rng()):
        assert 2 <= len(case.text.split()) <= 16 and "  " not in case.text and "{" not in case.text
        assert case.text[0].isupper() or case.text[0].isdigit() or case.text.startswith("bitFlyer"), case.text
