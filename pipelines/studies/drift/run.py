"""Measures how well a classifier tells the reference headlines from newer ones: adversarial validation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from barometer.models.base import Floats
from barometer.models.encoders import embed
from barometer.settings import BackboneSettings
from pipelines.studies.drift.analysis import Comparison, compare_all
from pipelines.studies.drift.figures import plot_aucs, plot_ngrams
from pipelines.studies.drift.page import AUCS, NGRAMS, build_page, newest, pair_titles
from pipelines.studies.drift.sides import AdversarialValidationSettings, list_tasks
from pipelines.studies.study import open_study
from pipelines.tables import read_embeddings, read_texts


class Vectors:
    """Vectors of texts: those that the stage `embed` made, and others as they are asked for."""

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


def metrics(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Figures by pair, group and kind of features."""
    found: dict[str, Any] = {}
    for comparison in comparisons:
        lines = found.setdefault(comparison.pair, {}).setdefault(comparison.group, {})
        for measure, adjusted in zip(comparison.result.measures, comparison.adjusted, strict=True):
            lines[f"{measure.features}_masked" if measure.masked else measure.features] = {
                "auc": measure.auc.value,
                "auc_low": measure.auc.low,
                "auc_high": measure.auc.high,
                "control": measure.control.value,
                "p_value": measure.p_value,
                "p_adjusted": adjusted,
            }
    return found


def auc_rows(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row for each comparison and kind of features."""
    return pd.DataFrame(
        {
            "comparison": " ".join([c.pair, c.group, m.features, "masked" if m.masked else "whole"]),
            "pair": c.pair,
            "group": c.group,
            "features": m.features,
            "masked": m.masked,
            "reference_headlines": c.result.reference,
            "newer_headlines": c.result.newer,
            "auc": round(m.auc.value, 4),
            "low": round(m.auc.low, 4),
            "high": round(m.auc.high, 4),
            "control": round(m.control.value, 4),
            "control_low": round(m.control.low, 4),
            "control_high": round(m.control.high, 4),
            "p_value": round(m.p_value, 6),
            "p_adjusted": round(adjusted, 6),
        }
        for c in comparisons
        for m, adjusted in zip(c.result.measures, c.adjusted, strict=True)
    )


def ngram_rows(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row for each drifted n-gram; `reference` and `newer` are shares of headlines."""
    return pd.DataFrame(
        {
            "pair": c.pair,
            "group": c.group,
            "masked": masked,
            "ngram": n.ngram,
            "z": round(n.z, 3),
            "reference": round(n.reference, 5),
            "newer": round(n.newer, 5),
        }
        for c in comparisons
        for masked, ngrams in c.result.ngrams.items()
        for n in ngrams
    )


def main() -> None:
    """Run the stage."""
    study = open_study("adversarial_validation", AdversarialValidationSettings)
    table = read_texts()
    tasks = list_tasks(table, study.params)
    vectors = Vectors(table, study.settings.backbone) if "embedding" in study.params.features else None
    comparisons, left_out = compare_all(tasks, study.params, study.rng, vectors)
    study.write_metrics(metrics(comparisons))
    study.write_curve("auc.csv", auc_rows(comparisons))
    study.write_curve("ngrams.csv", ngram_rows(comparisons))
    plot_aucs(study.folder / AUCS, comparisons, pair_titles(study.params))
    plot_ngrams(study.folder / NGRAMS, newest(comparisons))
    study.write_page(build_page(comparisons, left_out, study.params))


if __name__ == "__main__":
    main()
