import pandas as pd
import pytest

from barometer.settings import SettingsError, validate
from pipelines.studies.drift.methods.sides import DriftStudySettings, Side, Task, list_tasks, select

TABLE = pd.DataFrame(
    [
        ("one", "a.example", "2017-05-01T00:00:00Z", "demo", 0.0),
        ("two", "a.example", "2018-05-01T12:00:00Z", "demo", None),
        ("three", "b.example", "2021-05-01T00:00:00Z", "demo", 2.0),
        ("four", "b.example", "2022-05-01T23:59:59Z", "demo", None),
        ("five", "", "", "demo", 1.0),
        ("six", "", "", "undated", 1.0),
    ],
    columns=["text", "source", "date", "corpus", "label"],
)
COMPARISON = {
    "features": ["word"],
    "masking": [True],
    "sample": 100,
    "min_texts": 20,
    "near_duplicate_similarity": 0.8,
    "folds": 5,
    "repeats": 1,
    "permutations": 19,
    "penalty": 1.0,
    "confidence": 0.95,
    "top_ngrams": 3,
    "min_headlines": 2,
    "prior_words": 10.0,
}


def settings(**changes: object) -> DriftStudySettings:
    sides = {"reference": {"corpora": ["demo"]}, "newer": {"corpora": ["demo"]}, "by": None, "one_source": None}
    return validate(DriftStudySettings, COMPARISON | sides | changes, "experiment.drift")


def chosen(**side: object) -> list[str]:
    values: dict[str, object] = {"corpora": ["demo"]}
    return select(TABLE, Side.model_validate(values | side), "here")["text"].tolist()


def test_a_range_includes_both_days() -> None:
    assert chosen(since="2018-05-01", until="2022-05-01") == ["two", "three", "four"]


def test_undated_headlines_are_in_no_range() -> None:
    assert chosen(until="2030-01-01") == ["one", "two", "three", "four"]
    assert chosen() == ["one", "two", "three", "four", "five"]


def test_the_median_splits_dated_headlines() -> None:
    assert chosen(since="median") == ["three", "four"]
    assert chosen(until="median") == ["one", "two", "three"]


def test_outlets_and_labels_select() -> None:
    assert chosen(sources=["b.example"]) == ["three", "four"]
    assert chosen(labelled=False) == ["two", "four"]
    assert chosen(labelled=True, until="2019-01-01") == ["one"]


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (
            {"corpora": ["cryptolin"]},
            r"here\.corpora = \['cryptolin'\]: cryptolin not available; expected some of: demo, undated$",
        ),
        (
            {"sources": ["c.example"]},
            r"here\.sources = .*c\.example not available; expected some of: a\.example, b\.example$",
        ),
        (
            {"corpora": ["undated"], "since": "2020-01-01"},
            r"here\.since = '2020-01-01': .* have no dates \(corpora with dates: demo\); expected null$",
        ),
        (
            {"since": "2024-01-01"},
            r"here = \{corpora: \['demo'\], since: 2024-01-01\}: no .* there are 5, from 2017-05-01 to 2022-05-01",
        ),
    ],
)
def test_unavailable_sets_are_refused(side: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        chosen(**side)


def test_wrong_dates_are_refused() -> None:
    with pytest.raises(SettingsError, match="since 2022-01-01 must not be after until 2021-01-01"):
        settings(reference={"corpora": ["demo"], "since": "2022-01-01", "until": "2021-01-01"})
    with pytest.raises(SettingsError, match=r"experiment\.drift: newer\.since.* = 'lately'"):
        settings(newer={"corpora": ["demo"], "since": "lately"})
    with pytest.raises(SettingsError, match=r"by = 'week': .*'year'"):
        settings(by="week")


def test_one_outlet_must_match() -> None:
    one = {"corpora": ["demo"], "sources": ["a.example"]}
    with pytest.raises(SettingsError, match="the same single outlet"):
        settings(one_source={"reference": one, "newer": {"corpora": ["demo"]}})
    assert settings(one_source={"reference": one, "newer": one}).one_source.outlet == "a.example"


def test_each_year_is_a_task() -> None:
    tasks = list_tasks(TABLE, settings(newer={"corpora": ["demo"], "since": "2018-01-01"}, by="year"))
    assert [(task.pair, task.group, task.newer["text"].tolist()) for task in tasks] == [
        ("compared", "2018", ["two"]),
        ("compared", "2021", ["three"]),
        ("compared", "2022", ["four"]),
    ]


def test_one_outlet_has_its_key() -> None:
    one = {"corpora": ["demo"], "sources": ["b.example"]}
    tasks = list_tasks(TABLE, settings(one_source={"reference": one, "newer": one}))
    assert [(task.pair, task.group, len(task.reference)) for task in tasks] == [
        ("compared", "all", 5),
        ("one_source", "all", 2),
    ]
    missing = one | {"corpora": ["elsewhere"]}
    with pytest.raises(SettingsError, match=r"experiment\.drift\.one_source\.newer\.corpora"):
        list_tasks(TABLE, settings(one_source={"reference": one, "newer": missing}))


def test_years_require_dates() -> None:
    with pytest.raises(SettingsError, match=r"experiment\.drift\.by = 'year': .* have no dates"):
        list_tasks(TABLE, settings(newer={"corpora": ["undated"]}, by="year"))


def test_outlet_shift_is_a_distance() -> None:
    def rows(*sources: str) -> pd.DataFrame:
        return pd.DataFrame({"source": sources})

    def shift(old: pd.DataFrame, new: pd.DataFrame) -> float | None:
        return Task("compared", "all", old, new).outlet_shift

    assert shift(rows("a", "a", "b", "b"), rows("a", "b", "b", "b")) == pytest.approx(0.25)
    assert shift(rows("a", "b"), rows("a", "b", "")) == 0
    assert shift(rows("a"), rows("b")) == 1
    assert shift(rows("", ""), rows("b")) is None
