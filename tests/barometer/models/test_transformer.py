from typing import Any

import numpy as np
import pytest

from barometer.models import transformer
from barometer.models.base import Examples, Floats
from barometer.models.transformer import TransformerClassifier
from barometer.settings import BackboneSettings

pytestmark = pytest.mark.slow


class Fit:
    """Fits models that differ from one quick base by the named settings; one epoch of few headlines."""

    def __init__(self, base: dict[str, Any], backbone: BackboneSettings, few: Examples) -> None:
        self.base = {**base, "epochs": 1, "batch_size": 8}
        self.backbone = backbone
        self.few = few

    def model(
        self,
        train: Examples | None = None,
        validation: Examples | None = None,
        extra: Examples | None = None,
        **changes: Any,
    ) -> TransformerClassifier:
        model = transformer.build({**self.base, **changes}, self.backbone, seed=1)
        model.fit(train or self.few, validation or self.few, extra)
        return model

    def probabilities(self, extra: Examples | None = None, **changes: Any) -> Floats:
        return self.model(extra=extra, **changes).predict_proba(self.few.texts)


@pytest.fixture(scope="module")
def fit(quick: dict[str, dict[str, Any]], backbone: BackboneSettings, few: Examples) -> Fit:
    return Fit(quick["bert"], backbone, few)


@pytest.fixture(scope="module")
def plain(fit: Fit) -> Floats:
    return fit.probabilities()


@pytest.fixture(scope="module")
def others(examples: Examples) -> Examples:
    """Texts of another corpus."""
    return Examples(examples.texts[48:80], examples.targets[48:80], examples.weights[48:80])


@pytest.fixture(scope="module")
def contrary(few: Examples) -> Examples:
    """The same texts with other classes: what is learnt makes this worse with every epoch."""
    return Examples(few.texts, np.roll(few.targets, 1, axis=1), few.weights)


@pytest.fixture(scope="module")
def stopped(fit: Fit, contrary: Examples) -> TransformerClassifier:
    return fit.model(validation=contrary, epochs=12, patience=2)


def test_the_best_checkpoint_is_what_remains(stopped: TransformerClassifier, contrary: Examples) -> None:
    probabilities = stopped.predict_proba(contrary.texts)
    loss = -(contrary.targets * np.log(probabilities)).sum(axis=1).mean()
    assert loss == pytest.approx(min(stopped.validation_losses), abs=1e-4)
    assert loss < stopped.validation_losses[-1] - 0.01


def test_training_stops_when_patience_is_spent(stopped: TransformerClassifier) -> None:
    best = int(np.argmin(stopped.validation_losses))
    assert len(stopped.validation_losses) == best + 1 + 2 < 12


def test_one_seed_gives_one_model(fit: Fit, plain: Floats) -> None:
    np.testing.assert_allclose(fit.probabilities(), plain, rtol=0, atol=5e-4)


@pytest.mark.parametrize("mode", ["joint", "intermediate"])
def test_auxiliary_texts_change_the_model(fit: Fit, plain: Floats, others: Examples, mode: str) -> None:
    assert np.abs(fit.probabilities(others, auxiliary=mode) - plain).max() > 0.01


@pytest.mark.parametrize("changes", [{"auxiliary": "none"}, {"auxiliary": "joint", "auxiliary_weight": 0.0}])
def test_auxiliary_texts_can_be_left_out(fit: Fit, plain: Floats, others: Examples, changes: dict[str, Any]) -> None:
    np.testing.assert_allclose(fit.probabilities(others, **changes), plain, rtol=0, atol=5e-4)


def test_label_smoothing_lowers_confidence(fit: Fit) -> None:
    sharp, smooth = (fit.probabilities(epochs=14, label_smoothing=s).max(axis=1).mean() for s in (0.0, 0.9))
    assert smooth < sharp - 0.1


def test_heavy_examples_outvote_light_ones(fit: Fit, few: Examples, contrary: Examples) -> None:
    mixed = few + contrary.weighted(0.01)
    predicted = fit.model(train=mixed, epochs=5).predict_proba(few.texts).argmax(axis=1)
    assert (predicted == few.labels).mean() > (predicted == contrary.labels).mean() + 0.3
