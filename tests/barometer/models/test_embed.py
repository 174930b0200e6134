from pathlib import Path

import numpy as np
import pytest

from barometer.models.embed import embed
from barometer.settings import BackboneSettings


@pytest.fixture
def backbone(tiny_backbone: Path) -> BackboneSettings:
    return BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32)


def test_vectors_have_length_one_and_follow_their_texts(backbone: BackboneSettings) -> None:
    texts = ["Bitcoin surges in week 1", "Ethereum crashes", "Solana is hacked in week 3 and loses"]
    vectors = embed(texts, backbone)
    assert vectors.shape == (3, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert embed(texts[::-1], backbone)[::-1] == pytest.approx(vectors, abs=1e-5)


def test_padding_does_not_change_a_vector(backbone: BackboneSettings) -> None:
    short = "Bitcoin surges"
    alone, beside = embed([short], backbone)[0], embed([short, "Ethereum " * 20], backbone)[0]
    assert beside == pytest.approx(alone, abs=1e-5)


def test_no_texts_give_no_vectors(backbone: BackboneSettings) -> None:
    assert embed([], backbone).shape == (0, 32)
