"""Votes become one label, and agreement is what hand calculation says."""

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.annotate import LABELLED_COLUMNS, SOFT_COLUMNS, agreement, merge_votes

Ballot = tuple[int, str, int]


def table(crowd: list[Ballot], expert: list[Ballot] | None = None, corpus: str = "own") -> pd.DataFrame:
    """Votes (id, annotator, label) as the table of `ingest`."""
    rows = [
        (id_, f"title {id_}", "", "", corpus, "train", annotator, is_expert, label, np.nan, 0)
        for is_expert, ballots in ((False, crowd), (True, expert or []))
        for id_, annotator, label in ballots
    ]
    names = ["id", "text", "source", "date", "corpus", "role", "annotator", "expert", "label", "news", "hard"]
    return pd.DataFrame(rows, columns=names)


def merged(votes: pd.DataFrame, crowd: str = "majority", tie: str = "neutral") -> dict[int, int]:
    labelled, _ = merge_votes(votes, crowd, tie)
    return dict(zip(labelled["id"], labelled["label"], strict=True))


def noisy_votes(seed: int = 5) -> tuple[pd.DataFrame, dict[int, int]]:
    """Two good annotators against three who mostly call everything positive."""
    rng = np.random.default_rng(seed)
    truth = {id_: int(rng.integers(3)) for id_ in range(240)}
    ballots = []
    for id_, label in truth.items():
        for name in ("good_1", "good_2"):
            ballots.append((id_, name, label if rng.random() < 0.95 else int(rng.integers(3))))
        for name in ("bad_1", "bad_2", "bad_3"):
            ballots.append((id_, name, 2 if rng.random() < 0.7 else label))
    return table(ballots), truth


def accuracy(labels: dict[int, int], truth: dict[int, int]) -> float:
    return float(np.mean([labels[id_] == label for id_, label in truth.items()]))


def test_most_votes_win_with_their_shares() -> None:
    labelled, _ = merge_votes(table([(1, "a", 2), (1, "b", 2), (1, "c", 0), (1, "d", 2)]), "majority", "neutral")
    (row,) = labelled.to_dict("records")
    assert [row[name] for name in SOFT_COLUMNS] == [0.25, 0.0, 0.75]
    assert (row["label"], row["votes"], row["method"]) == (2, 4, "majority")
    assert list(labelled) == LABELLED_COLUMNS


@pytest.mark.parametrize("crowd", ["majority", "dawid_skene"])
def test_an_expert_overrules_the_crowd(crowd: str) -> None:
    votes = table([(1, "a", 2), (1, "b", 2), (2, "a", 2), (2, "b", 2)], expert=[(1, "x", 0)])
    labelled, _ = merge_votes(votes, crowd, "neutral")
    assert dict(zip(labelled["id"], labelled["label"], strict=True)) == {1: 0, 2: 2}
    assert labelled["method"].tolist() == ["expert", crowd]
    assert labelled.loc[0, SOFT_COLUMNS].tolist() == [1.0, 0.0, 0.0]


def test_experts_alone_need_no_crowd() -> None:
    votes = table([], expert=[(1, "x", 0), (2, "x", 2)])
    assert merged(votes) == merged(votes, "dawid_skene") == {1: 0, 2: 2}


def test_dawid_skene_outvotes_bad_annotators() -> None:
    votes, truth = noisy_votes()
    by_majority = accuracy(merged(votes), truth)
    by_model = accuracy(merged(votes, "dawid_skene"), truth)
    assert by_majority < 0.8
    assert by_model > by_majority + 0.1


@pytest.mark.parametrize("crowd", ["majority", "dawid_skene"])
def test_soft_labels_sum_to_one(crowd: str) -> None:
    labelled, _ = merge_votes(noisy_votes()[0], crowd, "neutral")
    soft = labelled[SOFT_COLUMNS].to_numpy()
    assert (soft >= 0).all()
    np.testing.assert_allclose(soft.sum(axis=1), 1.0)


def test_dawid_skene_keeps_corpora_apart() -> None:
    votes, _ = noisy_votes()
    own = votes.assign(corpus="own")
    other = noisy_votes(seed=6)[0].assign(corpus="other", id=lambda t: t["id"] + 1000)
    alone, _ = merge_votes(own, "dawid_skene", "neutral")
    both, _ = merge_votes(pd.concat([own, other], ignore_index=True), "dawid_skene", "neutral")
    np.testing.assert_array_equal(both[SOFT_COLUMNS].to_numpy()[: len(alone)], alone[SOFT_COLUMNS].to_numpy())


@pytest.mark.parametrize(("tie", "label"), [("neutral", 1), ("first_annotator", 2)])
def test_equal_shares_follow_the_tie_rule(tie: str, label: int) -> None:
    assert merged(table([(1, "b", 0), (1, "a", 2)]), tie=tie) == {1: label}


@pytest.mark.parametrize(("tie", "label"), [("neutral", 1), ("first_annotator", 2)])
def test_differing_experts_follow_the_tie_rule(tie: str, label: int) -> None:
    votes = table([(1, "a_crowd", 1)], expert=[(1, "x", 2), (1, "y", 0)])
    assert merged(votes, tie=tie) == {1: label}


def test_headlines_keep_their_first_order() -> None:
    votes = table([(9, "a", 0), (3, "a", 1), (9, "b", 0)], expert=[(5, "x", 2)])
    assert list(merged(votes)) == [9, 3, 5]


def test_conflicts_list_votes_and_decider() -> None:
    votes = table([(1, "a", 2), (1, "b", 0), (2, "a", 1), (2, "b", 1), (3, "a", 1)], expert=[(3, "x", 0)])
    _, conflicts = merge_votes(votes, "majority", "neutral")
    assert conflicts[["id", "label", "method", "votes"]].to_numpy().tolist() == [
        [1, 1, "majority", "a=Positive; b=Negative"],
        [3, 0, "expert", "a=Neutral; x=Negative"],
    ]


def test_no_conflict_gives_an_empty_list() -> None:
    _, conflicts = merge_votes(table([(1, "a", 2), (1, "b", 2)]), "majority", "neutral")
    assert conflicts.empty
    assert "votes" in conflicts


def test_agreement_is_what_hand_calculation_says() -> None:
    """Pairs 00 00 22 02: observed disagreement 2/8, expected 2*5*3/(8*7), alpha 8/15; kappa (3/4 - 1/2) / (1 - 1/2)."""
    a, b = (0, 0, 2, 0), (0, 0, 2, 2)
    ballots = [(i, name, label) for name, labels in (("a", a), ("b", b)) for i, label in enumerate(labels)]
    found = agreement(table(ballots))["own"]
    assert (found.headlines, found.votes, found.annotators, found.unanimous) == (4, 8, 2, 0.75)
    assert found.alpha == pytest.approx(8 / 15)
    assert found.kappa == {"a - b": pytest.approx(0.5)}


def test_alpha_counts_near_misses_less() -> None:
    agreed = [(i, name, i % 3) for i in range(9) for name in ("a", "b")]
    near = agreement(table([*agreed, (9, "a", 0), (9, "b", 1)]))["own"].alpha
    far = agreement(table([*agreed, (9, "a", 0), (9, "b", 2)]))["own"].alpha
    assert near is not None
    assert far is not None
    assert far < near < 1


def test_agreement_is_measured_for_each_corpus() -> None:
    first = table([(1, "a", 0), (1, "b", 0), (2, "a", 2), (2, "b", 2)], corpus="one")
    second = table([(3, "a", 0), (4, "a", 1)], corpus="two")
    found = agreement(pd.concat([first, second]))
    assert found["one"].alpha == found["one"].unanimous == found["one"].kappa["a - b"] == 1.0
    assert (found["two"].alpha, found["two"].unanimous, found["two"].kappa) == (None, None, {})


@pytest.mark.parametrize("extra", [[], [(2, "a", 0)]])
def test_equal_votes_leave_agreement_unknown(extra: list[Ballot]) -> None:
    found = agreement(table([(1, "a", 1), (1, "b", 1), *extra]))["own"]
    assert (found.alpha, found.kappa, found.unanimous) == (None, {}, 1.0)


def test_hard_votes_are_partly_spread() -> None:
    votes = table([], [(1, "a", 2), (2, "a", 0)]).assign(hard=[1, 0])
    labelled, _ = merge_votes(votes, "majority", "neutral", hard_share=0.3)
    np.testing.assert_allclose(labelled[SOFT_COLUMNS], [[0.1, 0.1, 0.8], [1, 0, 0]])
    assert labelled["label"].tolist() == [2, 0]


def test_news_is_the_share_asked() -> None:
    votes = table([], [(1, "a", 1), (1, "b", 1), (2, "a", 0)]).assign(news=[1, 0, np.nan])
    labelled, _ = merge_votes(votes, "majority", "neutral")
    np.testing.assert_array_equal(labelled["news"], [0.5, np.nan])
