from hashlib import md5
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


def test_params_are_what_conf_composes_to(tmp_path: Path) -> None:
    assert (ROOT / "params.yaml").read_bytes() == composed(tmp_path).read_bytes()


@pytest.mark.parametrize("corpus", ["demo", "news", "cryptolin", "together", "csv"])
@pytest.mark.parametrize("backbone", ["minilm", "mpnet", "distilbert", "finbert", "cryptobert"])
def test_every_corpus_and_backbone_is_valid(tmp_path: Path, corpus: str, backbone: str) -> None:
    settings = load_settings(composed(tmp_path, f"corpus={corpus}", f"backbone={backbone}"))
    assert settings.corpus.name == corpus
    assert settings.backbone.name == backbone


def test_every_model_has_its_settings() -> None:
    assert set(load_settings(ROOT / "params.yaml").model) == set(BUILDERS)


def test_a_wrong_value_is_explained(tmp_path: Path) -> None:
    path = composed(tmp_path, "split.folds=1")
    with pytest.raises(SettingsError, match=r"split\.folds = 1: .*greater than or equal to 2"):
        load_settings(path)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = composed(tmp_path, "+labels.crowed=majority")
    with pytest.raises(SettingsError, match=r"labels\.crowed"):
        load_settings(path)


def test_an_unknown_model_lists_the_others() -> None:
    with pytest.raises(SettingsError, match=r"unknown model 'gpt'; expected one of tfidf, bert"):
        model_kind("gpt")


def test_the_trainer_reaches_both_transformers(tmp_path: Path) -> None:
    settings = load_settings(composed(tmp_path, "trainer.devices=2", "trainer.strategy=ddp"))
    assert settings.model["bert"]["trainer"] == {"devices": 2, "strategy": "ddp"}
    assert settings.teacher.model["trainer"] == {"devices": 2, "strategy": "ddp"}


def test_an_unknown_strategy_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"trainer\.strategy = 'fsdp': Input should be 'auto' or 'ddp'"):
        load_settings(composed(tmp_path, "trainer.strategy=fsdp"))


def test_a_stage_lists_only_its_params() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    trained = pipeline["stages"]["train"]
    assert trained["do"]["params"] == ["seed", "evaluate.calibration_bins", "model.${key}", "${item.params}"]
    assert pipeline["vars"][0]["models"]["tfidf"]["params"] == "model.tfidf"


def test_one_list_names_every_model() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    assert list(pipeline["vars"][0]["models"]) == list(BUILDERS)
    for stage in ("train", "evaluate", "export", "cross_validate"):
        assert pipeline["stages"][stage]["foreach"] == "${models}"


@pytest.mark.parametrize("stage", ["train", "cross_validate"])
def test_training_stages_list_training_code(stage: str) -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    deps = pipeline["stages"][stage]["do"]["deps"]
    listed = {Path(dep).name for dep in deps if dep.startswith("src/barometer/models/")}
    listed |= {item["code"] for item in pipeline["vars"][0]["models"].values()}
    modules = {path.name for path in (ROOT / "src" / "barometer" / "models").glob("*.py")}
    only_measures = {"__init__.py", "index_error.py", "metrics.py"}
    only_exports = {"network_graph.py", "tfidf_graph.py"}
    fitted_after = {"prevalence_fit.py"} if stage == "cross_validate" else set()
    assert modules - listed <= only_measures | only_exports | fitted_after


def test_stored_cases_are_up_to_date() -> None:
    """The stage needs a library that `make demo` does not install, so the lock file has to match the code."""
    stage = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["checklist"]
    for file in (*stage["deps"], *stage["outs"]):
        assert md5((ROOT / file["path"]).read_bytes()).hexdigest() == file["md5"], (
            f"{file['path']}: dvc repro checklist"
        )
