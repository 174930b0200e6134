"""Lists probable label errors for review and checks the method: `python -m pipelines.studies.label_quality.run`."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from barometer.labels import CLASS_NAMES
from barometer.live.annotation.interface import label_config, suggestion
from barometer.models.base import Floats
from barometer.models.metrics import accuracy
from barometer.settings import Positive, Section
from barometer.stats import rate
from pipelines import paths
from pipelines.studies.label_quality.analysis import (
    Check,
    ModelOpinion,
    Result,
    Worst,
    class_counts,
    suspects_by_group,
)
from pipelines.studies.label_quality.confident_learning import (
    Filter,
    Opinion,
    detection,
    flip_labels,
    opinion,
    out_of_fold,
    overlap,
    shared_suspects,
    suggested_labels,
)
from pipelines.studies.study import ModelName, Study, open_study
from pipelines.tables import probabilities_of, read_embeddings, read_labelled, read_table, write_json, write_table

NAME = "label_quality"
DEMO = "demo"  # the only corpus whose texts may be quoted in a report
LABEL_CONFIG = label_config(
    '<Header value="Its label is $current_label; the models suggest $suggested_label" size="5"/>'
)


class LabelQualitySettings(Section):
    """Which models judge, how a label becomes suspect, and how the method is checked.

    Attributes:
        models: whose out-of-fold probabilities are read.
        filter: how cleanlab chooses the suspects (`filter_by` of `find_label_issues`).
        flip_share: share of the labels that the check with known answers flips.
        flip_repeats: how often it does so.
        inverse_regularisation: C of the logistic regression on embeddings that the check trains.
        shown: worst examples in the report, where texts may be shown.
    """

    models: Annotated[list[ModelName], Field(min_length=1)]
    filter: Filter
    flip_share: Annotated[float, Field(gt=0, le=0.4)]
    flip_repeats: Positive
    inverse_regularisation: Annotated[float, Field(gt=0)]
    shown: Annotated[int, Field(ge=0)]


def read_predictions(models: list[str]) -> dict[str, pd.DataFrame]:
    """The out-of-fold predictions of every model, all in the order of the first one's ids, indexed by id."""
    tables = {name: read_table(paths.OUT_OF_FOLD / f"{name}.csv").set_index("id", drop=False) for name in models}
    order = tables[models[0]].index
    return {name: found.loc[order] for name, found in tables.items()}


def check_method(
    study: Study[LabelQualitySettings], ids: list[int], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> Check:
    """Flip labels, list suspects by a fast model, and score the list."""
    params, evaluation, rng = study.params, study.settings.evaluate, study.rng()
    vectors = read_embeddings(ids)

    def predict(given: NDArray[np.int64]) -> Floats:
        return out_of_fold(vectors, given, folds, params.inverse_regularisation)

    flips = [flip_labels(labels, params.flip_share, rng) for _ in range(params.flip_repeats)]
    opinions = [opinion(given, predict(given), params.filter) for given, _ in flips]
    flipped = [mask for _, mask in flips]
    found = detection(flipped, opinions, rng, samples=evaluation.bootstrap_samples, confidence=evaluation.confidence)
    return Check(found, accuracy(labels, predict(labels)), params.flip_share, params.flip_repeats)


def review_table(
    headlines: pd.DataFrame,
    labels: NDArray[np.int64],
    suggested: NDArray[np.int64],
    opinions: Mapping[str, Opinion],
) -> pd.DataFrame:
    """The labels that any model suspects, the lowest mean self-confidence first, as data of Label Studio tasks."""
    table = pd.DataFrame(
        {
            "id": headlines["id"].astype(str),  # more digits than a number of a browser holds
            "text": headlines["text"],
            "current_label": [CLASS_NAMES[k] for k in labels],
            "suggested_label": [CLASS_NAMES[k] for k in suggested],
            "quality": np.mean([found.quality for found in opinions.values()], axis=0),
            "suspected_by": [
                " and ".join(name for name, found in opinions.items() if found.suspect[i]) for i in range(len(labels))
            ],
            "corpus": headlines["corpus"],
            "date": headlines["date"],
            "_order": headlines["id"],
        }
    )
    doubted = table[table["suspected_by"] != ""].sort_values(["quality", "_order"], kind="stable")
    return doubted.drop(columns="_order").assign(quality=doubted["quality"].round(4)).reset_index(drop=True)


def review_tasks(review: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of `review_table` as tasks with the suggested label as a prediction, which the reviewer corrects."""
    return [
        {"data": row, "predictions": [suggestion("confident-learning", row["suggested_label"], 1 - row["quality"])]}
        for row in review.to_dict(orient="records")
    ]


def write_review(study: Study[LabelQualitySettings], review: pd.DataFrame) -> None:
    """Write what a reviewer imports into Label Studio: the table, the tasks and the labelling interface."""
    write_table(study.folder / "review.csv", review)
    write_json(study.folder / "review.json", review_tasks(review))
    (study.folder / "label_config.xml").write_text(LABEL_CONFIG, encoding="utf-8")


def quoted(review: pd.DataFrame, shown: int) -> list[Worst]:
    """The first rows of the review with their texts."""
    columns = ["text", "current_label", "suggested_label", "quality"]
    return [Worst(*row) for row in review[columns][:shown].itertuples(index=False)]


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, LabelQualitySettings)
    params, confidence = study.params, study.settings.evaluate.confidence
    predictions = read_predictions(params.models)
    first = predictions[params.models[0]]
    headlines = read_labelled().loc[first.index]
    labels = first["label"].to_numpy(dtype=np.int64)
    probabilities = {name: probabilities_of(found) for name, found in predictions.items()}
    opinions = {name: opinion(labels, found, params.filter) for name, found in probabilities.items()}
    suspect = shared_suspects(opinions)
    suggested = suggested_labels(labels, list(probabilities.values()))
    review = review_table(headlines, labels, suggested, opinions)
    write_review(study, review)
    conflicts = headlines.index.isin(read_table(paths.LABELS / "conflicts.csv")["id"])
    rates, ratios = suspects_by_group(headlines, conflicts, suspect, confidence)
    result = Result(
        class_counts=class_counts(labels),
        models={
            name: ModelOpinion(accuracy(labels, probabilities[name]), int(found.suspect.sum()), found.noise)
            for name, found in opinions.items()
        },
        shared=rate(suspect, np.ones(len(labels), dtype=bool), confidence),
        overlap=overlap(opinions),
        listed=len(review),
        given=labels[suspect].tolist(),
        suggested=suggested[suspect].tolist(),
        joint=np.mean([found.joint for found in opinions.values()], axis=0).tolist(),
        rates=rates,
        ratios=ratios,
        check=check_method(study, first["id"].tolist(), labels, first["fold"].to_numpy(dtype=np.int64)),
        confidence=confidence,
        review=str(study.folder / "review.csv"),
        worst=quoted(review, params.shown) if study.settings.corpus.name == DEMO else [],
    )
    study.save(result)


if __name__ == "__main__":
    main()
