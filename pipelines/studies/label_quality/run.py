"""Lists probable label errors for review and checks the method: `python -m pipelines.studies.label_quality.run`."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.labels import CLASS_NAMES
from barometer.models.base import Floats
from barometer.models.metrics import accuracy
from barometer.stats import Estimate, Rate, rate, risk_ratio
from pipelines import paths
from pipelines.studies.label_quality.analysis import (
    Detection,
    LabelQualitySettings,
    Mask,
    Opinion,
    detection,
    flip_labels,
    opinion,
    out_of_fold,
    overlap,
    shared_suspects,
    suggested_labels,
)
from pipelines.studies.label_quality.figures import plot_label_quality
from pipelines.studies.label_quality.page import label_quality_page
from pipelines.studies.label_quality.review import LABEL_CONFIG, review_table, review_tasks
from pipelines.studies.label_quality.tables import Quality
from pipelines.studies.study import Study, open_study
from pipelines.tables import probabilities_of, read_embeddings, read_labelled, read_table, write_json, write_table

NAME = "label_quality"
DEMO = "demo"  # the only corpus whose texts may be quoted in a report
AGREED, DIFFERED, SINGLE, EXPERT = "annotators agreed", "annotators differed", "one annotator", "expert"


def read_predictions(models: list[str]) -> dict[str, pd.DataFrame]:
    """The out-of-fold predictions of every model, all in the order of the first one's ids, indexed by id."""
    tables = {name: read_table(paths.OUT_OF_FOLD / f"{name}.csv").set_index("id", drop=False) for name in models}
    order = tables[models[0]].index
    return {name: found.loc[order] for name, found in tables.items()}


def groups(headlines: pd.DataFrame, conflicts: Mask) -> dict[str, Mask]:
    """Masks of the headlines by origin of the label, where there is more than one, and by class; none is empty."""
    expert = headlines["method"].to_numpy() == EXPERT
    single = ~expert & (headlines["votes"].to_numpy() == 1)
    masks = {
        EXPERT: expert,
        SINGLE: single,
        AGREED: ~expert & ~single & ~conflicts,
        DIFFERED: ~expert & ~single & conflicts,
    }
    origins = {name: np.asarray(mask) for name, mask in masks.items() if mask.any()}
    labels = headlines["label"].to_numpy(dtype=np.int64)
    classes = {f"given as {CLASS_NAMES[k]}": labels == k for k in np.unique(labels)}
    return (origins if len(origins) > 1 else {}) | classes


def ratios(
    rates: Mapping[str, Rate], suspect: Mask, masks: Mapping[str, Mask], confidence: float
) -> dict[str, Estimate]:
    """Risk ratios that are defined: differing over agreeing annotators, and crowd over expert."""
    found = {}
    if AGREED in rates and DIFFERED in rates:
        found["differed_over_agreed"] = risk_ratio(rates[DIFFERED], rates[AGREED], confidence)
    if EXPERT in rates:
        crowd = rate(suspect, ~masks[EXPERT], confidence)
        found["crowd_over_expert"] = risk_ratio(crowd, rates[EXPERT], confidence)
    return {name: ratio for name, ratio in found.items() if ratio is not None}


def check_method(
    study: Study[LabelQualitySettings], ids: list[int], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> tuple[Detection, float]:
    """Falsify labels, list suspects by a fast model, and score the list; also that model's accuracy without flips."""
    params, rng = study.params, study.rng()
    vectors = read_embeddings(ids)

    def predict(given: NDArray[np.int64]) -> Floats:
        return out_of_fold(vectors, given, folds, params.inverse_regularisation)

    flips = [flip_labels(labels, params.flip_share, rng) for _ in range(params.flip_repeats)]
    opinions = [opinion(given, predict(given), params.filter) for given, _ in flips]
    evaluation = study.settings.evaluate
    found = detection(
        [flipped for _, flipped in flips],
        opinions,
        rng,
        samples=evaluation.bootstrap_samples,
        confidence=evaluation.confidence,
    )
    return found, accuracy(labels, predict(labels))


def write_review(study: Study[LabelQualitySettings], review: pd.DataFrame) -> None:
    """Write what a reviewer imports into Label Studio, outside the reports: it holds texts."""
    write_table(study.private("review.csv"), review)
    write_json(study.private("review.json"), review_tasks(review))
    study.private("label_config.xml").write_text(LABEL_CONFIG, encoding="utf-8")


def doubtful(
    headlines: pd.DataFrame,
    labels: NDArray[np.int64],
    suggested: NDArray[np.int64],
    opinions: Mapping[str, Opinion],
) -> pd.DataFrame:
    """The labels that any model suspects, as `review_table` wants them, by the mean of the self-confidences."""
    accusers = [
        " and ".join(name for name, found in opinions.items() if found.suspect[i]) for i in range(len(headlines))
    ]
    table = headlines.reset_index(drop=True).assign(
        label=labels,
        suggested=suggested,
        quality=np.mean([found.quality for found in opinions.values()], axis=0),
        suspected_by=accusers,
    )
    return review_table(table[table["suspected_by"] != ""])


def metrics(quality: Quality) -> dict[str, object]:
    """The study's numbers."""
    return {
        "labels": len(quality.labels),
        "suspects": {name: int(found.suspect.sum()) for name, found in quality.opinions.items()},
        "noise": {name: found.noise for name, found in quality.opinions.items()},
        "shared_suspects": int(quality.suspect.sum()),
        "overlap": quality.overlap,
        "detection": asdict(quality.detection),
        "rates": {name: asdict(found) for name, found in quality.rates.items()},
        "ratios": {name: asdict(found) for name, found in quality.ratios.items()},
    }


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, LabelQualitySettings)
    params, confidence = study.params, study.settings.evaluate.confidence
    predictions = read_predictions(params.models)
    first = predictions[params.models[0]]
    headlines = read_labelled().loc[first.index]
    labels, ids = first["label"].to_numpy(dtype=np.int64), first["id"].tolist()
    probabilities = {name: probabilities_of(found) for name, found in predictions.items()}
    opinions = {name: opinion(labels, found, params.filter) for name, found in probabilities.items()}
    suspect = shared_suspects(opinions)
    suggested = suggested_labels(labels, list(probabilities.values()))
    review = doubtful(headlines, labels, suggested, opinions)
    write_review(study, review)

    conflicts = headlines.index.isin(read_table(paths.LABELS / "conflicts.csv")["id"])
    masks = groups(headlines, conflicts)
    rates = {name: rate(suspect, mask, confidence) for name, mask in masks.items()}
    found, check_accuracy = check_method(study, ids, labels, first["fold"].to_numpy(dtype=np.int64))
    quality = Quality(
        labels=labels,
        suggested=suggested,
        suspect=suspect,
        opinions=opinions,
        accuracies={name: accuracy(labels, values) for name, values in probabilities.items()},
        overlap=overlap(opinions),
        listed=len(review),
        all_suspects=rate(suspect, np.ones(len(labels), dtype=bool), confidence),
        rates=rates,
        ratios=ratios(rates, suspect, masks, confidence),
        detection=found,
        check_accuracy=check_accuracy,
        flip_share=params.flip_share,
        flip_repeats=params.flip_repeats,
        confidence=confidence,
    )
    report(study, quality, review)


def report(study: Study[LabelQualitySettings], quality: Quality, review: pd.DataFrame) -> None:
    """Write numbers, tables, plot and page; texts are quoted on the demo corpus only."""
    study.write_metrics(metrics(quality))
    rows = [
        {"group": name, "suspected": found.share.value, "low": found.share.low, "high": found.share.high}
        for name, found in quality.rates.items()
    ]
    study.write_curve("rates.csv", pd.DataFrame(rows).round(6))
    pairs = {
        "given": [CLASS_NAMES[k] for k in quality.labels[quality.suspect]],
        "suggested": [CLASS_NAMES[k] for k in quality.suggested[quality.suspect]],
    }
    study.write_curve("pairs.csv", pd.DataFrame(pairs))
    plot_label_quality(study.folder / "label_quality.png", quality.pairs, quality.labels, quality.rates)
    worst = review[: study.params.shown] if study.settings.corpus.name == DEMO else None
    study.write_page(label_quality_page(quality, study.private("review.csv"), worst))


if __name__ == "__main__":
    main()
