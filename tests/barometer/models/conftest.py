"""Examples, a backbone and quick settings that the tests of the models share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barometer.models.base import Examples
from barometer.settings import BackboneSettings


@pytest.fixture(scope="session")
def examples(headlines: list[tuple[str, int]]) -> Examples:
    texts, labels = zip(*headlines, strict=True)
    return Examples(list(texts), np.eye(3)[list(labels)], np.ones(len(texts)))


@pytest.fixture(scope="session")
def few(examples: Examples) -> Examples:
    return Examples(examples.texts[:48], examples.targets[:48], examples.weights[:48])


@pytest.fixture(scope="session")
def backbone(tiny_backbone: Path) -> BackboneSettings:
    return BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=16)


@pytest.fixture(scope="session")
def quick() -> dict[str, dict[str, Any]]:
    """Valid settings of every model, with which it learns the easy headlines in seconds."""
    return {
        "tfidf": {"word_ngrams": (1, 2), "char_ngrams": (2, 3), "min_count": 1, "C": 3.0, "auxiliary_weight": 0.5},
        "bert": {
            "epochs": 3,
            "patience": 3,
            "batch_size": 12,
            "lr": 3e-3,
            "head_lr_factor": 1.0,
            "layer_decay": 1.0,
            "weight_decay": 0.01,
            "warmup_share": 0.1,
            "dropout": 0.1,
            "label_smoothing": 0.0,
            "freeze_embeddings": False,
            "frozen_layers": 0,
            "news_weight": 0.3,
            "precision": "32-true",
            "auxiliary": "none",
            "auxiliary_weight": 1.0,
            "auxiliary_epochs": 1,
        },
    }
