from pathlib import Path

import numpy as np
import pytest
import yaml

from barometer.settings import SettingsError, validate
from pipelines.studies.augmentation.methods.table import METHODS, AugmentationSettings, available

CONF = Path(__file__).resolve().parents[5] / "conf" / "experiment" / "augmentation.yaml"


def settings(**changed: object) -> AugmentationSettings:
    values = yaml.safe_load(CONF.read_text()) | changed
    return validate(AugmentationSettings, values, "experiment.augmentation")


def test_methods_without_a_model_are_reported(titles: list[str]) -> None:
    ready, missing = available(settings(methods=["repeat", "swap", "contextual", "back_translation", "coin_swap"]))
    assert list(ready) == ["repeat", "swap", "coin_swap"]
    assert missing == {
        "contextual": "no model configured (`experiment.augmentation.contextual_model`)",
        "back_translation": "no models configured (`experiment.augmentation.translation_models`)",
    }
    assert ready["repeat"](titles, np.random.default_rng(0)) == titles


@pytest.mark.usefixtures("short_translations")
def test_configured_models_are_used(masked_model: Path, marian_pair: tuple[Path, Path], titles: list[str]) -> None:
    params = settings(
        methods=["contextual", "back_translation"],
        contextual_model=str(masked_model),
        translation_models=[str(folder) for folder in marian_pair],
    )
    ready, missing = available(params)
    assert not missing
    for augmenter in ready.values():
        assert len(augmenter(titles[:2], np.random.default_rng(0))) == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"methods": ["swap", "spin"]}, r"methods\.1 = 'spin': .*unknown method; expected one of repeat, synonym"),
        ({"methods": ["swap", "swap"]}, r"methods = .*expected each method once"),
        ({"model": "lstm"}, r"model = 'lstm': .*expected one of tfidf, bert"),
        ({"seeds": 1}, r"seeds = 1: .*greater than or equal to 2"),
        ({"translation_models": ["a"]}, r"translation_models = .*at least 2"),
        ({"strength": {"swap": 1.5}}, r"strength\.swap = 1\.5"),
    ],
)
def test_a_wrong_parameter_is_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.augmentation: .*{message}"):
        settings(**changed)


def test_strengths_belong_to_methods() -> None:
    strengths = set(yaml.safe_load(CONF.read_text())["strength"])
    assert strengths <= set(METHODS)
    assert set(METHODS) - strengths == {"repeat", "back_translation", "coin_swap"}
