"""Splits labelled headlines into train, validation, test and temporal test, and into folds; stored as ids.

Near-duplicates (the same story under a slightly different title) form groups, and no group straddles a split.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.labels import N_CLASSES

Ids = list[int]
_Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Ids of the parts. The first five come from the training corpus, the next three from the others.

    Attributes:
        train, validation, test: disjoint parts, stratified by label.
        temporal_test: the newest headlines, later than all the others that carry a date; empty without dates.
        folds: k disjoint parts that cover every headline, for cross-validation.
        auxiliary: headlines of auxiliary corpora that may be trained on.
        auxiliary_test: held-out headlines of each auxiliary corpus.
        evaluation: headlines of each corpus that is only tested on, yardsticks included.
        left_out: how many headlines of each corpus no part may hold, because a near-duplicate of them is in a part
            that must not contain them.
        near_duplicates: how many headlines share a group with another.
    """

    train: Ids
    validation: Ids
    test: Ids
    temporal_test: Ids
    folds: list[Ids]
    auxiliary: Ids
    auxiliary_test: dict[str, Ids]
    evaluation: dict[str, Ids]
    left_out: dict[str, int]
    near_duplicates: int

    def to_json(self) -> dict[str, Any]:
        """The split as plain data."""
        return asdict(self)

    def tests(self) -> dict[str, Ids]:
        """Every part that no model learns from, by name, without the empty ones."""
        parts = {"test": self.test, "temporal_test": self.temporal_test, **self.auxiliary_test, **self.evaluation}
        return {name: ids for name, ids in parts.items() if ids}


def stratified_part(labels: NDArray[np.int64], groups: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Choose about `share` of N headlines, stratified by label and whole groups only; a mask of shape (N,).

    Raises:
        ValueError: if no class has as many headlines as there are such shares.
    """
    folds = max(2, round(1 / share))
    largest = np.bincount(labels, minlength=N_CLASSES).max()
    if largest < folds:
        raise ValueError(f"{len(labels)} labelled headlines: no class has {folds}, which a part of {share:.0%} needs")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    _, chosen = next(iter(splitter.split(labels, labels, groups)))
    mask = np.zeros(len(labels), dtype=bool)
    mask[chosen] = True
    return mask


def make_split(
    table: pd.DataFrame,
    *,
    folds: int,
    test_share: float,
    temporal_share: float,
    validation_share: float,
    near_duplicate_similarity: float,
    seed: int,
) -> Split:
    """Split a table of labelled headlines (`id`, `text`, `label`, `date`, `corpus`, `role`), alike for the same seed.

    `validation_share` is a share of what is left for training. Headlines without a date are never in the temporal test.

    Raises:
        ValueError: if a class has fewer headlines than there are folds.
    """
    rows = _Rows.of(table, near_duplicate_similarity)
    own = rows.with_role("train")
    _check_size(rows.labels[own], folds)
    newest = own[_newest(rows.dates[own], temporal_share)]
    past = rows.unlike(np.setdiff1d(own, newest), newest)
    in_test = rows.choose(past, test_share, seed)
    rest = past[~in_test]
    in_validation = rows.choose(rest, validation_share, seed + 1)
    # Nothing of an auxiliary corpus resembles a headline of the training corpus: neither a test nor any fold.
    auxiliary = rows.unlike(rows.with_role("auxiliary"), own)
    held_out = _held_out(rows, auxiliary, test_share, seed)
    trained = np.setdiff1d(auxiliary, held_out)
    # What resembles a yardstick was refused when the corpora were read, so a yardstick is always whole.
    evaluation = rows.unlike(rows.with_role("evaluation"), np.concatenate([rest, trained]))
    others = np.union1d(evaluation, rows.with_role("yardstick"))
    placed = np.concatenate([past, newest, auxiliary, others])
    return Split(
        train=rows.ids_of(rest[~in_validation]),
        validation=rows.ids_of(rest[in_validation]),
        test=rows.ids_of(past[in_test]),
        temporal_test=rows.ids_of(newest),
        folds=[rows.ids_of(own[part]) for part in _folds(rows.labels[own], rows.groups[own], folds, seed)],
        auxiliary=rows.ids_of(trained),
        auxiliary_test=rows.by_corpus(held_out),
        evaluation=rows.by_corpus(others),
        left_out=rows.counts(np.setdiff1d(np.arange(len(table)), placed)),
        near_duplicates=int((np.bincount(rows.groups)[rows.groups] > 1).sum()),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Columns of the table, each of shape (N,); `groups` numbers near-duplicates. Positions are sorted."""

    ids: _Positions
    labels: _Positions
    groups: _Positions
    roles: NDArray[np.str_]
    corpora: NDArray[np.str_]
    dates: NDArray[np.str_]

    @classmethod
    def of(cls, table: pd.DataFrame, similarity: float) -> "_Rows":
        ids, labels = (table[name].to_numpy(dtype=np.int64) for name in ("id", "label"))
        roles, corpora, dates = (table[name].fillna("").to_numpy(dtype=str) for name in ("role", "corpus", "date"))
        groups = near_duplicate_groups(table["text"].tolist(), similarity)
        return cls(ids, labels, groups, roles, corpora, dates)

    def with_role(self, role: str) -> _Positions:
        return np.flatnonzero(self.roles == role)

    def unlike(self, chosen: _Positions, others: _Positions) -> _Positions:
        """Those that are near-duplicates of none of the others."""
        return chosen[~np.isin(self.groups[chosen], self.groups[others])]

    def choose(self, chosen: _Positions, share: float, seed: int) -> NDArray[np.bool_]:
        return stratified_part(self.labels[chosen], self.groups[chosen], share, seed)

    def ids_of(self, chosen: _Positions) -> Ids:
        return [int(id_) for id_ in self.ids[chosen]]

    def by_corpus(self, chosen: _Positions) -> dict[str, Ids]:
        corpora = self.corpora[chosen]
        return {str(name): self.ids_of(chosen[corpora == name]) for name in np.unique(corpora)}

    def counts(self, chosen: _Positions) -> dict[str, int]:
        names, counts = np.unique(self.corpora[chosen], return_counts=True)
        return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _held_out(rows: _Rows, chosen: _Positions, share: float, seed: int) -> _Positions:
    """A stratified test part of each auxiliary corpus."""
    parts = [np.empty(0, dtype=np.int64)]
    for name in np.unique(rows.corpora[chosen]):
        of_corpus = chosen[rows.corpora[chosen] == name]
        if len(of_corpus) * share >= N_CLASSES:  # a smaller one is too small to test anything on
            parts.append(of_corpus[rows.choose(of_corpus, share, seed)])
    return np.concatenate(parts)


def _check_size(labels: NDArray[np.int64], folds: int) -> None:
    smallest = int(np.bincount(labels, minlength=3).min())
    if smallest < folds:
        raise ValueError(f"the smallest class has {smallest} headlines; split.folds = {folds} needs at least as many")


def _newest(dates: NDArray[np.str_], share: float) -> NDArray[np.bool_]:
    """Mask of the newest `share` of all headlines; a day is never cut in two."""
    days = np.array([date[:10] for date in dates])
    dated = days[days != ""]
    if len(np.unique(dated)) < 2 or share == 0:
        return np.zeros(len(days), dtype=bool)
    wanted = max(1, round(share * len(days)))
    cut = np.sort(dated)[-min(wanted, len(dated))]
    newest: NDArray[np.bool_] = (days != "") & (days >= max(cut, np.unique(dated)[1]))
    return newest


def _folds(labels: NDArray[np.int64], groups: NDArray[np.int64], k: int, seed: int) -> list[NDArray[np.int64]]:
    splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(labels, labels, groups)]
