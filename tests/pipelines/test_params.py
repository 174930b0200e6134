from pathlib import Path

import pytest
import yaml

from barometer.models.base import BUILDERS, model_kind
from barometer.settings import SettingsError, load_settings
from pipelines.compose import compose_params

ROOT = Path(__file__).resolve().parents[2]


def composed(tmp_path: Path, *overrides: str) -> Path:
    target = tmp_path / "params.yaml"
    compose_params(ROOT / "conf", target, list(overrides))
    return target


def test_params_match_composed_conf(tmp_path: Path) -> None:
    assert (ROOT / "params.yaml").read_bytes() == composed(tmp_path).read_bytes()


@pytest.mark.parametrize("corpus", ["demo", "news", "cryptolin", "together", "csv"])
@pytest.mark.parametrize("backbone", ["minilm", "mpnet", "distilbert", "finbert", "cryptobert"])
def test_every_corpus_and_backbone_composes(tmp_path: Path, corpus: str, backbone: str) -> None:
    settings = load_settings(composed(tmp_path, f"corpus={corpus}", f"backbone={backbone}"))
    assert settings.corpus.name == corpus
    assert settings.backbone.name == backbone


def test_every_model_has_settings() -> None:
    assert set(load_settings(ROOT / "params.yaml").model) == set(BUILDERS)


def test_a_wrong_value_is_named(tmp_path: Path) -> None:
    path = composed(tmp_path, "split.folds=1")
    with pytest.raises(SettingsError, match=r"split\.folds = 1: .*greater than or equal to 2"):
        load_settings(path)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = composed(tmp_path, "+labels.crowed=majority")
    with pytest.raises(SettingsError, match=r"labels\.crowed"):
        load_settings(path)


def test_unknown_models_list_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"unknown model 'gpt'; expected one of tfidf, bert"):
        model_kind("gpt")


def test_stages_list_only_needed_params() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    trained = stages["train"]
    assert trained["do"]["params"] == ["seed", "evaluate.calibration_bins", "model.${key}", "${item.params}"]
    assert trained["foreach"]["tfidf"]["params"] == "model.tfidf"


@pytest.mark.parametrize("stage", ["train", "cross_validate"])
def test_training_stages_depend_on_training_code(stage: str) -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    listed = {Path(dep).name for dep in stages[stage]["do"]["deps"] if dep.startswith("src/barometer/models/")}
    listed |= {item["code"] for item in stages[stage]["foreach"].values()}
    modules = {path.name for path in (ROOT / "src" / "barometer" / "models").glob("*.py")}
    no_training = {"__init__.py", "embed.py", "index_error.py", "metrics.py"}
    fitted_after = {"news.py", "prevalence_fit.py"} if stage == "cross_validate" else set()
    assert modules - listed <= no_training | fitted_after
