"""Cleaning keeps one row for each text of each corpus, and accounts for what it removes."""

import math

import pytest

from barometer.corpus.clean import CleanCorpora, RawCorpus, Role, clean_corpora
from barometer.corpus.sources import CorpusError, Refusal, Row, Vote
from barometer.labels import Label

NEGATIVE, NEUTRAL, POSITIVE = Label
SIMILARITY = 0.75


def row(line: int, text: str, **votes: Label) -> Row:
    crowd = tuple(Vote(name, label, expert=False) for name, label in votes.items())
    return Row("file.csv", line, text, "wire", "2024-05-17T00:00:00Z", crowd)


def corpus(*rows: Row, name: str = "own", role: Role = "train", refused: int = 0) -> RawCorpus:
    bad = [Refusal("bad.csv", line, f"reason {line}", "what it said") for line in range(2, refused + 2)]
    return RawCorpus(name, role, list(rows), bad)


def clean(*corpora: RawCorpus, max_bad_share: float = 0.5) -> CleanCorpora:
    return clean_corpora(corpora, max_bad_share, SIMILARITY)


def removals(result: CleanCorpora) -> list[tuple[object, ...]]:
    return list(result.removed[["corpus", "file", "line", "reason"]].itertuples(index=False, name=None))


def test_votes_carry_text_and_origin() -> None:
    (vote,) = clean(corpus(row(2, " Bitcoin\u2019s rally ", a=POSITIVE))).votes.to_dict("records")
    assert (vote["text"], vote["annotator"], vote["label"], vote["expert"]) == ("Bitcoin's rally", "a", 2, False)
    assert (vote["corpus"], vote["role"], vote["source"], vote["date"]) == (
        "own",
        "train",
        "wire",
        "2024-05-17T00:00:00Z",
    )


def test_a_repeated_text_is_counted() -> None:
    result = clean(corpus(row(2, "Bitcoin surges", a=POSITIVE), row(3, "BITCOIN  surges", a=NEGATIVE)))
    assert result.votes["label"].tolist() == [2]
    assert removals(result) == [("own", "file.csv", 3, "duplicate within the corpus")]
    assert result.counts["own"] == {
        "rows": 2,
        "refused": 0,
        "empty": 0,
        "duplicate": 1,
        "near": 0,
        "labelled": 1,
        "unlabelled": 0,
    }


def test_votes_on_one_text_are_pooled() -> None:
    result = clean(corpus(row(2, "Bitcoin surges", a=POSITIVE), row(3, "Bitcoin surges", a=NEGATIVE, b=NEUTRAL)))
    assert list(zip(result.votes["annotator"], result.votes["label"], strict=True)) == [("a", 2), ("b", 1)]
    assert result.votes["id"].nunique() == 1
    assert result.counts["own"]["labelled"] == 1
    assert result.removed.empty


def test_texts_empty_after_cleaning_are_dropped() -> None:
    result = clean(corpus(row(2, "\u200b\ufeff", a=POSITIVE), row(3, "Ether falls", a=NEGATIVE)))
    assert result.votes["text"].tolist() == ["Ether falls"]
    assert removals(result) == [("own", "file.csv", 2, "empty after cleaning")]
    assert result.counts["own"]["empty"] == 1


def test_earlier_corpora_keep_shared_texts() -> None:
    later = corpus(row(2, "bitcoin surges", b=NEUTRAL), row(3, "Ether falls", b=NEGATIVE), name="o", role="evaluation")
    result = clean(corpus(row(2, "Bitcoin surges", a=POSITIVE)), later)
    assert result.votes[["corpus", "label"]].to_numpy().tolist() == [["own", 2], ["o", 0]]
    assert removals(result) == [("o", "file.csv", 2, "duplicate of a text in corpus own")]


@pytest.mark.parametrize("labelled_first", [True, False])
def test_voted_texts_are_not_unlabelled(labelled_first: bool) -> None:
    rows = [row(2, "Bitcoin surges", a=POSITIVE), row(3, "Bitcoin surges"), row(4, "Ether falls")]
    result = clean(corpus(*(rows if labelled_first else rows[::-1])))
    assert result.unlabelled["text"].tolist() == ["Ether falls"]
    assert result.votes["text"].tolist() == ["Bitcoin surges"]
    assert (result.counts["own"]["labelled"], result.counts["own"]["unlabelled"]) == (1, 1)


def test_baselines_are_kept_once_each_text() -> None:
    told = Row("f.csv", 2, "Bitcoin surges", "", "", (Vote("a", POSITIVE, expert=False),), {"vader": NEGATIVE})
    again = Row("f.csv", 3, "Bitcoin surges", "", "", (Vote("b", POSITIVE, expert=False),), {"vader": NEUTRAL})
    result = clean(corpus(told, again))
    assert result.baselines[["baseline", "label"]].to_numpy().tolist() == [["vader", 0]]


def test_counts_sum_to_rows_read() -> None:
    rows = [row(2, "one", a=POSITIVE), row(3, "one", a=POSITIVE), row(4, "two"), row(5, " ", a=NEUTRAL)]
    counts = clean(corpus(*rows, refused=1)).counts["own"]
    assert counts.pop("rows") == sum(counts.values()) == 5


def test_refused_rows_are_listed_as_removed() -> None:
    result = clean(corpus(row(2, "one", a=POSITIVE), refused=1))
    assert removals(result) == [("own", "bad.csv", 2, "reason 2")]


def test_too_many_bad_rows_all_listed() -> None:
    with pytest.raises(CorpusError) as error:
        clean(corpus(row(2, "one", a=POSITIVE), refused=3), max_bad_share=0.7)
    message = str(error.value)
    assert "corpus 'own': 3 of 4 rows are bad (75.0%); corpus.max_bad_share allows 70.0%" in message
    assert [f"bad.csv:{line}: reason {line}" in message for line in (2, 3, 4)] == [True] * 3


def test_the_allowed_bad_rows_pass() -> None:
    result = clean(corpus(row(2, "one", a=POSITIVE), refused=1), max_bad_share=0.5)
    assert result.counts["own"]["refused"] == 1


def test_a_corpus_needs_rows() -> None:
    with pytest.raises(CorpusError, match="corpus 'own' has no rows"):
        clean(corpus())


def test_nothing_resembling_a_yardstick_is_learnt() -> None:
    frozen = corpus(
        row(2, "Hackers drain $40 million from a lending protocol", a=NEGATIVE), name="ruler", role="yardstick"
    )
    alike = row(2, "Hackers drain $41 million from lending protocol", a=NEGATIVE)
    other = row(3, "Bitcoin rises after the halving", a=POSITIVE)
    for role in ("train", "auxiliary", "unlabelled"):
        result = clean(frozen, corpus(alike, other, role=role))
        assert (result.counts["own"]["near"], result.counts["own"]["labelled"]) == (1, 1)
        assert removals(result) == [("own", "file.csv", 2, "near a text in a yardstick")]
    kept = clean(frozen, corpus(alike, other, role="evaluation"))
    assert kept.counts["own"]["near"] == 0 and kept.counts["own"]["labelled"] == 2


def test_a_yardstick_keeps_its_texts() -> None:
    frozen = corpus(row(2, "Bitcoin surges", a=POSITIVE), name="ruler", role="yardstick")
    result = clean(frozen, corpus(row(2, "BITCOIN surges", a=POSITIVE)))
    assert result.votes["corpus"].tolist() == ["ruler"]
    assert removals(result) == [("own", "file.csv", 2, "duplicate of a text in corpus ruler")]


def test_news_and_hard_follow_the_vote() -> None:
    asked = Row("file.csv", 2, "Buy before it pumps", "", "", (Vote("a", NEUTRAL, expert=True, news=False, hard=True),))
    votes = clean(corpus(asked, row(3, "Bitcoin surges", a=POSITIVE))).votes
    assert votes["news"].tolist()[0] == 0 and math.isnan(votes["news"].tolist()[1])
    assert votes["hard"].tolist() == [1, 0]
