"""Puts all models and baselines into one table: `python -m pipelines.stages.compare {held_out|cross_validation}`.

The held-out comparison also says how every model does on every other corpus; both test whether BERT beats tf-idf. The
pages are the templates beside this file; all that they show is computed here.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from barometer.corpus.split import Split
from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import evaluate, paired_test
from barometer.settings import Settings, load_settings
from barometer.ship.gate import majority_baseline
from barometer.stats import Estimate, PairedTest
from pipelines import paths
from pipelines.news_filters import RULES
from pipelines.plots import WINDOWS
from pipelines.tables import probabilities_of, read_json, read_labelled, read_split, read_table, write_json
from pipelines.templating import environment

REFERENCE, CANDIDATE = "tfidf", "bert"
OWN_PARTS = ("test", "temporal_test")
_FROM_THE_FILE = " (from the file)"
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a candidate compares with a rival on the same headlines."""

    candidate: str
    rival: str
    test: PairedTest

    @property
    def relation(self) -> str:
        """The verb between candidate and rival, at a level of 5%."""
        if self.test.p_value >= _SIGNIFICANT:
            return "is not shown to differ from"
        return "beats" if self.test.difference.value > 0 else "loses to"


@dataclass(frozen=True, slots=True)
class PartResult:
    """Figures of models and baselines on the same headlines, and how they compare in pairs.

    Attributes:
        name: of the part.
        headlines: how many.
        figures: by model or baseline, then by figure (`barometer.models.metrics.evaluate`).
        models: those whose figures of each class are shown.
        verdicts: CANDIDATE against REFERENCE first.
    """

    name: str
    headlines: int
    figures: Mapping[str, Mapping[str, Estimate]]
    models: list[str]
    verdicts: list[Verdict]

    @property
    def hard(self) -> list[str]:
        """Baselines that only name a class, so that log loss and calibration mean nothing."""
        return [name for name in self.figures if name.endswith(_FROM_THE_FILE)]

    def to_json(self) -> dict[str, Any]:
        """What the JSON files keep of it."""
        return {"figures": self.figures, "paired_test": self.verdicts[0].test}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What `results.md` shows; the last three are what the stage `evaluate` wrote, by model and part."""

    settings: Settings
    split: Split
    parts: list[PartResult]
    index_error: Mapping[str, Mapping[str, Any]]
    news: Mapping[str, Mapping[str, Any]]
    intervals: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Folds:
    """Accuracy of each fold, with mean and sample standard deviation."""

    values: list[float]
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What `cross_validation.md` shows; `accuracy` is by model."""

    settings: Settings
    part: PartResult
    accuracy: Mapping[str, Folds]


def render(result: HeldOut | CrossValidation) -> str:
    """The page of a result, in Markdown."""
    pages = environment(Path(__file__).parent)
    pages.globals |= {"classes": FIELD_NAMES, "kinds": WINDOWS, "rules": RULES}
    name = "results" if isinstance(result, HeldOut) else "cross_validation"
    return pages.get_template(f"{name}.md.j2").render(result=result)


def baseline_predictions(ids: list[int], train_labels: "np.ndarray[Any, Any]") -> dict[str, Floats]:
    """One-hot or constant probabilities of the majority class and of the classes that the corpus file carries."""
    found: dict[str, Floats] = {"majority class": majority_baseline(train_labels, len(ids))}
    carried = read_table(paths.INGEST / "baselines.csv")
    for name, rows in carried.groupby("baseline", sort=False):
        classes = rows.drop_duplicates("id").set_index("id")["label"].reindex(ids)
        if classes.notna().all():
            found[f"{name}{_FROM_THE_FILE}"] = np.eye(N_CLASSES)[classes.astype(int)]
    return found


def teacher_predictions(ids: list[int], settings: Settings) -> dict[str, Floats]:
    """The teacher's probabilities, where a teacher knows all of these headlines."""
    opinions = pd.read_csv(settings.distil.teacher).set_index("id").reindex(ids)
    if opinions.isna().any(axis=None):
        return {}
    found = opinions[list(FIELD_NAMES)].to_numpy(dtype=float)
    return {f"teacher ({settings.teacher.backbone.name})": found / found.sum(axis=1, keepdims=True)}


def compare_part(
    part: str,
    predictions: dict[str, pd.DataFrame],
    train_labels: "np.ndarray[Any, Any]",
    settings: Settings,
    teacher: Mapping[str, Floats] = MappingProxyType({}),
) -> PartResult:
    """Compare every model, every baseline and the teacher on the same headlines."""
    first = next(iter(predictions.values()))
    labels = first["label"].to_numpy()
    scores = {name: probabilities_of(rows) for name, rows in predictions.items()}
    baselines = baseline_predictions(first["id"].tolist(), train_labels)
    samples, confidence = settings.evaluate.bootstrap_samples, settings.evaluate.confidence
    bins = settings.evaluate.calibration_bins

    def figures(p: Floats) -> dict[str, Estimate]:
        rng = np.random.default_rng(settings.seed)
        return evaluate(labels, p, rng, samples=samples, confidence=confidence, bins=bins)

    def verdict(name: str, p: Floats, rival: str, others: Floats) -> Verdict:
        rng = np.random.default_rng(settings.seed)
        return Verdict(name, rival, paired_test(labels, p, others, rng, samples=samples, confidence=confidence))

    pairs = [(CANDIDATE, scores[CANDIDATE], REFERENCE, scores[REFERENCE])]
    pairs += [(name, p, CANDIDATE, scores[CANDIDATE]) for name, p in teacher.items()]
    return PartResult(
        part,
        len(labels),
        {name: figures(p) for name, p in (baselines | scores | dict(teacher)).items()},
        [*predictions, *teacher],
        [verdict(*pair) for pair in pairs],
    )


def held_out(settings: Settings) -> None:
    """Write `results.json` and `results.md`: yardsticks, own test parts, and every model on every available corpus."""
    split, folder = read_split(), paths.reports(settings.corpus.name)
    parts = _parts(settings, split)
    index_error, news, intervals = (
        {name: read_json(folder / "evaluate" / name / f"{file}.json") for name in settings.model}
        for file in ("index_error", "news", "intervals")
    )
    result = HeldOut(settings, split, parts, index_error, news, intervals)
    write_json(folder / "results.json", {part.name: part.to_json() for part in parts})
    _write_page(folder / "results.md", result)


def _parts(settings: Settings, split: Split) -> list[PartResult]:
    train_labels = read_labelled().loc[split.train, "label"].to_numpy()
    predictions = {name: read_table(paths.PREDICTIONS / f"{name}.csv") for name in settings.model}
    found = []
    for part in (part for part in (*settings.corpus.yardsticks, *OWN_PARTS) if part in split.tests()):
        rows = {name: p[p["part"] == part] for name, p in predictions.items()}
        ids = next(iter(rows.values()))["id"].tolist()
        # The teacher may have trained on headlines of the other parts.
        teacher = teacher_predictions(ids, settings) if part in settings.corpus.yardsticks else {}
        found.append(compare_part(part, rows, train_labels, settings, teacher))
    return found


def cross_validation(settings: Settings) -> None:
    """Write `cross_validation.json` and `.md`: the same table over all folds of the training corpus."""
    table = read_labelled()
    own = table.loc[table["role"] == "train", "label"].to_numpy()
    predictions = {name: read_table(paths.OUT_OF_FOLD / f"{name}.csv") for name in settings.model}
    part = compare_part("folds", predictions, own, settings)
    folder = paths.reports(settings.corpus.name)
    accuracy = {name: _folds(folder / "cross_validate" / name / "folds.csv") for name in settings.model}
    write_json(folder / "cross_validation.json", part.to_json())
    _write_page(folder / "cross_validation.md", CrossValidation(settings, part, accuracy))


def _folds(path: Path) -> Folds:
    accuracy = pd.read_csv(path)["accuracy"]
    return Folds(accuracy.tolist(), float(accuracy.mean()), float(accuracy.std()))


def _write_page(path: Path, result: HeldOut | CrossValidation) -> None:
    page = render(result)
    path.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    {"held_out": held_out, "cross_validation": cross_validation}[sys.argv[1]](load_settings())
