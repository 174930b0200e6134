"""Drift from one file of headlines to another, or to dated headlines, as plain data: what `barometer drift` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from barometer.corpus.sources import Row, read_corpus
from barometer.drift.measure import DriftError, DriftSettings, measure_drift
from barometer.drift.words import DriftedNgram
from barometer.headline import normalise_title, parse_utc
from barometer.stats import Estimate

# Masked, because every year brings new numbers, whatever the news.
PRODUCTION = DriftSettings(
    features=["word"],
    masking=[True],
    sample=1500,
    min_texts=50,
    near_duplicate_similarity=0.75,
    folds=5,
    repeats=5,
    permutations=1000,
    penalty=1.0,
    confidence=0.95,
    top_ngrams=12,
    min_headlines=5,
    prior_words=1000,
)


def compare_files(
    reference: Path, newer: Path, *, days: int | None = None, seed: int = 17, settings: DriftSettings = PRODUCTION
) -> dict[str, Any]:
    """Measure the drift from one file (or folder) of headlines to another; both need a column `text`.

    Args:
        reference: for example what a model was trained on.
        newer: what it sees now.
        days: use only the last days of `newer`, counted back from its newest `date`; None uses all.
        seed: of all random draws.
        settings: how; the first of its features and masking is reported.

    Returns:
        `auc`, `low`, `high`, `control` (the same for random halves of the reference), `p_value`, `masked`,
        `reference_headlines` and `newer_headlines` compared, `newest` and `days` of the window, `refused` rows, and
        `words` that became more common (`newer`) and less common (`reference`).

    Raises:
        CorpusError: if a file is missing or cannot be parsed.
        DriftError: if a set has too few texts, or `days` is given for a file without dates.
    """
    old, refused = read_corpus(reference)
    new, also_refused = read_corpus(newer)
    newest = max((row.date for row in new if row.date), default=None)
    if days is not None:
        new = last_days(new, days, str(newer))
    found = _compare([row.text for row in old], [row.text for row in new], seed, settings)
    return found | {"newest": newest, "days": days, "refused": len(refused) + len(also_refused)}


def compare_titles(
    reference: Path,
    newer: Sequence[tuple[datetime, str]],
    days: int,
    *,
    seed: int = 17,
    settings: DriftSettings = PRODUCTION,
) -> dict[str, Any]:
    """Measure the drift from a file of headlines to those published in the last days.

    Args:
        reference, seed, settings: as in `compare_files`.
        newer: time of publication, with zone, and text of each, selected already.
        days: how many days they cover, for the result.

    Returns:
        The same keys as `compare_files`.

    Raises:
        CorpusError: if the file is missing or cannot be parsed.
        DriftError: if a set has too few texts.
    """
    old, refused = read_corpus(reference)
    newest = max((moment.astimezone(UTC) for moment, _ in newer), default=None)
    found = _compare([row.text for row in old], [text for _, text in newer], seed, settings)
    return found | {
        "newest": f"{newest:%Y-%m-%dT%H:%M:%SZ}" if newest else None,
        "days": days,
        "refused": len(refused),
    }


def _compare(old: Sequence[str], new: Sequence[str], seed: int, settings: DriftSettings) -> dict[str, Any]:
    result = measure_drift(_distinct(old), _distinct(new), np.random.default_rng(seed), settings)
    measure = result.measures[0]
    ngrams = result.ngrams[measure.masked]
    return {
        "auc": round(measure.auc.value, 4),
        "low": round(measure.auc.low, 4),
        "high": round(measure.auc.high, 4),
        "control": _rounded(measure.control),
        "p_value": round(measure.p_value, 4),
        "masked": measure.masked,
        "reference_headlines": result.reference,
        "newer_headlines": result.newer,
        "words": {
            "newer": [_rounded(ngram) for ngram in ngrams if ngram.z > 0],
            "reference": [_rounded(ngram) for ngram in reversed(ngrams) if ngram.z < 0],
        },
    }


def last_days(rows: Sequence[Row], days: int, name: str) -> list[Row]:
    """Rows less than `days` times 24 hours older than the newest; rows without a date are left out.

    Raises:
        DriftError: if no row has a date, or `days` is not positive.
    """
    if days < 1:
        raise DriftError(f"days = {days}: expected at least 1")
    moments = [(parse_utc(row.date).astimezone(UTC), row) for row in rows if row.date]
    if not moments:
        raise DriftError(f"days = {days}: none of the {len(rows)} headlines of {name} has a date; leave days out")
    start = max(moment for moment, _ in moments) - timedelta(days=days)
    return [row for moment, row in moments if moment > start]


def _distinct(texts: Sequence[str]) -> list[str]:
    """Distinct normalised texts, in order."""
    return [text for text in dict.fromkeys(map(normalise_title, texts)) if text]


def _rounded(record: Estimate | DriftedNgram) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(record).items()}
