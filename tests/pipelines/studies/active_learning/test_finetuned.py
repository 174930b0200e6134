from pathlib import Path

import numpy as np
import pytest

from barometer.models.base import Examples
from barometer.models.transformer import TransformerClassifier
from barometer.settings import BackboneSettings
from pipelines.studies.active_learning.finetuned import FineTunedLearner, pooled
from pipelines.studies.active_learning.loop import Design, Oracle, simulate


def test_pooled_vectors_are_what_enters_the_last_layer(
    tiny_bert: TransformerClassifier, headlines: list[tuple[str, int]]
) -> None:
    texts = [text for text, _ in headlines[:20]]
    head = tiny_bert.network.head
    logits = pooled(tiny_bert, texts) @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    powers = np.exp(logits)
    np.testing.assert_allclose(
        powers / powers.sum(axis=1, keepdims=True), tiny_bert.predict_proba(texts), rtol=1e-4, atol=1e-6
    )


@pytest.mark.slow
def test_a_transformer_is_asked_by_every_kind_of_strategy(
    tiny_bert: TransformerClassifier, tiny_backbone: Path, headlines: list[tuple[str, int]], examples: Examples
) -> None:
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    validation = Examples(texts[:20], examples.targets[:20], examples.weights[:20])
    backbone = BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32)
    settings = tiny_bert.settings.model_dump() | {"epochs": 1}
    learner = FineTunedLearner(texts[20:120], texts[120:], validation, settings, backbone)
    oracle = Oracle(labels[20:120], labels[120:])
    design = Design(initial=20, labels=40, seeds=1, passes=5, seed=0)
    runs = simulate(learner, oracle, ["random", "bald", "badge"], [20], design)
    assert all(run.accuracy.shape == (1, 2) for run in runs.values())
    firsts = {float(run.accuracy[0, 0]) for run in runs.values()}
    assert len(firsts) == 1
