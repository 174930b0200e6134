"""Merges votes into one label and a soft label for each headline, and measures how far annotators agree."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from barometer.labels import FIELD_NAMES, N_CLASSES, Label

SOFT_COLUMNS = [f"p_{name}" for name in FIELD_NAMES]
LABELLED_COLUMNS = ["id", "text", "source", "date", "corpus", "role", "label", *SOFT_COLUMNS, "news", "votes", "method"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the annotators of one corpus agree, before any merging.

    Attributes:
        alpha: Krippendorff's alpha for ordinal labels over all votes, or None with fewer than two annotators.
        kappa: Cohen's kappa of every pair of annotators that share headlines, where it is defined.
        unanimous: share of the headlines with two or more votes on which all are equal, or None.
    """

    headlines: int
    votes: int
    annotators: int
    alpha: float | None
    kappa: dict[str, float]
    unanimous: float | None


def merge_votes(
    votes: pd.DataFrame, crowd: str, tie: str, hard_share: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Merge votes into one label a headline: expert over crowd, the crowd by majority or Dawid-Skene.

    Args:
        votes: the table of `ingest`.
        crowd: `majority` (soft label: shares of the votes) or `dawid_skene` (soft label: the posterior).
        tie: what equal shares become: `neutral`, or `first_annotator` (of those who voted, by name).
        hard_share: what share of an expert's vote that is marked as hard is spread evenly over the classes.

    Returns:
        The labelled headlines (LABELLED_COLUMNS, in order of first appearance), and the conflicts: headlines whose
        votes differ, with every vote, the merged label and whether an expert or the crowd decided.
    """
    ids = votes["id"].drop_duplicates().to_numpy()
    expert = votes[votes["expert"]]
    crowd_votes = votes[~votes["expert"] & ~votes["id"].isin(expert["id"])]
    soft = pd.concat([_softened(expert, hard_share), _crowd_soft_labels(crowd_votes, crowd)])
    labels = _break_ties(soft, votes, tie)
    heads = votes.drop_duplicates("id").set_index("id")
    table = heads[["text", "source", "date", "corpus", "role"]].join(soft.set_axis(SOFT_COLUMNS, axis=1)).join(labels)
    table["news"] = votes.groupby("id")["news"].mean()  # of those who were asked; missing where nobody was
    table["votes"] = votes.groupby("id").size()
    table["method"] = np.where(table.index.isin(expert["id"]), "expert", crowd)
    table = table.loc[ids].reset_index()[LABELLED_COLUMNS]
    return table, _conflicts(votes, table)


def _shares(votes: pd.DataFrame) -> pd.DataFrame:
    """Share of each class among the votes of each headline: index id, columns 0, 1, 2."""
    counts = votes.groupby(["id", "label"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=range(N_CLASSES), fill_value=0)
    shares: pd.DataFrame = counts.div(counts.sum(axis=1), axis=0)
    return shares


def _softened(votes: pd.DataFrame, hard_share: float) -> pd.DataFrame:
    """Shares of expert votes; of a hard vote, `hard_share` counts as a vote for each class alike."""
    shares = _shares(votes)
    spread = hard_share * votes.groupby("id")["hard"].mean().reindex(shares.index)
    softened: pd.DataFrame = shares.mul(1 - spread, axis=0).add(spread / N_CLASSES, axis=0)
    return softened


def _crowd_soft_labels(votes: pd.DataFrame, method: str) -> pd.DataFrame:
    """Soft labels of the crowd; each corpus has annotators of its own, so Dawid-Skene is fitted to each alone."""
    if method == "majority" or votes.empty:
        return _shares(votes)
    from crowdkit.aggregation import DawidSkene  # noqa: PLC0415 - takes a second

    parts: list[pd.DataFrame] = []
    for _, part in votes.groupby("corpus", sort=False):
        model = DawidSkene(n_iter=100)
        model.fit(part.rename(columns={"id": "task", "annotator": "worker"})[["task", "worker", "label"]])
        parts.append(model.probas_.reindex(columns=range(N_CLASSES), fill_value=0.0).rename_axis("id"))
    return pd.concat(parts)


def _break_ties(soft: pd.DataFrame, votes: pd.DataFrame, tie: str) -> pd.Series:
    shares = soft.to_numpy()
    best = shares.argmax(axis=1)
    tied = (np.isclose(shares, shares.max(axis=1, keepdims=True))).sum(axis=1) > 1
    labels = pd.Series(best, index=soft.index, name="label")
    if tie == "neutral":
        labels[tied] = int(Label.NEUTRAL)
    else:
        order = votes.sort_values(["expert", "annotator"], ascending=[False, True], kind="stable")
        first = order.drop_duplicates("id").set_index("id")["label"]
        labels[tied] = first.loc[labels.index[tied]]
    return labels


def _conflicts(votes: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    differing = votes.groupby("id")["label"].nunique().loc[lambda n: n > 1].index
    rows = votes[votes["id"].isin(differing)]
    listing = {
        id_: "; ".join(f"{a}={Label(v).title}" for a, v in zip(g["annotator"], g["label"], strict=True))
        for id_, g in rows.groupby("id", sort=False)
    }
    conflicts = table[table["id"].isin(differing)][["id", "text", "corpus", "label", "method"]].copy()
    conflicts["votes"] = conflicts["id"].map(listing)
    return conflicts


def agreement(votes: pd.DataFrame) -> dict[str, Agreement]:
    """Measure the agreement of the annotators of each corpus (Krippendorff 2011; Cohen 1960).

    Where a corpus has crowd votes, these alone count: an expert label often is a consensus of them.
    """
    found = {}
    for name, part in votes.groupby("corpus", sort=False):
        crowd = part[~part["expert"].astype(bool)]
        found[str(name)] = _agreement(crowd if len(crowd) else part)
    return found


def _agreement(votes: pd.DataFrame) -> Agreement:
    wide = votes.pivot_table(index="annotator", columns="id", values="label", aggfunc="first")
    matrix = wide.to_numpy(dtype=float)
    per_item = votes.groupby("id")["label"].agg(["size", "nunique"])
    shared = per_item[per_item["size"] > 1]
    return Agreement(
        headlines=len(per_item),
        votes=len(votes),
        annotators=len(wide),
        alpha=_alpha(matrix) if len(shared) else None,
        kappa=_kappas(wide),
        unanimous=float((shared["nunique"] == 1).mean()) if len(shared) else None,
    )


def _alpha(matrix: "np.ndarray[Any, Any]") -> float | None:
    shared = matrix[:, (~np.isnan(matrix)).sum(axis=0) > 1]
    if len(np.unique(shared[~np.isnan(shared)])) < 2:  # alpha is not defined where every vote is the same
        return None
    return float(krippendorff.alpha(reliability_data=matrix, level_of_measurement="ordinal"))


def _kappas(wide: pd.DataFrame) -> dict[str, float]:
    kappas = {}
    for a, b in combinations(wide.index, 2):
        both = wide.loc[[a, b]].dropna(axis=1)
        if len(np.unique(both)) > 1:  # nor is kappa
            kappas[f"{a} - {b}"] = float(cohen_kappa_score(*both.to_numpy(dtype=int), labels=range(N_CLASSES)))
    return kappas
