"""Merges raw rows of several corpora into one table of votes with clean, distinct texts; lists every removal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from barometer.corpus.near_duplicates import resembles_any
from barometer.corpus.sources import CorpusError, Refusal, Row, Vote
from barometer.headline import headline_id, normalise_title

Role = Literal["yardstick", "train", "auxiliary", "evaluation", "unlabelled"]
_TRAINED_ON = ("train", "auxiliary", "unlabelled")
WRITTEN = "yardstick-written"  # the yardstick that comes with the repository; every corpus is read beside it
RANDOM_SAMPLE = "random_sample"  # a yardstick: labels of headlines that were drawn at random from what was crawled

VOTE_COLUMNS = ["id", "text", "source", "date", "corpus", "role", "annotator", "expert", "label", "news", "hard"]
HEADLINE_COLUMNS = ["id", "text", "source", "date", "corpus", "role"]
BASELINE_COLUMNS = ["id", "baseline", "label"]
REMOVED_COLUMNS = ["corpus", "file", "line", "reason", "text"]


@dataclass(frozen=True, slots=True)
class RawCorpus:
    """The rows of one corpus, and its role in the pipeline."""

    name: str
    role: Role
    rows: list[Row]
    refused: list[Refusal]


@dataclass(frozen=True, slots=True)
class CleanCorpora:
    """The tables that `ingest` writes.

    Attributes:
        votes: one row for each vote (VOTE_COLUMNS); `label` in class order, `date` ISO 8601 in UTC or empty.
        unlabelled: headlines without a vote (HEADLINE_COLUMNS).
        baselines: classes that other systems gave (BASELINE_COLUMNS).
        removed: rows that were refused or dropped, and why (REMOVED_COLUMNS).
        counts: for each corpus, rows read, kept, refused, empty, duplicate, and near a text of a yardstick.
    """

    votes: pd.DataFrame
    unlabelled: pd.DataFrame
    baselines: pd.DataFrame
    removed: pd.DataFrame
    counts: dict[str, dict[str, int]]


@dataclass
class _Tables:
    votes: list[tuple[object, ...]] = field(default_factory=list)
    unlabelled: list[tuple[object, ...]] = field(default_factory=list)
    baselines: list[tuple[object, ...]] = field(default_factory=list)
    removed: list[tuple[object, ...]] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    owner: dict[int, tuple[str, str]] = field(default_factory=dict)
    near_yardstick: frozenset[int] = frozenset()


def clean_corpora(corpora: Sequence[RawCorpus], max_bad_share: float, similarity: float) -> CleanCorpora:
    """Normalise texts, give them ids and remove the empty and the repeated, in the order of `corpora`.

    A text that a corpus repeats is dropped, unless another annotator labels it there: then the votes are pooled.
    A text that an earlier corpus holds is dropped too, so that no test text is trained on twice. Texts of
    training corpora that are near-duplicates (`similarity`) of a yardstick's text are dropped and counted as `near`.

    Raises:
        CorpusError: if more than `max_bad_share` of a corpus's rows were refused; the message lists them all.
    """
    tables = _Tables(near_yardstick=_near_yardstick(corpora, similarity))
    for corpus in corpora:
        _check_refused(corpus, max_bad_share)
        _add(corpus, tables)
    return CleanCorpora(
        pd.DataFrame(tables.votes, columns=VOTE_COLUMNS),
        pd.DataFrame(tables.unlabelled, columns=HEADLINE_COLUMNS),
        pd.DataFrame(tables.baselines, columns=BASELINE_COLUMNS),
        pd.DataFrame(tables.removed, columns=REMOVED_COLUMNS),
        tables.counts,
    )


def _near_yardstick(corpora: Sequence[RawCorpus], similarity: float) -> frozenset[int]:
    """Ids of the titles that no model may train on, because they are near-duplicates of a yardstick's."""
    frozen = [normalise_title(row.text) for corpus in corpora if corpus.role == "yardstick" for row in corpus.rows]
    trained = [normalise_title(row.text) for corpus in corpora if corpus.role in _TRAINED_ON for row in corpus.rows]
    near = resembles_any(trained, frozen, similarity)
    return frozenset(headline_id(text) for text, is_near in zip(trained, near, strict=True) if is_near)


def _check_refused(corpus: RawCorpus, max_bad_share: float) -> None:
    total = len(corpus.rows) + len(corpus.refused)
    if total == 0:
        raise CorpusError(f"corpus {corpus.name!r} has no rows")
    share = len(corpus.refused) / total
    if share > max_bad_share:
        listing = "\n".join(f"  {bad.file}:{bad.line}: {bad.reason}" for bad in corpus.refused)
        raise CorpusError(
            f"corpus {corpus.name!r}: {len(corpus.refused)} of {total} rows are bad ({share:.1%}); "
            f"corpus.max_bad_share allows {max_bad_share:.1%}:\n{listing}"
        )


def _add(corpus: RawCorpus, tables: _Tables) -> None:
    counts = {"rows": len(corpus.rows) + len(corpus.refused), "refused": len(corpus.refused)}
    counts |= {"empty": 0, "duplicate": 0, "near": 0, "labelled": 0, "unlabelled": 0}
    tables.removed += [(corpus.name, bad.file, bad.line, bad.reason, bad.text) for bad in corpus.refused]
    voters: dict[int, set[str]] = {}
    # Rows with votes come first, so that a text is never both labelled and unlabelled.
    for row in sorted(corpus.rows, key=lambda row: not row.votes):
        text = normalise_title(row.text)
        reason = _reason_to_drop(row, text, corpus, tables, voters)
        if reason:
            counts[reason.split()[0]] += 1
            tables.removed.append((corpus.name, row.file, row.line, reason, text))
        else:
            counts["labelled" if row.votes else "unlabelled"] += _keep(row, text, corpus, tables, voters)
    tables.counts[corpus.name] = counts


def _reason_to_drop(row: Row, text: str, corpus: RawCorpus, tables: _Tables, voters: dict[int, set[str]]) -> str:
    if not text:
        return "empty after cleaning"
    id_ = headline_id(text)
    owner = tables.owner.get(id_)
    if owner and owner != (corpus.name, corpus.role):
        return f"duplicate of a text in corpus {owner[0]}"
    if corpus.role in _TRAINED_ON and id_ in tables.near_yardstick:
        return "near a text in a yardstick"
    if id_ in voters and not {vote.annotator for vote in row.votes} - voters[id_]:
        return "duplicate within the corpus"
    return ""


def _vote_cells(vote: Vote) -> tuple[object, ...]:
    """The last of VOTE_COLUMNS."""
    news = None if vote.news is None else int(vote.news)
    return vote.annotator, vote.expert, int(vote.label), news, int(vote.hard)


def _keep(row: Row, text: str, corpus: RawCorpus, tables: _Tables, voters: dict[int, set[str]]) -> int:
    """Store a row; returns 1 if its text is new to the corpus, 0 if only votes were added."""
    id_ = headline_id(text)
    new = id_ not in voters
    known = voters.setdefault(id_, set())
    tables.owner[id_] = (corpus.name, corpus.role)
    head = (id_, text, row.source, row.date, corpus.name, corpus.role)
    fresh = [vote for vote in row.votes if vote.annotator not in known]
    tables.votes += [(*head, *_vote_cells(vote)) for vote in fresh]
    known.update(vote.annotator for vote in fresh)
    if new:
        tables.baselines += [(id_, name, int(label)) for name, label in row.baselines.items()]
        if not row.votes:
            tables.unlabelled.append(head)
    return int(new)
