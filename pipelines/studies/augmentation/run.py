"""Trains a model with and without altered copies of its texts: `python -m pipelines.studies.augmentation.run`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from barometer.checks.cases import Check
from barometer.checks.run import mean_failure_rate, run_checks
from barometer.checks.suite import ChecklistSettings, build_suite
from barometer.corpus.split import Split
from barometer.models.base import Classifier, Examples, model_kind
from barometer.settings import SettingsError, validate
from pipelines import paths
from pipelines.studies.augmentation.analysis import NONE, REPEAT, Copies, Example, Result, effects, mean_figures
from pipelines.studies.augmentation.methods import Augmenter
from pipelines.studies.augmentation.methods.copies import HeldOut, generator, stratified_sample, with_copies
from pipelines.studies.augmentation.methods.table import METHODS, AugmentationSettings, available
from pipelines.studies.study import Study, open_study
from pipelines.tables import read_json, read_labelled, to_examples, write_table

NAME = "augmentation"
DEMO = "demo"  # the only corpus whose texts may be quoted in a report
_EXAMPLES, _QUOTED = 40, 2  # of each method: copies in the stage's own table, and changed ones in the report


def check_parameters(study: Study[AugmentationSettings], split: Split) -> ChecklistSettings:
    """Refuse parameters that do not fit the data or the model; returns those of the behavioural tests.

    Raises:
        SettingsError: naming the key, its value and what would do.
    """
    params, settings = study.params, study.settings
    if params.train_size > len(split.train):
        raise SettingsError(
            f"experiment.{NAME}.train_size = {params.train_size}: the training part of corpus {settings.corpus.name!r} "
            f"has {len(split.train)} headlines; expected at most that"
        )
    model_kind(params.model).build(settings.model[params.model], settings.backbone, settings.seed)
    checklist = validate(ChecklistSettings, settings.experiment.get("checklist", {}), "experiment.checklist")
    return checklist.model_copy(update={"cases": params.checklist_cases})


@dataclass(frozen=True)
class Fit:
    """One model, trained with one method in one repetition.

    Attributes:
        predicted: classes of the test headlines, shape (N,).
        failure_rate: mean over the behavioural tests.
        changed, refused: of its copies, as `Augmented` has them; 0 without copies.
        pairs: its copies as (original, copy).
    """

    predicted: NDArray[np.intp]
    failure_rate: float
    changed: float = 0.0
    refused: int = 0
    pairs: Sequence[tuple[str, str]] = ()


class Trainer:
    """Trains on a sample of the training part, the same for all methods, and tests on the same texts."""

    def __init__(
        self, study: Study[AugmentationSettings], table: pd.DataFrame, split: Split, suite: Sequence[Check]
    ) -> None:
        self.params, self.settings, self.suite = study.params, study.settings, suite
        self.train, self.validation = to_examples(table, split.train), to_examples(table, split.validation)
        self.test = to_examples(table, split.test)
        held_out = [*self.test.texts, *self.validation.texts]
        self.held_out = HeldOut(held_out, table["text"].tolist(), self.settings.split.near_duplicate_similarity)

    def fit(self, name: str, augmenter: Augmenter | None, repetition: int) -> Fit:
        """Train with one method, or without copies where there is no augmenter.

        Raises:
            LeakageError: if a training text resembles a headline of the test or the validation part.
        """
        sample = self._sample(repetition)
        if augmenter is None:
            return Fit(*self._outcome(sample, repetition))
        rng = generator(self.settings.seed, repetition, name)
        made = with_copies(sample, augmenter, self.params.copies, self.held_out, rng)
        return Fit(*self._outcome(made.examples, repetition), made.changed, made.refused, made.pairs)

    def _sample(self, repetition: int) -> Examples:
        rng = generator(self.settings.seed, repetition, "sample")
        chosen = stratified_sample(self.train.labels, self.params.train_size, rng)
        return Examples([self.train.texts[i] for i in chosen], self.train.targets[chosen], self.train.weights[chosen])

    def _outcome(self, examples: Examples, repetition: int) -> tuple[NDArray[np.intp], float]:
        """Predicted classes of the test headlines and failure rate of a model that learned from the examples."""
        self.held_out.check(examples.texts)
        model: Classifier = model_kind(self.params.model).build(
            self.settings.model[self.params.model], self.settings.backbone, self.settings.seed + repetition
        )
        model.fit(examples, self.validation)
        failure_rate = mean_failure_rate(run_checks(model.predict_proba, self.suite))
        return model.predict_proba(self.test.texts).argmax(axis=1), failure_rate


def train_all(trainer: Trainer, augmenters: Mapping[str, Augmenter]) -> dict[str, list[Fit]]:
    """A model for every method and repetition, and for NONE; by method, in the order of repetitions."""
    methods: dict[str, Augmenter | None] = {NONE: None, **augmenters}
    fits: dict[str, list[Fit]] = {name: [] for name in methods}
    with tqdm(total=len(methods) * trainer.params.seeds, desc=NAME, unit="fit") as bar:
        for repetition in range(trainer.params.seeds):
            for name, augmenter in methods.items():
                fits[name].append(trainer.fit(name, augmenter, repetition))
                bar.update()
    return fits


def first_copies(fits: Mapping[str, Sequence[Fit]]) -> pd.DataFrame:
    """The first copies of each method with their originals, and whether they differ (0 or 1)."""
    rows = [
        (name, *pair, int(pair[0] != pair[1])) for name, found in fits.items() for pair in found[0].pairs[:_EXAMPLES]
    ]
    return pd.DataFrame(rows, columns=["method", "original", "altered", "changed"])


def quoted(copies: pd.DataFrame) -> list[Example]:
    """A few changed copies of each method."""
    rows = copies[copies["changed"] == 1].groupby("method", sort=False).head(_QUOTED)
    return [Example(*row) for row in rows[["method", "original", "altered"]].itertuples(index=False)]


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, AugmentationSettings)
    params, confidence = study.params, study.settings.evaluate.confidence
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    checklist = check_parameters(study, split)
    augmenters, missing = available(params)
    tests = table.loc[split.test]
    labels = tests["label"].to_numpy(dtype=np.int64)
    suite = build_suite(list(zip(tests["text"].tolist(), labels.tolist(), strict=True)), checklist, study.settings.seed)
    fits = train_all(Trainer(study, table, split, suite), augmenters)
    predictions = {name: np.stack([fit.predicted for fit in found]) for name, found in fits.items()}
    failure_rates = {name: np.array([fit.failure_rate for fit in found]) for name, found in fits.items()}
    copies = first_copies(fits)
    write_table(study.folder / "examples.csv", copies)
    result = Result(
        model=params.model,
        seeds=params.seeds,
        train_size=params.train_size,
        copies_each=params.copies,
        pool=len(split.train),
        tested=len(tests),
        behavioural_tests=len(suite),
        behavioural_cases=sum(len(check.cases) for check in suite),
        means=mean_figures(labels, predictions, failure_rates),
        against_none=effects(labels, predictions, failure_rates, NONE, confidence),
        against_repeat=effects(labels, predictions, failure_rates, REPEAT, confidence),
        copies={
            name: Copies(
                METHODS[name].title,
                float(np.mean([fit.changed for fit in fits[name]])),
                sum(fit.refused for fit in fits[name]),
            )
            for name in augmenters
        },
        missing=missing,
        confidence=confidence,
        examples=quoted(copies) if study.settings.corpus.name == DEMO else [],
    )
    study.save(result)


if __name__ == "__main__":
    main()
