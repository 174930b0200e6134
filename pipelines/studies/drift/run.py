"""Measures how well a classifier separates reference headlines from newer ones: adversarial validation."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from barometer.models.base import Floats
from barometer.models.encoders import embed
from barometer.settings import BackboneSettings
from pipelines.studies.drift.analysis import Result
from pipelines.studies.drift.methods.comparison import compare_all
from pipelines.studies.drift.methods.sides import NAME, DriftStudySettings, list_tasks
from pipelines.studies.study import open_study
from pipelines.tables import read_embeddings, read_texts


class Vectors:
    """Vectors of texts: those stored by the stage `embed`, and others computed on demand."""

    def __init__(self, table: pd.DataFrame, backbone: BackboneSettings) -> None:
        self.backbone = backbone
        rows = table[table["role"] != "auxiliary"]  # `embed` leaves those out
        self.known = dict(zip(rows["text"], read_embeddings(rows["id"].tolist()), strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 for N texts, shape (N, D)."""
        missing = [text for text in dict.fromkeys(texts) if text not in self.known]
        if missing:
            self.known.update(zip(missing, embed(missing, self.backbone), strict=True))
        return np.stack([self.known[text] for text in texts])


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, DriftStudySettings)
    table = read_texts()
    tasks = list_tasks(table, study.params)
    vectors = Vectors(table, study.settings.backbone) if "embedding" in study.params.features else None
    study.save(Result(study.params, *compare_all(tasks, study.params, study.rng, vectors)))


if __name__ == "__main__":
    main()
