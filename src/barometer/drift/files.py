"""Drift from a file of headlines to another, or to dated headlines, as plain data: what `barometer drift` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from barometer.corpus.sources import Row, read_corpus
from barometer.drift.draw import DriftError, DriftSettings
from barometer.drift.measure import measure_drift
from barometer.drift.words import DriftedNgram
from barometer.headline import normalise_title, parse_utc

# Masked, because every new year brings its own numbers, which says nothing about the news.
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
        reference: what a model was trained on, for example.
        newer: what it meets now.
        days: take only the last so many days of `newer`, counted back from its newest `date`; None takes all.
        seed: of everything that is drawn.
        settings: how; the first of its features and masking is reported.

    Returns:
        `auc`, `low`, `high`, `control` (the same for random halves of the reference), `p_value`, `masked`,
        `reference_headlines` and `newer_headlines` compared, `newest` and `days` of the window, `refused` rows, and
        `words` that became commoner (`newer`) and rarer (`reference`).

    Raises:
        CorpusError: if a file is missing or cannot be understood.
        DriftError: if a side has too few texts, or `days` is asked of a file without dates.
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
    """Measure the drift from a file of headlines to those that were published in the last so many days.

    Args:
        reference: as in `compare_files`.
        newer: when each was published, with zone, and its text; chosen already.
        days: how many, to be told.
        seed: as in `compare_files`.
        settings: as in `compare_files`.

    Returns:
        What `compare_files` does.

    Raises:
        CorpusError: if the file is missing or cannot be understood.
        DriftError: if a side has too few texts.
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
        "auc": _rounded(measure.auc.value),
        "low": _rounded(measure.auc.low),
        "high": _rounded(measure.auc.high),
        "control": {key: _rounded(value) for key, value in asdict(measure.control).items()},
        "p_value": _rounded(measure.p_value),
        "masked": measure.masked,
        "reference_headlines": result.reference,
        "newer_headlines": result.newer,
        "words": {
            "newer": [_word(ngram) for ngram in ngrams if ngram.z > 0],
            "reference": [_word(ngram) for ngram in reversed(ngrams) if ngram.z < 0],
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


def _word(ngram: DriftedNgram) -> dict[str, Any]:
    return {key: _rounded(value) if isinstance(value, float) else value for key, value in asdict(ngram).items()}


def _rounded(value: float) -> float:
    return round(value, 4)
