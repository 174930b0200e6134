"""Writes the targets of the student: labels mixed with the teacher's probabilities (Hinton et al. 2015).

A labelled headline keeps a share of its label, as in their sum of both objectives at temperature 1; the target of an
unlabelled headline is the teacher's.
"""

import numpy as np
import pandas as pd

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.labels import FIELD_NAMES
from barometer.settings import DistilSettings, load_settings
from pipelines import paths
from pipelines.tables import read_labelled, read_split, read_table, write_table

COLUMNS = ["id", "text", "part", *SOFT_COLUMNS, "news", "weight"]


def mixed_targets(labelled: pd.DataFrame, teacher: pd.DataFrame, settings: DistilSettings) -> pd.DataFrame:
    """Targets of labelled headlines: `share` of the teacher where it has predicted the headline, the rest of the label.

    Args:
        labelled: rows of the labelled headlines.
        teacher: probabilities by id, columns of FIELD_NAMES and `news`.
    """
    opinions = teacher.reindex(labelled["id"])
    soft, taught = labelled[SOFT_COLUMNS].to_numpy(), opinions[list(FIELD_NAMES)].to_numpy(dtype=float)
    share = np.where(np.isnan(taught), 0.0, settings.share)
    mixed = (1 - share) * soft + share * np.nan_to_num(taught)
    return labelled.assign(**dict(zip(SOFT_COLUMNS, mixed.T, strict=True)), weight=1.0)


def taught_targets(unlabelled: pd.DataFrame, teacher: pd.DataFrame, settings: DistilSettings) -> pd.DataFrame:
    """Targets of the unlabelled headlines that the teacher knows; none where these do not count."""
    known = unlabelled[unlabelled["id"].isin(teacher.index)] if settings.unlabelled_weight else unlabelled[:0]
    opinions = teacher.loc[known["id"]]
    soft = dict(zip(SOFT_COLUMNS, opinions[list(FIELD_NAMES)].to_numpy().T, strict=True))
    return known.assign(**soft, news=opinions["news"].to_numpy(), weight=settings.unlabelled_weight, part="unlabelled")


def main() -> None:
    """Run the stage."""
    settings = load_settings().distil
    table, split = read_labelled(), read_split()
    teacher = pd.read_csv(settings.teacher).set_index("id")
    parts = [
        mixed_targets(table.loc[ids], teacher, settings).assign(part=part)
        for part, ids in (("train", split.train), ("auxiliary", split.auxiliary))
    ]
    unlabelled = read_table(paths.INGEST / "unlabelled.csv")
    targets = pd.concat([*parts, taught_targets(unlabelled, teacher, settings)], ignore_index=True)[COLUMNS]
    write_table(paths.TARGETS, targets)
    counts = targets["part"].value_counts()
    print("the student learns from " + ", ".join(f"{count:,} {part}" for part, count in counts.items()))


if __name__ == "__main__":
    main()
