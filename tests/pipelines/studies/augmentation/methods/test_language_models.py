"""Augmenters that ask a language model, on models with random weights."""

from pathlib import Path

import numpy as np
import pytest

from barometer.settings import SettingsError
from pipelines.studies.augmentation.methods.language_models import back_translation, contextual


def test_a_masked_model_replaces_words(masked_model: Path, titles: list[str]) -> None:
    augment = contextual(str(masked_model), 0.3)
    made = augment(titles[:3], np.random.default_rng(1))
    assert made == augment(titles[:3], np.random.default_rng(1))
    assert made != augment(titles[:3], np.random.default_rng(2))
    for old, new in zip(titles[:3], made, strict=True):
        before, after = old.lower().replace(",", " ,").replace(":", " :").split(), new.replace(",", " ,").split()
        assert before != after
        assert len(set(before) & set(after)) >= len(before) // 2


@pytest.mark.usefixtures("short_translations")
def test_marian_models_translate_both_ways(marian_pair: tuple[Path, Path], titles: list[str]) -> None:
    augment = back_translation(*map(str, marian_pair))
    made = augment(titles, np.random.default_rng(1))
    assert len(made) == len(titles)
    assert made == augment(titles, np.random.default_rng(1))
    assert made != augment(titles, np.random.default_rng(2))
    assert not any("<pad>" in text or "</s>" in text for text in made)


def test_an_unusable_model_names_its_key(tmp_path: Path, masked_model: Path, marian_pair: tuple[Path, Path]) -> None:
    with pytest.raises(SettingsError, match=r"experiment\.augmentation\.contextual_model = .*cannot be loaded"):
        contextual(str(tmp_path), 0.3)
    with pytest.raises(SettingsError, match=r"contextual_model = .*its type is 'marian'; expected one of bert"):
        contextual(str(marian_pair[0]), 0.3)
    with pytest.raises(SettingsError, match=r"experiment\.augmentation\.translation_models\.1 = .*cannot be loaded"):
        back_translation(str(marian_pair[0]), str(masked_model))
