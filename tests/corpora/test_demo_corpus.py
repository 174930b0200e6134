"""The demo corpus keeps what its data card promises."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.corpus.simulate import ANNOTATORS
from barometer.corpus.sources import read_corpus
from barometer.headline import headline_id, normalise_title

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"


@pytest.fixture(scope="module")
def key() -> pd.DataFrame:
    if not DEMO.is_dir():
        pytest.fail("data/demo is missing; make pull fetches it")
    return pd.read_csv(DEMO / "key" / "headlines.csv")


def test_is_large_enough_in_every_part(key: pd.DataFrame) -> None:
    sizes = key["part"].value_counts()
    assert sizes["expert"] + sizes["crowd"] >= 3000
    assert sizes["unlabelled"] >= 1000


def test_texts_are_distinct_and_normal(key: pd.DataFrame) -> None:
    assert key["text"].map(headline_id).is_unique
    assert (key["text"] == key["text"].map(normalise_title)).all()


@pytest.mark.slow
def test_holds_no_near_duplicates(key: pd.DataFrame) -> None:
    groups = near_duplicate_groups(key["text"].tolist(), 0.7)
    assert len(np.unique(groups)) == len(key)


def test_no_skeleton_repeats_too_often(key: pd.DataFrame) -> None:
    openings = Counter(" ".join(re.findall(r"[a-z]+", text.lower())[:3]) for text in key["text"])
    most, count = openings.most_common(1)[0]
    assert count <= 0.005 * len(key), f"{count} headlines begin with {most!r}"


def test_class_shares_match_the_card(key: pd.DataFrame) -> None:
    shares = key[key["part"] != "unlabelled"]["label"].value_counts(normalize=True)
    assert shares[2] == pytest.approx(0.40, abs=0.05)
    assert shares[0] == pytest.approx(0.35, abs=0.05)
    assert shares[1] == pytest.approx(0.25, abs=0.05)


def test_it_covers_two_eras_and_kinds(key: pd.DataFrame) -> None:
    years = pd.to_datetime(key["date"]).dt.year
    assert set(years) <= {2017, 2018, *range(2021, 2026)}
    assert ((years <= 2018).sum() >= 500) and ((years >= 2021).sum() >= 2000)
    assert (key["topic"].value_counts() >= 10).sum() >= 40


def test_no_story_kind_reveals_its_label(key: pd.DataFrame) -> None:
    common = key.groupby("topic").filter(lambda rows: len(rows) >= 50)
    shares = common.groupby("topic")["label"].value_counts(normalize=True).groupby("topic").max()
    assert (shares < 0.9).mean() >= 0.9


def test_no_source_is_a_real_outlet(key: pd.DataFrame) -> None:
    assert key["source"].str.endswith(".example").all()


def test_parts_follow_key_and_noise_model(tmp_path: Path, key: pd.DataFrame) -> None:
    from scripts.simulate_demo import write_parts

    (tmp_path / "key").mkdir()
    key.to_csv(tmp_path / "key" / "headlines.csv", index=False)
    write_parts(tmp_path)
    for name in ("expert", "crowd", "unlabelled"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (DEMO / f"{name}.csv").read_bytes()


def test_it_is_read_with_three_votes(key: pd.DataFrame) -> None:
    rows, refused = read_corpus(DEMO)
    assert refused == []
    assert len(rows) == len(key)
    crowd = [row for row in rows if row.file == "crowd.csv"]
    assert {tuple(vote.annotator for vote in row.votes) for row in crowd} == {tuple(ANNOTATORS)}


@pytest.mark.real_data
def test_repeats_no_published_title(real_corpora: Path, key: pd.DataFrame) -> None:
    published = pd.concat(
        [
            pd.read_csv(real_corpora / "CryptoLin_IE.csv")["news"],
            pd.read_csv(real_corpora / "headlines_unlabelled.csv")["text"],
            pd.read_csv(real_corpora / "sentfin_headlines.csv")["text"],
        ]
    )
    assert not set(key["text"].map(headline_id)) & set(published.map(headline_id))
