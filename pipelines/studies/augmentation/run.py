"""Trains a model with and without altered copies of its texts: `python -m pipelines.studies.augmentation.run`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
from pipelines.studies.augmentation.base import Augmenter
from pipelines.studies.augmentation.compare import NONE, Comparison, compare
from pipelines.studies.augmentation.copies import Augmented, generator, stratified_sample, with_copies
from pipelines.studies.augmentation.crossed import Effect
from pipelines.studies.augmentation.figures import plot_effects
from pipelines.studies.augmentation.leakage import HeldOut
from pipelines.studies.augmentation.methods import REPEAT, AugmentationSettings, available
from pipelines.studies.augmentation.page import Conditions, augmentation_page
from pipelines.studies.study import Study, open_study
from pipelines.tables import read_json, read_labelled, to_examples, write_table

NAME = "augmentation"
_EXAMPLES = 40


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


@dataclass
class Runs:
    """What models trained with one method did.

    Attributes:
        predicted: classes of the test headlines, one array of shape (N,) for each seed.
        failure_rates: mean failure rate of the behavioural tests, one for each seed.
        changed: share of the copies that differ from their original, one for each seed.
        refused: copies left out because they resembled a held-out text, in all seeds.
    """

    predicted: list[NDArray[np.intp]] = field(default_factory=list)
    failure_rates: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    refused: int = 0


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

    def sample(self, repetition: int) -> Examples:
        """The training headlines of a repetition."""
        rng = generator(self.settings.seed, repetition, "sample")
        chosen = stratified_sample(self.train.labels, self.params.train_size, rng)
        return Examples([self.train.texts[i] for i in chosen], self.train.targets[chosen], self.train.weights[chosen])

    def augment(self, sample: Examples, name: str, augmenter: Augmenter, repetition: int) -> Augmented:
        """The sample with altered copies."""
        rng = generator(self.settings.seed, repetition, name)
        return with_copies(sample, augmenter, self.params.copies, self.held_out, rng)

    def run(self, examples: Examples, repetition: int, runs: Runs) -> None:
        """Train on the examples, and note what the model says of the test headlines and of the behavioural tests.

        Raises:
            LeakageError: if an example resembles a headline of the test or the validation part.
        """
        self.held_out.check(examples.texts)
        seed = self.settings.seed + repetition
        model: Classifier = model_kind(self.params.model).build(
            self.settings.model[self.params.model], self.settings.backbone, seed
        )
        model.fit(examples, self.validation)
        runs.predicted.append(model.predict_proba(self.test.texts).argmax(axis=1))
        runs.failure_rates.append(mean_failure_rate(run_checks(model.predict_proba, self.suite)))


def train_all(trainer: Trainer, augmenters: dict[str, Augmenter]) -> tuple[dict[str, Runs], pd.DataFrame]:
    """Every method in every repetition; returns the runs by method, and examples of altered texts."""
    runs = {name: Runs() for name in (NONE, *augmenters)}
    shown: list[dict[str, object]] = []
    with tqdm(total=len(runs) * trainer.params.seeds, desc=NAME, unit="fit") as bar:
        for repetition in range(trainer.params.seeds):
            sample = trainer.sample(repetition)
            trainer.run(sample, repetition, runs[NONE])
            bar.update()
            for name, augmenter in augmenters.items():
                made = trainer.augment(sample, name, augmenter, repetition)
                trainer.run(made.examples, repetition, runs[name])
                runs[name].changed.append(made.changed)
                runs[name].refused += made.refused
                shown += example_rows(name, made) if repetition == 0 else []
                bar.update()
    return runs, pd.DataFrame(shown, columns=["method", "original", "altered", "changed"])


def example_rows(name: str, made: Augmented) -> Iterator[dict[str, object]]:
    """The first copies with their originals."""
    originals = len(made.examples) - len(made.sources)
    for source, text in list(zip(made.sources, made.examples.texts[originals:], strict=True))[:_EXAMPLES]:
        original = made.examples.texts[source]
        yield {"method": name, "original": original, "altered": text, "changed": int(text != original)}


def metrics(found: Comparison) -> dict[str, dict[str, object]]:
    """Means of every method, and how it differs from none."""
    figures: dict[str, dict[str, object]] = {name: dict(means) for name, means in found.means.items()}
    for figure, effects in found.against_none.items():
        for name, effect in effects.items():
            figures[name][f"{figure}_difference"] = _numbers(effect)
    return figures


def _numbers(effect: Effect) -> dict[str, float]:
    return {
        "value": effect.value,
        "low": effect.low,
        "high": effect.high,
        "p": effect.p_value,
        "p_holm": effect.p_adjusted,
    }


def effect_rows(found: Comparison) -> Iterator[dict[str, object]]:
    """Rows of the table behind the figure."""
    for reference, by_figure in ((NONE, found.against_none), (REPEAT, found.against_repeat)):
        for figure, effects in by_figure.items():
            for name, effect in effects.items():
                rounded = {key: round(value, 6) for key, value in _numbers(effect).items()}
                yield {"method": name, "reference": reference, "figure": figure, **rounded}


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, AugmentationSettings)
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    checklist = check_parameters(study, split)
    augmenters, missing = available(study.params)
    tests = table.loc[split.test]
    headlines = list(zip(tests["text"].tolist(), tests["label"].astype(int).tolist(), strict=True))
    suite = build_suite(headlines, checklist, study.settings.seed)

    trainer = Trainer(study, table, split, suite)
    runs, examples = train_all(trainer, augmenters)
    found = compare(
        tests["label"].to_numpy(dtype=np.int64),
        {name: np.stack(run.predicted) for name, run in runs.items()},
        {name: np.array(run.failure_rates) for name, run in runs.items()},
        study.settings.evaluate.confidence,
    )
    study.write_metrics(metrics(found))
    study.write_curve("effects.csv", pd.DataFrame(effect_rows(found)))
    write_table(study.private("examples.csv"), examples)
    plot_effects(study.folder / "effects.png", found)
    conditions = Conditions(
        params=study.params,
        pool=len(split.train),
        tested=len(tests),
        behavioural_tests=len(suite),
        behavioural_cases=sum(len(check.cases) for check in suite),
        missing=missing,
        changed={name: float(np.mean(run.changed)) for name, run in runs.items() if run.changed},
        refused={name: run.refused for name, run in runs.items()},
        confidence=study.settings.evaluate.confidence,
        examples=examples if study.settings.corpus.name == "demo" else None,
    )
    study.write_page(augmentation_page(found, conditions))


if __name__ == "__main__":
    main()
