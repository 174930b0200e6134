import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from barometer.models import transformer
from barometer.models.base import Examples
from barometer.models.devices import check_devices, resolve_precision
from barometer.models.encoders import Row, Rows
from barometer.models.transformer import TransformerClassifier
from barometer.settings import BackboneSettings, SettingsError, TrainerSettings

Quick = dict[str, dict[str, Any]]
TRAIN = 33  # the last batch of 16 has fewer headlines than there are processes


@pytest.fixture
def steady(tiny_backbone: Path, tmp_path: Path) -> BackboneSettings:
    """The tiny backbone without dropout, which every process draws for itself."""
    folder = tmp_path / "steady"
    shutil.copytree(tiny_backbone, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return BackboneSettings(name="steady", source=str(folder), max_length=16)


@pytest.fixture
def weighted(examples: Examples) -> Examples:
    """Examples that count differently, a third of which nobody called news or not."""
    rng = np.random.default_rng(5)
    n = len(examples)
    news = np.where(np.arange(n) % 3 == 0, np.nan, rng.integers(0, 2, n))
    return Examples(examples.texts, examples.targets, rng.uniform(0.2, 2.0, n), news)


def part(examples: Examples, start: int, end: int) -> Examples:
    chosen = slice(start, end)
    return Examples(examples.texts[chosen], examples.targets[chosen], examples.weights[chosen], examples.news[chosen])


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two processes need two cores")
def test_two_processes_train_like_one(quick: Quick, steady: BackboneSettings, weighted: Examples) -> None:
    settings = {**quick["bert"], "epochs": 6, "patience": 1, "batch_size": 16, "dropout": 0.0}
    validation = part(weighted, TRAIN, TRAIN + 71)  # a batch of 64, and one that no two processes share evenly
    contrary = Examples(validation.texts, np.roll(validation.targets, 1, axis=1), validation.weights, validation.news)

    def fitted(devices: int) -> TransformerClassifier:
        trainer = {"devices": devices, "strategy": "auto"}
        model = transformer.build({**settings, "trainer": trainer}, steady, seed=1)
        model.fit(part(weighted, 0, TRAIN), contrary)
        return model

    one, two = fitted(1), fitted(2)
    assert len(one.validation_losses) < 6  # stopped early
    assert two.validation_losses == pytest.approx(one.validation_losses, abs=1e-5)
    for found, expected in zip(two.predict_both(weighted.texts), one.predict_both(weighted.texts), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (4,)])
def test_rows_cross_processes_unchanged(shape: tuple[int, ...]) -> None:
    rows = [
        Row(torch.randn(length, *shape), torch.rand(3), torch.tensor(0.5), torch.tensor(1.0)) for length in (3, 1, 7)
    ]
    arrived = pickle.loads(pickle.dumps(Rows(rows)))
    assert len(arrived) == 3
    for i, row in enumerate(rows):
        assert all(torch.equal(found, sent) for found, sent in zip(arrived[i], row, strict=True))


def test_missing_devices_are_counted(quick: Quick, backbone: BackboneSettings) -> None:
    settings = {**quick["bert"], "trainer": {"devices": 5000}}
    with pytest.raises(SettingsError, match=r"^trainer\.devices = 5000: this machine has \d+ (CPU cores|GPUs?)$"):
        transformer.build(settings, backbone, seed=1)


@pytest.mark.parametrize(("key", "value"), [("strategy", "dpp"), ("devices", 0), ("devices", "two")])
def test_a_wrong_trainer_is_named(quick: Quick, backbone: BackboneSettings, key: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=rf"model\.bert: trainer\.{key} = {value!r}: Input should be "):
        transformer.build({**quick["bert"], "trainer": {key: value}}, backbone, seed=1)


def test_one_device_is_always_there() -> None:
    check_devices(TrainerSettings())


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="about processors")
@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({"avx512_bf16": True}, "bf16-mixed"), ({"bf16": True}, "bf16-mixed"), ({"avx512_bf16": False}, "32-true")],
)
def test_auto_precision_follows_the_processor(
    capabilities: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert resolve_precision("auto") == expected
    assert resolve_precision("32-true") == "32-true"


@pytest.mark.slow
def test_auto_precision_trains_and_loads(
    quick: Quick, backbone: BackboneSettings, few: Examples, tmp_path: Path
) -> None:
    model = transformer.build({**quick["bert"], "epochs": 1, "precision": "auto"}, backbone, seed=1)
    model.fit(few, few)
    model.save(tmp_path / "model")
    loaded = transformer.load(tmp_path / "model").predict_proba(few.texts)
    np.testing.assert_allclose(loaded, model.predict_proba(few.texts), rtol=0, atol=0.02)
