"""Splits are disjoint, complete, stratified, repeatable, and never part near-duplicates."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.near_duplicates import near_duplicate_groups, resembles_any
from barometer.corpus.split import Split, make_split, stratified_part

SETTINGS: dict[str, Any] = {
    "folds": 3,
    "test_share": 0.2,
    "temporal_share": 0.1,
    "validation_share": 0.2,
    "near_duplicate_similarity": 0.75,
    "seed": 1,
}


def titles(count: int, seed: int) -> list[str]:
    """Titles of made-up words, so that no two resemble each other by chance."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return [" ".join("".join(rng.choice(letters, 7)) for _ in range(4)) for _ in range(count)]


def corpus(
    texts: Sequence[str],
    *,
    classes: Sequence[int] = (0, 1, 2),
    first_id: int = 0,
    name: str = "own",
    role: str = "train",
    dated: bool = True,
) -> pd.DataFrame:
    """A labelled table: classes take turns; every fourth headline has no date, the others one of 30 days."""
    n = len(texts)
    return pd.DataFrame(
        {
            "id": range(first_id, first_id + n),
            "text": list(texts),
            "label": [classes[i % len(classes)] for i in range(n)],
            "date": [f"2024-05-{1 + i % 30:02}T08:00:00Z" if dated and i % 4 else "" for i in range(n)],
            "corpus": name,
            "role": role,
        }
    )


def split(*tables: pd.DataFrame, **changes: Any) -> Split:
    return make_split(pd.concat(tables, ignore_index=True), **SETTINGS | changes)


def own_parts(found: Split) -> dict[str, set[int]]:
    return {name: set(getattr(found, name)) for name in ("train", "validation", "test", "temporal_test")}


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    return corpus(titles(240, seed=0))


def test_parts_are_disjoint_and_complete(plain: pd.DataFrame) -> None:
    found = split(plain)
    parts = own_parts(found)
    assert all(not a & b for a, b in combinations(parts.values(), 2))
    assert set().union(*parts.values()) == set(plain["id"])
    assert all(parts.values())
    assert found.left_out == {}
    assert found.near_duplicates == 0


def test_folds_are_disjoint_and_complete(plain: pd.DataFrame) -> None:
    folds = split(plain).folds
    assert len(folds) == 3
    assert sorted(id_ for fold in folds for id_ in fold) == plain["id"].tolist()


def test_parts_have_sizes_and_class_shares() -> None:
    table = corpus(titles(300, seed=1), classes=(0, 1, 1, 2, 2, 2), dated=False)
    found = split(table)
    wanted = {"test": 60, "validation": 48, "train": 192}
    for name, size in wanted.items():
        labels = table.set_index("id").loc[getattr(found, name), "label"]
        assert len(labels) == pytest.approx(size, abs=4)
        shares = labels.value_counts(normalize=True)
        assert [shares[c] for c in range(3)] == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=0.04)


@pytest.mark.parametrize("seed", range(5))
def test_near_duplicates_never_straddle_a_split(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = titles(80, seed=seed + 10)
    stories = list(range(80)) + rng.integers(80, size=100).tolist()
    endings = [""] * 80 + [f" {ending}" for ending in rng.choice(["!", "now", "2024", "2025", "up"], 100)]
    texts = [base[story].title() + ending for story, ending in zip(stories, endings, strict=True)]
    order = rng.permutation(180)
    table = corpus([texts[i] for i in order])
    story_of = {id_: stories[i] for id_, i in enumerate(order)}
    found = split(table, seed=seed)

    repeated = sum(stories.count(story) > 1 for story in stories)
    assert found.near_duplicates == repeated
    for parts in (own_parts(found).values(), found.folds):
        held = [{story_of[id_] for id_ in part} for part in parts]
        assert all(not a & b for a, b in combinations(held, 2))
    placed = set().union(*own_parts(found).values())
    assert len(placed) + found.left_out.get("own", 0) == 180


def test_groups_ignore_case_and_numbers_only() -> None:
    texts = ["Bitcoin climbs above $61,200", "bitcoin climbs above $58,900", "Regulator fines a lender"]
    first, second, third = near_duplicate_groups(texts, similarity=0.9)
    assert first == second != third


def test_groups_are_chained() -> None:
    """A is near B and B near C, so all three are one group, even if A and C alone are not."""
    a, b, c = "alpha bravo charlie delta", "bravo charlie delta echoes", "charlie delta echoes foxtrot"
    limit = 0.55
    assert len(set(near_duplicate_groups([a, b, c], limit))) == 1
    assert len(set(near_duplicate_groups([a, c], limit))) == 2


def test_no_texts_have_no_groups() -> None:
    assert near_duplicate_groups([], 0.8).tolist() == []


def test_the_temporal_test_is_latest(plain: pd.DataFrame) -> None:
    dates = plain.set_index("id")["date"]
    found = split(plain)
    newest = dates[found.temporal_test]
    others = dates.drop(found.temporal_test)
    assert (newest != "").all()
    assert newest.min()[:10] > others[others != ""].max()[:10]
    assert len(newest) == pytest.approx(24, abs=8)  # whole days of up to 8 headlines


def test_older_duplicates_of_it_are_dropped() -> None:
    table = corpus(titles(120, seed=2))
    newest = split(table).temporal_test[0]
    undated = 0
    table.loc[undated, "text"] = table.loc[newest, "text"] + " 7"
    found = split(table)
    assert newest in found.temporal_test
    assert found.left_out == {"own": 1}
    assert undated not in set().union(*own_parts(found).values())


@pytest.mark.parametrize("date", ["", "2024-05-17T08:00:00Z"])
def test_one_day_gives_no_temporal_test(plain: pd.DataFrame, date: str) -> None:
    found = split(plain.assign(date=date))
    assert found.temporal_test == []
    assert "temporal_test" not in found.tests()
    assert len(found.train) + len(found.validation) + len(found.test) == len(plain)


def test_the_seed_alone_decides(plain: pd.DataFrame) -> None:
    assert split(plain) == split(plain)
    one, other = split(plain, seed=1), split(plain, seed=2)
    assert set(one.test) != set(other.test)
    assert [set(fold) for fold in one.folds] != [set(fold) for fold in other.folds]
    assert one.temporal_test == other.temporal_test


def test_auxiliary_lookalikes_of_training_are_dropped(plain: pd.DataFrame) -> None:
    texts = titles(60, seed=3)
    texts[:5] = [f"{text} 9" for text in plain["text"][:5]]
    auxiliary = corpus(texts, first_id=1000, name="aux", role="auxiliary")
    found = split(plain, auxiliary)
    learnt, held_out = set(found.auxiliary), set(found.auxiliary_test["aux"])
    assert found.left_out == {"aux": 5}
    assert not learnt & held_out
    assert learnt | held_out == set(range(1005, 1060))
    assert len(held_out) == pytest.approx(11, abs=2)
    assert own_parts(found) == own_parts(split(plain))


def test_evaluation_avoids_what_is_trained_on(plain: pd.DataFrame) -> None:
    before = split(plain)
    texts = titles(20, seed=4)
    texts[0] = plain["text"][before.train[0]] + " 9"
    texts[1] = plain["text"][before.test[0]] + " 9"
    found = split(plain, corpus(texts, first_id=1000, name="far", role="evaluation"))
    assert found.evaluation == {"far": list(range(1001, 1020))}
    assert found.left_out == {"far": 1}
    assert found.tests()["far"] == found.evaluation["far"]


def test_classes_smaller_than_folds_are_errors() -> None:
    table = corpus(titles(60, seed=5))
    table["label"] = [2, 2] + [0, 1] * 29
    with pytest.raises(ValueError, match=r"smallest class has 2 headlines; split\.folds = 3 needs at least as many"):
        split(table)


def test_a_part_holds_whole_groups() -> None:
    labels = np.arange(60) % 3
    groups = np.arange(60) // 6
    mask = stratified_part(labels, groups, share=0.2, seed=0)
    assert mask.sum() == 12
    assert set(groups[mask]).isdisjoint(groups[~mask])


def test_a_split_is_plain_data(plain: pd.DataFrame) -> None:
    found = split(plain)
    assert Split(**found.to_json()) == found
    assert all(type(id_) is int for id_ in found.train)


def test_each_text_meets_all_others() -> None:
    others = ["Hackers drain $40 million from a lending protocol", "Bitcoin rises after the halving"]
    texts = ["Hackers drain $41 million from lending protocol", "Ether falls", "Bitcoin rises after the halving"]
    assert resembles_any(texts, others, 0.75).tolist() == [True, False, True]
    assert resembles_any(texts, [], 0.75).tolist() == [False] * 3
    assert resembles_any([], others, 0.75).tolist() == []


def test_too_few_labels_are_reported() -> None:
    labels = np.array([0, 0, 1, 2])
    with pytest.raises(ValueError, match="4 labelled headlines: no class has 10, which a part of 10% needs"):
        stratified_part(labels, np.arange(4), share=0.1, seed=0)
