"""A labelled headline keeps a part of its label; of the others the target is the teacher's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.settings import DistilSettings
from pipelines.stages.distil import mixed_targets, taught_targets

ROOT = Path(__file__).resolve().parents[3]
TEACHER = pd.DataFrame(
    {"negative": [0.6, 0.1], "neutral": [0.2, 0.1], "positive": [0.2, 0.8], "news": [0.9, 0.3]},
    index=pd.Index([1, 7], name="id"),
)


def settings(share: float = 0.25, unlabelled_weight: float = 0.5) -> DistilSettings:
    return DistilSettings(teacher="teacher.csv", share=share, unlabelled_weight=unlabelled_weight)


@pytest.fixture
def labelled() -> pd.DataFrame:
    soft = dict(zip(SOFT_COLUMNS, np.eye(3)[[2, 0]].T, strict=True))
    return pd.DataFrame({"id": [1, 2], "text": ["a", "b"], **soft, "news": [1.0, np.nan]})


def test_label_and_teacher_are_mixed(labelled: pd.DataFrame) -> None:
    found = mixed_targets(labelled, TEACHER, settings())
    np.testing.assert_allclose(found[SOFT_COLUMNS].to_numpy()[0], [0.15, 0.05, 0.8])
    assert found["weight"].tolist() == [1, 1]


def test_an_unknown_headline_keeps_its_label(labelled: pd.DataFrame) -> None:
    found = mixed_targets(labelled, TEACHER, settings())
    assert found[SOFT_COLUMNS].to_numpy()[1].tolist() == [1, 0, 0]


def test_no_share_leaves_every_label(labelled: pd.DataFrame) -> None:
    found = mixed_targets(labelled, TEACHER, settings(share=0))
    pd.testing.assert_frame_equal(found[SOFT_COLUMNS], labelled[SOFT_COLUMNS])


def test_only_known_unlabelled_headlines_count() -> None:
    unlabelled = pd.DataFrame({"id": [7, 8], "text": ["c", "d"]})
    found = taught_targets(unlabelled, TEACHER, settings())
    assert found["id"].tolist() == [7] and found[SOFT_COLUMNS].to_numpy().tolist() == [[0.1, 0.1, 0.8]]
    assert (found["news"].tolist(), found["weight"].tolist()) == ([0.3], [0.5])
    assert taught_targets(unlabelled, TEACHER, settings(unlabelled_weight=0)).empty


def test_without_a_teacher_the_labels_stay(labelled: pd.DataFrame) -> None:
    nobody = pd.read_csv(ROOT / "conf" / "distil" / "no_teacher.csv").set_index("id")
    found = mixed_targets(labelled, nobody, settings())
    pd.testing.assert_frame_equal(found[SOFT_COLUMNS], labelled[SOFT_COLUMNS])
    assert taught_targets(pd.DataFrame({"id": [7], "text": ["c"]}), nobody, settings()).empty
