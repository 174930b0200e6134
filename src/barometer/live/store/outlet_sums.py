"""Sums of headlines' values over a window, for every outlet in each of its hours or days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, literal

from barometer.live.store.belonging import name_column
from barometer.live.store.parts import Kind
from barometer.live.store.pieces import edge_rows, read_rows, run_rows
from barometer.live.store.schema import rollups
from barometer.live.store.sums import SPAN_OF, Bucket, Sums
from barometer.live.store.times import Edge, Run, hour_of, split_window


@dataclass(frozen=True, slots=True)
class OutletBuckets:
    """The sums of outlets in hours or days, by time: `hours` as in `Buckets`, each with an outlet once."""

    hours: NDArray[np.int64]
    counts: NDArray[np.float64]
    positive: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of_window(cls, outlets: Collection[Sums]) -> "OutletBuckets":
        """Those of one window, as if it were an hour or a day."""
        counts, positive, squares = (
            np.array([getattr(sums, name) for sums in outlets], np.float64) for name in ("count", "positive", "squares")
        )
        return cls(np.zeros(len(outlets), np.int64), counts, positive, squares)


def outlet_bucket_sums(
    connection: Connection, model_version: str, since: datetime, until: datetime, bucket: Bucket
) -> OutletBuckets:
    """The sums of every outlet in each hour or day (UTC) that has headlines in [since, until)."""
    span, selects = SPAN_OF[bucket], []
    for piece in split_window(since, until, largest_span=span):
        first = piece.first if isinstance(piece, Run) else hour_of(piece.since)
        # Whole buckets have an hour of their own, what is smaller lies within one bucket.
        whole = isinstance(piece, Run) and piece.span == span
        selects.append(_outlets_of(model_version, piece, rollups.c.hour if whole else literal(first // span * span)))
    names: dict[str, int] = {}
    rows = [(*row[:4], names.setdefault(row[4], len(names))) for row in read_rows(connection, selects) if row[1]]
    hours, *sums, outlets = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
    pairs = np.array(hours, np.int64) * max(len(names), 1) + np.array(outlets, np.int64)
    pairs, place = np.unique(pairs, return_inverse=True)
    counts, positive, squares = (
        np.bincount(place, np.array(each, np.float64), len(pairs)).astype(np.float64) for each in sums
    )
    return OutletBuckets(pairs // max(len(names), 1), counts, positive, squares)


def _outlets_of(model_version: str, piece: Edge | Run, hour: ColumnElement[int]) -> Select[Any]:
    kind = Kind.OUTLET
    if isinstance(piece, Run):
        rows = run_rows(model_version, piece, hour, kind)
        return rows.add_columns(rollups.c.coin).group_by(rollups.c.hour, rollups.c.coin)
    name = name_column(kind)
    return edge_rows(model_version, piece, hour, kind).add_columns(literal(kind.mark) + name).group_by(name)
