"""Changes of a title change what they say they change, and nothing else."""

import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.checks import perturb
from barometer.checks.perturb import CHANGES, Perturbation
from barometer.checks.templates import slots, tickers

TITLE = "Bitcoin won't drop by $5 million, 'analysts' say"
TITLES = st.lists(st.sampled_from([*TITLE.split(), "Kraken", "BTC", "ETH", "is", "Is not", "x: y", "(SEC)"])).map(
    " ".join
)
EXCHANGES = [str(name) for name in slots()["exchange"]]
SLIPS = ["keyboard_typo", "swapped_letters"]
ALL: list[Perturbation] = [change for name, change in CHANGES.items() if name not in SLIPS]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_name_and_ticker_change_together(rng: np.random.Generator) -> None:
    changed = perturb.other_coin("Bitcoin-backed loans: BTC and $BTC up, Bitcoin's best day", rng)
    found = re.fullmatch(r"(\w+)-backed loans: (\w+) and \$(\w+) up, (\w+)'s best day", changed or "")
    assert found and found[1] == found[4] != "Bitcoin" and {found[2], found[3]} == {tickers()[found[1]]}


@pytest.mark.parametrize(
    "title",
    [
        "Stocks fall",
        "Bitcoin and Ethereum fall",
        "Bitcoin Cash falls",
        "Ethereum Classic falls, Ethereum rises",
        "bitcoinity falls",
        "XBTCX falls",
    ],
)
def test_only_a_single_coin_changes(title: str, rng: np.random.Generator) -> None:
    assert perturb.other_coin(title, rng) is None


def test_ether_is_ethereum(rng: np.random.Generator) -> None:
    changed = perturb.other_coin("Ether rises as ETH funds grow", rng)
    assert changed and "ETH" not in changed and "Ether" not in changed


def test_one_exchange_gives_way_to_another(rng: np.random.Generator) -> None:
    changed = perturb.other_exchange("Kraken sued, Kraken says", rng)
    names = [name for name in EXCHANGES if name in (changed or "")]
    assert len(names) == 1 and names[0] != "Kraken" and changed == f"{names[0]} sued, {names[0]} says"


@pytest.mark.parametrize("title", ["Kraken and Binance merge", "Google updates Gemini", "Binance Coin falls"])
def test_only_a_single_exchange_changes(title: str, rng: np.random.Generator) -> None:
    assert perturb.other_exchange(title, rng) is None


def test_all_amounts_change_their_currency_alike(rng: np.random.Generator) -> None:
    changed = perturb.other_currency("From $5 to $7.5M, says $COIN", rng) or ""
    assert re.fullmatch(r"From (€|£|CHF )5 to \1(7\.5M), says \$COIN", changed)
    assert perturb.other_currency("From 5 to 7", rng) is None


def test_a_ticker_is_added_once(rng: np.random.Generator) -> None:
    forms = {perturb.added_ticker("Solana rises", rng) for _ in range(30)}
    assert forms == {"Solana (SOL) rises", "Solana ($SOL) rises", "Solana rises $SOL"}
    assert perturb.added_ticker("Solana's best day", rng) == "Solana's best day $SOL"
    assert perturb.added_ticker("Solana (SOL) rises", rng) is None
    assert perturb.added_ticker("XRP rises", rng) is None  # name and ticker are the same


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("BTC won't drop", "BTC will not drop"),
        ("Can't stop", "Cannot stop"),
        ("It isn't over, they don't say", "It is not over, they do not say"),
    ],
)
def test_contractions_are_written_out_and_back(short: str, full: str, rng: np.random.Generator) -> None:
    assert perturb.switched_contraction(short, rng) == full
    assert perturb.switched_contraction(full, rng) == short
    assert perturb.switched_contraction("Nothing to switch", rng) is None


@given(TITLES)
def test_case_changes_case_only(title: str) -> None:
    changed = perturb.other_case(title, np.random.default_rng(0))
    assert changed is None or (changed != title and changed.lower() == title.lower())


@given(TITLES)
def test_punctuation_keeps_every_word(title: str) -> None:
    changed = perturb.other_punctuation(title, np.random.default_rng(0))
    assert changed is None or re.findall(r"\w+", changed) == re.findall(r"\w+", title)


@given(TITLES, st.sampled_from(ALL), st.integers(0, 1000))
def test_seed_decides_a_real_change(title: str, change: Perturbation, seed: int) -> None:
    changed = change(title, np.random.default_rng(seed))
    assert changed != title
    assert changed == change(title, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", SLIPS)
def test_typos_stay_in_one_word(kind: str, rng: np.random.Generator) -> None:
    change = CHANGES[kind]
    title = "Bitcoin won't plunge by $3.7B, says @trader at desk-sharing firm"
    for _ in range(50):
        changed = change(title, rng)
        assert changed is not None and len(changed) == len(title)
        words = [(a, b) for a, b in zip(title.split(), changed.split(), strict=True) if a != b]
        places = [i for i, (a, b) in enumerate(zip(title, changed, strict=True)) if a != b]
        assert len(words) == 1 and words[0][0] in {"Bitcoin", "plunge"} and words[0][0][0] == words[0][1][0]
        assert len(places) == (1 if kind == "keyboard_typo" else 2)
        if kind == "swapped_letters":
            assert places[1] - places[0] == 1 and sorted(title) == sorted(changed)


def test_short_words_get_no_typo(rng: np.random.Generator) -> None:
    assert perturb.swapped_letters("BTC at $5, up 7% in May", rng) is None


def test_typos_restore_the_global_generators(rng: np.random.Generator) -> None:
    change = perturb.keyboard_typo
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    assert change("Bitcoin plunges", rng)
    assert (random.random(), np.random.random()) == expected
