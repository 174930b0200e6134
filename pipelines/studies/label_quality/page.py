"""The words of the label quality report."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.labels import CLASS_NAMES
from barometer.stats import Estimate
from pipelines.markdown import estimate
from pipelines.studies.label_quality.tables import (
    Quality,
    detection_table,
    models_table,
    noise_table,
    overlapping,
    rates_table,
    worst_table,
)
from pipelines.studies.study import Page

_RATIOS = {
    "differed_over_agreed": ("Headlines whose annotators differed", "those whose annotators agreed"),
    "crowd_over_expert": ("Crowd labels", "expert labels"),
}


def label_quality_page(quality: Quality, review: Path, worst: pd.DataFrame | None) -> Page:
    """Make the page; `worst` are the rows of the review to quote, or None where no text may be shown."""
    names = " and ".join(quality.opinions)
    return Page(
        title="Which labels are probably wrong?",
        question="Which labels are probably wrong, and how far can a list of them be trusted?",
        method=(
            f"Confident learning (Northcutt et al. 2021; cleanlab) on out-of-fold probabilities of {names}; a label "
            "counts as suspected where every model suspects it, and worst is the lowest mean self-confidence. "
            f"As a check with known answers, {quality.flip_share:.0%} of the labels are falsified at random, "
            f"{quality.flip_repeats} times, and sought by a logistic regression on frozen embeddings; intervals "
            f"({quality.confidence:.0%}) are bootstrapped, those of rates are Wilson's."
        ),
        finding=" ".join([_count(quality), _check(quality), *_first_ratio(quality)]),
        figure="label_quality.png",
        caption=_caption(quality),
        body=list(_body(quality, review, worst)),
        limits=(
            "Nobody has reviewed the list: a suspected label is one that the models contradict with confidence, and "
            "the models share blind spots, so errors that both have learnt are not on it. The estimate of wrong labels "
            "also counts headlines that a model cannot tell: the weaker the model, the higher it is. Labels falsified "
            "at random are easier to find than real errors, which fall on headlines hard for people and models alike, "
            "so the check shows more recall than there is; its precision counts genuine errors as misses, and it is "
            "measured with another model than those that made the list. That annotators differed and that models "
            "doubt may both come from a headline that has no single right class."
        ),
    )


def _count(quality: Quality) -> str:
    found = quality.all_suspects
    noises = [opinion.noise for opinion in quality.opinions.values()]
    span = f"{100 * min(noises):.1f}" if len(noises) == 1 else f"{100 * min(noises):.1f} to {100 * max(noises):.1f}"
    who = "Every model suspects" if len(noises) > 1 else f"{next(iter(quality.opinions))} suspects"
    return (
        f"{who} {found.cases:,} of {found.headlines:,} labels ({estimate(found.share)} %); confident learning "
        f"estimates that {span} % are wrong, a figure that grows with the models' own errors."
    )


def _check(quality: Quality) -> str:
    found = quality.detection
    if found.auroc.low <= 0.5:
        return (
            "The check does not show that the method finds falsified labels better than chance does: "
            f"AUROC {estimate(found.auroc, 1, 2)}."
        )
    return (
        f"Of labels falsified on purpose the method finds {estimate(found.recall)} %; {estimate(found.precision)} % "
        f"of what it suspects was falsified, against {100 * quality.flip_share:g} % by chance "
        f"(AUROC {estimate(found.auroc, 1, 2)})."
    )


def _first_ratio(quality: Quality) -> list[str]:
    return [_ratio_sentence(name, ratio) for name, ratio in list(quality.ratios.items())[:1]]


def _ratio_sentence(name: str, ratio: Estimate) -> str:
    exposed, control = _RATIOS[name]
    shown = estimate(ratio, 1, 2)
    if ratio.low <= 1 <= ratio.high:
        return f"{exposed} are not shown to be suspected more or less often than {control} (ratio {shown})."
    return f"{exposed} are suspected {shown} times as often as {control}."


def _caption(quality: Quality) -> str:
    pairs = quality.pairs
    row, column = np.unravel_index(int(pairs.argmax()), pairs.shape)
    ranked = ", ".join(f"{name} {100 * found.share.value:.1f} %" for name, found in quality.rates.items())
    return (
        f"Left: suspected labels by given and suggested class; most are given as {CLASS_NAMES[row].lower()} and "
        f"suggested as {CLASS_NAMES[column].lower()} ({pairs[row, column]:,}). Right: their rate by origin and "
        f"class of the label: {ranked}."
    )


def _body(quality: Quality, review: Path, worst: pd.DataFrame | None) -> Iterator[str]:
    yield from ("## What each model suspects", "", *models_table(quality), "")
    yield (
        f"{quality.listed:,} labels are suspected by at least one model and stand, worst first, in `{review}`; beside "
        "it lie the same as tasks with the suggestion filled in (`review.json`) and the labelling interface "
        f"(`label_config.xml`), all for Label Studio. The models' suspects overlap by {quality.overlap:.0%} (Jaccard)."
    )
    yield from ("", "## Which classes are confused", "", *noise_table(quality), "")
    yield (
        "Each row says of 100 labels of a class how many are estimated to belong to which class, as the mean over the "
        f"models. The classes most often taken for each other: {overlapping(quality)}."
    )
    yield from ("", "## By origin and class of the label", "", *rates_table(quality), "")
    yield from (f"- {_ratio_sentence(name, ratio)}" for name, ratio in quality.ratios.items())
    yield from ("", "## Does the method find labels known to be wrong?", "", *detection_table(quality), "")
    yield (
        f"The fast model is right on {100 * quality.check_accuracy:.1f} % out of fold with the labels as they are. "
        "Genuine errors among the labels left alone count against precision."
    )
    if worst is not None and len(worst):
        yield from ("", "## The worst labels", "", *worst_table(worst))
