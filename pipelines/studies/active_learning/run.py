"""Simulates asking for labels: does a strategy learn more from 500 labels than random sampling, and which one?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pandas as pd

from barometer.corpus.split import Split
from barometer.models.tfidf import TfidfSettings
from barometer.settings import Settings, validate
from pipelines import paths
from pipelines.studies.active_learning.curves import band, normalised_area
from pipelines.studies.active_learning.figures import plot_curves, plot_differences
from pipelines.studies.active_learning.finetuned import FineTunedLearner
from pipelines.studies.active_learning.head import HeadLearner
from pipelines.studies.active_learning.learners import LEARNERS, Learner
from pipelines.studies.active_learning.linear import TfidfLearner
from pipelines.studies.active_learning.loop import Design, Oracle, full_pool_accuracy, simulate
from pipelines.studies.active_learning.page import page
from pipelines.studies.active_learning.settings import ActiveLearningSettings, LearnerName, check
from pipelines.studies.active_learning.summary import Found, Row, summarise
from pipelines.studies.study import open_study
from pipelines.tables import read_embeddings, read_json, read_labelled, to_examples

NAME = "active_learning"


@dataclass(frozen=True)
class Inputs:
    """The headlines of the simulation: ids of its pool and test, and the table that holds their texts and labels."""

    table: pd.DataFrame
    pool: list[int]
    test: list[int]
    validation: list[int]

    def oracle(self) -> Oracle:
        """The true classes."""
        return Oracle(
            *(self.table.loc[ids, "label"].to_numpy(dtype=np.intp, copy=True) for ids in (self.pool, self.test))
        )

    def texts(self) -> tuple[list[str], list[str]]:
        """Texts of pool and test."""
        return self.table.loc[self.pool, "text"].tolist(), self.table.loc[self.test, "text"].tolist()


def read_inputs(params: ActiveLearningSettings, seed: int) -> Inputs:
    """Draw the pool from the training part, and check the parameters against it.

    Raises:
        SettingsError: if a parameter asks for more than the pool holds, or does not go with another.
    """
    split = Split(**read_json(paths.SPLIT))
    check(params, min(params.pool, len(split.train)))
    pool = np.random.default_rng(seed).permutation(np.array(split.train, dtype=np.int64))[: params.pool]
    return Inputs(read_labelled(), pool.tolist(), split.test, split.validation)


def build_learner(name: LearnerName, inputs: Inputs, params: ActiveLearningSettings, settings: Settings) -> Learner:
    """Lay pool and test before a learner.

    Raises:
        SettingsError: if the settings of its model are wrong.
    """
    if name == "head":
        return HeadLearner(read_embeddings(inputs.pool), read_embeddings(inputs.test), params.head)
    if name == "tfidf":
        model = validate(TfidfSettings, settings.model["tfidf"], "model.tfidf")
        return TfidfLearner(*inputs.texts(), model, settings.seed)
    validation = to_examples(inputs.table, inputs.validation)
    return FineTunedLearner(*inputs.texts(), validation, settings.model["bert"], settings.backbone)


def study_learner(name: LearnerName, inputs: Inputs, params: ActiveLearningSettings, settings: Settings) -> Found:
    """Simulate all strategies and batch sizes of one learner and summarise them; shows progress."""
    learner, oracle = build_learner(name, inputs, params, settings), inputs.oracle()
    design = Design(params.initial, params.labels, params.seeds, params.passes, settings.seed)
    kind, plan = LEARNERS[name], params.learners[name]
    full = full_pool_accuracy(learner, oracle, design, fits=params.seeds if kind.seeded else 1)
    jobs = joblib.cpu_count()
    runs = simulate(learner, oracle, params.strategies_of(name), plan.query_sizes, design, jobs=jobs, title=name)
    target, evaluation = params.target_share * full, settings.evaluate
    rng, samples, confidence = np.random.default_rng(settings.seed), evaluation.bootstrap_samples, evaluation.confidence
    rows = summarise(runs, full, target, rng, samples=samples, confidence=confidence)
    return Found(kind.title, full, target, runs, rows)


def metrics(found: Mapping[LearnerName, Found]) -> dict[str, Any]:
    """Figures by learner, batch size and strategy; a number of labels that was not reached is left out."""
    return {
        name: {"full_pool_accuracy": one.full}
        | {
            f"query_size_{size}": {row.strategy: _figures(row) for row in one.at(size)}
            for size in dict.fromkeys(row.query_size for row in one.rows)
        }
        for name, one in found.items()
    }


def _figures(row: Row) -> dict[str, float]:
    figures = {
        "area": row.area.value,
        "final_accuracy": row.final.value,
        "final_macro_f1": row.macro_f1.value,
        "deficiency": row.deficiency.value,
        "labels_to_target": row.needed.value,
    }
    if row.against_random is not None:
        figures["area_against_random"] = row.against_random.difference.value
        figures["labels_to_match_random"] = row.matched.value
        figures["p_holm"] = row.against_random.adjusted
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def curve_table(found: Mapping[LearnerName, Found], confidence: float) -> pd.DataFrame:
    """Mean accuracy with its band and macro-F1 at every checkpoint, one row each, for every curve."""
    parts = []
    for learner, one in found.items():
        for (size, strategy), run in one.runs.items():
            mean, low, high = band(run.accuracy, confidence)
            curve = {"labels": run.labels, "accuracy": mean, "low": low, "high": high}
            names = {"learner": learner, "query_size": size, "strategy": strategy}
            parts.append(pd.DataFrame(names | curve | {"macro_f1": run.macro_f1.mean(axis=0)}))
    return pd.concat(parts, ignore_index=True).round(6)


def side_by_side(found: Mapping[LearnerName, Found], query_size: int) -> pd.DataFrame:
    """Mean accuracies at one batch size, a column for each learner and strategy: what `dvc plots` draws as lines."""
    columns = {
        f"{learner}_{strategy}": run.accuracy.mean(axis=0)
        for learner, one in found.items()
        for (size, strategy), run in one.runs.items()
        if size == query_size
    }
    checkpoints = next(
        run.labels for one in found.values() for (size, _), run in one.runs.items() if size == query_size
    )
    return pd.DataFrame({"labels": checkpoints} | columns).round(6)


def area_table(found: Mapping[LearnerName, Found]) -> pd.DataFrame:
    """Area and last accuracy of every single run, for other tests than ours."""
    parts = [
        pd.DataFrame(
            {
                "learner": learner,
                "query_size": size,
                "strategy": strategy,
                "replicate": np.arange(len(run.accuracy)),
                "area": normalised_area(run.labels, run.accuracy),
                "final_accuracy": run.accuracy[:, -1],
            }
        )
        for learner, one in found.items()
        for (size, strategy), run in one.runs.items()
    ]
    return pd.concat(parts, ignore_index=True).round(6)


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, ActiveLearningSettings)
    params, settings = study.params, study.settings
    inputs = read_inputs(params, settings.seed)
    confidence = settings.evaluate.confidence
    found = {name: study_learner(name, inputs, params, settings) for name in params.learners}

    study.write_metrics(metrics(found))
    study.write_curve("curves.csv", curve_table(found, confidence))
    study.write_curve("learning_curves.csv", side_by_side(found, params.main_query_size))
    study.write_curve("areas.csv", area_table(found))
    plot_curves(study.folder / "learning_curves.png", found, params.main_query_size, confidence)
    plot_differences(study.folder / "differences.png", found, confidence)
    study.write_page(page(params, found, inputs.oracle(), confidence))


if __name__ == "__main__":
    main()
