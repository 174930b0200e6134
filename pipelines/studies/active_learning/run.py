"""Simulates asking for labels: `python -m pipelines.studies.active_learning.run`."""

from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd

from barometer.corpus.split import Split
from barometer.labels import N_CLASSES
from barometer.models.tfidf import TfidfSettings
from barometer.query.strategies import STRATEGIES
from barometer.settings import validate
from pipelines import paths
from pipelines.studies.active_learning.analysis import LearnerResult, Result
from pipelines.studies.active_learning.methods.beliefs import Learner
from pipelines.studies.active_learning.methods.curves import against_chosen, summarise
from pipelines.studies.active_learning.methods.learners import LEARNERS, FineTunedLearner, HeadLearner, TfidfLearner
from pipelines.studies.active_learning.methods.plan import ActiveLearningSettings, LearnerName, check
from pipelines.studies.active_learning.methods.simulation import Design, Oracle, full_pool_accuracy, simulate
from pipelines.studies.study import Study, open_study
from pipelines.tables import read_embeddings, read_json, read_labelled, to_examples

NAME = "active_learning"


@dataclass(frozen=True)
class Inputs:
    """The headlines of the simulation: the table that holds their texts and labels, and the ids of the parts."""

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


def read_inputs(study: Study[ActiveLearningSettings]) -> Inputs:
    """Draw the pool from the training part, and check the parameters against it.

    Raises:
        SettingsError: if a parameter exceeds what the pool holds, or does not fit another.
    """
    split, size = Split(**read_json(paths.SPLIT)), study.params.pool
    check(study.params, min(size, len(split.train)))
    pool = study.rng().permutation(np.array(split.train, dtype=np.int64))[:size]
    return Inputs(read_labelled(), pool.tolist(), split.test, split.validation)


def build_learner(name: LearnerName, inputs: Inputs, study: Study[ActiveLearningSettings]) -> Learner:
    """Make a learner for pool and test.

    Raises:
        SettingsError: if the settings of its model are wrong.
    """
    settings = study.settings
    if name == "head":
        return HeadLearner(read_embeddings(inputs.pool), read_embeddings(inputs.test), study.params.head)
    if name == "tfidf":
        model = validate(TfidfSettings, settings.model["tfidf"], "model.tfidf")
        return TfidfLearner(*inputs.texts(), model, settings.seed)
    validation = to_examples(inputs.table, inputs.validation)
    return FineTunedLearner(*inputs.texts(), validation, settings.model["bert"], settings.backbone)


def study_learner(name: LearnerName, inputs: Inputs, study: Study[ActiveLearningSettings]) -> LearnerResult:
    """Simulate all strategies and batch sizes of one learner and summarise them; shows progress."""
    params, evaluation = study.params, study.settings.evaluate
    learner, oracle = build_learner(name, inputs, study), inputs.oracle()
    design = Design(params.initial, params.labels, params.seeds, params.passes, study.settings.seed)
    kind, sizes = LEARNERS[name], params.learners[name].query_sizes
    full = full_pool_accuracy(learner, oracle, design, fits=params.seeds if kind.seeded else 1)
    runs = simulate(learner, oracle, params.strategies_of(name), sizes, design, jobs=joblib.cpu_count(), title=name)
    target, samples, confidence = params.target_share * full, evaluation.bootstrap_samples, evaluation.confidence
    curves = summarise(runs, full, target, study.rng(), samples=samples, confidence=confidence)
    return LearnerResult(kind.title, full, target, curves, params.left_out(name))


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, ActiveLearningSettings)
    params, confidence = study.params, study.settings.evaluate.confidence
    inputs = read_inputs(study)
    learners = {name: study_learner(name, inputs, study) for name in params.learners}
    main_curves = learners[params.main_learner].by_size[params.main_query_size]
    rivals = [
        curve.strategy
        for curve in main_curves
        if curve.strategy != params.chosen and STRATEGIES[curve.strategy].needs == "probabilities"
    ]
    oracle = inputs.oracle()
    study.save(
        Result(
            learners=learners,
            chosen=params.chosen,
            rivals=against_chosen(main_curves, params.chosen, rivals, confidence),
            main_learner=params.main_learner,
            main_query_size=params.main_query_size,
            pool_shares=(np.bincount(oracle.pool, minlength=N_CLASSES) / len(oracle.pool)).tolist(),
            pool=len(oracle.pool),
            tested=len(oracle.test),
            initial=params.initial,
            labels=params.labels,
            seeds=params.seeds,
            target_share=params.target_share,
            confidence=confidence,
        )
    )


if __name__ == "__main__":
    main()
