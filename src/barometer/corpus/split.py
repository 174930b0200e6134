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
        left_out: how many headlines of each corpus no part may hold, because a near-duplicate of them lies in a part
            that must not know them.
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
    """Choose about `share` of N headlines, stratified by label and whole groups only; a mask of shape (N,)."""
    folds = max(2, round(1 / share))
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
    ids = table["id"].to_numpy(dtype=np.int64)
    labels = table["label"].to_numpy(dtype=np.int64)
    roles = table["role"].to_numpy(dtype=str)
    groups = near_duplicate_groups(table["text"].tolist(), near_duplicate_similarity)
    own = np.flatnonzero(roles == "train")
    _check_size(labels[own], folds)

    newest = np.zeros(len(table), dtype=bool)
    newest[own] = _newest(table["date"].fillna("").to_numpy(dtype=str)[own], temporal_share)
    past = np.flatnonzero((roles == "train") & ~newest & ~np.isin(groups, groups[newest]))
    in_test = stratified_part(labels[past], groups[past], test_share, seed)
    rest = past[~in_test]
    in_validation = stratified_part(labels[rest], groups[rest], validation_share, seed + 1)

    corpora = table["corpus"].to_numpy(dtype=str)
    # Nothing of an auxiliary corpus resembles a headline of the training corpus: neither a test nor any fold.
    auxiliary = np.flatnonzero((roles == "auxiliary") & ~np.isin(groups, groups[own]))
    held_out = _held_out(labels, groups, corpora, auxiliary, test_share, seed)
    learnt_from = np.concatenate([rest, np.setdiff1d(auxiliary, held_out)])
    # What resembles a yardstick was refused when the corpora were read, so a yardstick is always whole.
    unlike = (roles == "evaluation") & ~np.isin(groups, groups[learnt_from])
    others = np.flatnonzero(unlike | (roles == "yardstick"))
    placed = np.concatenate([past, np.flatnonzero(newest), auxiliary, others])
    return Split(
        train=_ids(ids[rest[~in_validation]]),
        validation=_ids(ids[rest[in_validation]]),
        test=_ids(ids[past[in_test]]),
        temporal_test=_ids(ids[newest]),
        folds=[_ids(ids[own[part]]) for part in _folds(labels[own], groups[own], folds, seed)],
        auxiliary=_ids(ids[np.setdiff1d(auxiliary, held_out)]),
        auxiliary_test=_by_corpus(ids, corpora, held_out),
        evaluation=_by_corpus(ids, corpora, others),
        left_out=_counts(corpora, np.setdiff1d(np.arange(len(table)), placed)),
        near_duplicates=int((np.bincount(groups)[groups] > 1).sum()),
    )


def _held_out(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    corpora: NDArray[np.str_],
    chosen: NDArray[np.int64],
    share: float,
    seed: int,
) -> NDArray[np.int64]:
    """Positions of a stratified test part of each auxiliary corpus."""
    parts = [np.empty(0, dtype=np.int64)]
    for name in np.unique(corpora[chosen]):
        of_corpus = chosen[corpora[chosen] == name]
        if len(of_corpus) * share < N_CLASSES:
            continue  # too small to test anything on
        parts.append(of_corpus[stratified_part(labels[of_corpus], groups[of_corpus], share, seed)])
    return np.concatenate(parts)


def _by_corpus(ids: NDArray[np.int64], corpora: NDArray[np.str_], chosen: NDArray[np.int64]) -> dict[str, Ids]:
    return {str(name): _ids(ids[chosen[corpora[chosen] == name]]) for name in np.unique(corpora[chosen])}


def _counts(corpora: NDArray[np.str_], chosen: NDArray[np.int64]) -> dict[str, int]:
    names, counts = np.unique(corpora[chosen], return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _check_size(labels: NDArray[np.int64], folds: int) -> None:
    smallest = int(np.bincount(labels, minlength=3).min())
    if smallest < folds:
        raise ValueError(f"the smallest class has {smallest} headlines; split.folds = {folds} needs at least as many")


def _ids(values: NDArray[np.int64]) -> Ids:
    return [int(value) for value in values]


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
