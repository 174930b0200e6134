"""Which headlines a model and the rules of the crawler drop as not news, and the effect on the barometer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.labels import FIELD_NAMES, Label
from barometer.models.calibrate import area_under_curve, called_news
from barometer.prevalence import Prevalence
from barometer.stats import Rate, rate
from pipelines.tables import probabilities_of

RULES = ("english", "verb", "not_question")
Mask = NDArray[np.bool_]


def dropped_by_rules(texts: Sequence[str]) -> dict[str, Mask]:
    """Which of N titles each of RULES drops, and which `rules` drop together; needs what `live` installs."""
    from barometer.live.filtering.duplicates import NearDuplicates  # noqa: PLC0415
    from barometer.live.filtering.filters import FILTERS, Context  # noqa: PLC0415
    from barometer.live.parsing.parse import Entry  # noqa: PLC0415
    from barometer.live.settings import FilterSettings  # noqa: PLC0415

    settings, now = FilterSettings(), datetime.min.replace(tzinfo=UTC)  # these rules look at the title alone
    context = Context(settings, now, NearDuplicates(settings.near_duplicate_similarity))
    entries = [Entry(text, "", now) for text in texts]
    found = {name: np.array([not FILTERS[name](entry, context) for entry in entries]) for name in RULES}
    return {**found, "rules": np.any(list(found.values()), axis=0)}


def drop_rates(dropped: Mask, labels: NDArray[np.int64], real: Mask) -> dict[str, Rate]:
    """The share dropped of the news of each class, and of what is not news (`no_news`); empty groups are left out."""
    groups = {name: real & (labels == c) for c, name in enumerate(FIELD_NAMES)} | {"no_news": ~real}
    return {name: rate(dropped, group) for name, group in groups.items() if group.any()}


def effect_on_index(
    dropped: Mapping[str, Mask], values: NDArray[np.floating[Any]], labels: NDArray[np.int64], real: Mask
) -> dict[str, dict[str, float]]:
    """The barometer of all headlines, of the real news, and of what each way of dropping keeps, by name.

    Each says how many `headlines` there are, the share `labelled` positive and the `adjusted` value.
    """
    kept = {"all": np.ones(len(labels), dtype=bool), "news": real} | {name: ~mask for name, mask in dropped.items()}
    positive = labels == Label.POSITIVE
    return {
        name: {
            "headlines": int(mask.sum()),
            "labelled": float(positive[mask].mean()),
            "adjusted": float(values[mask].mean()),
        }
        for name, mask in kept.items()
        if mask.any()
    }


def news_report(rows: pd.DataFrame, threshold: float | None, prevalence: Prevalence) -> dict[str, Any]:
    """Measure what is dropped of one part.

    Args:
        rows: predictions of headlines about which somebody was asked: `text`, `label`, `news` (share who called it
            news), `news_probability` and the three probabilities.
        threshold: the probability of being news from which a headline counts; None where the model does not predict it.
        prevalence: what adjusts the barometer.

    Returns:
        `headlines`, `news` (how many are), for a model that predicts it `threshold` and, where not all headlines are of
        one kind, `auroc`, then `drop_rates` and `index` by way of dropping: `model`, RULES, and the `rules` together.
    """
    labels, real = rows["label"].to_numpy(dtype=np.int64), called_news(rows["news"].to_numpy(dtype=float))
    probability = rows["news_probability"].to_numpy(dtype=float)
    found: dict[str, Any] = {"headlines": len(rows), "news": int(real.sum())}
    dropped = dropped_by_rules(rows["text"].tolist())
    if threshold is not None:
        dropped = {"model": probability < threshold} | dropped
        found["threshold"] = threshold
        if not real.all() and real.any():
            found["auroc"] = area_under_curve(probability, real)
    found["drop_rates"] = {name: drop_rates(mask, labels, real) for name, mask in dropped.items()}
    values = probabilities_of(rows) @ np.array(prevalence.weights)
    return {**found, "index": effect_on_index(dropped, values, labels, real)}
