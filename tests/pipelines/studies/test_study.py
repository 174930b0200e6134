import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import yaml
from pydantic import Field, ValidationError

from barometer.settings import Section, SettingsError
from barometer.stats import Estimate
from pipelines import paths
from pipelines.compose import compose_params
from pipelines.studies.study import key_of, load_result, open_study

ROOT = Path(__file__).resolve().parents[3]


class Parameters(Section):
    size: Annotated[int, Field(ge=2)] = 5


@dataclass(frozen=True)
class Found:
    share: Estimate
    by_model: Mapping[str, float | None]
    params: Parameters


@dataclass(frozen=True)
class Other:
    count: int


FOUND = Found(Estimate(0.5, 0.4, 0.6), {"bert": 0.1, "tfidf": None}, Parameters(size=3))


@pytest.fixture
def params(in_folder: Path) -> Path:
    compose_params(ROOT / "conf", in_folder / "params.yaml", [])
    return in_folder / "params.yaml"


def with_market(params: Path, **section: int) -> None:
    content = yaml.safe_load(params.read_text())
    content["experiment"]["market"] = section
    params.write_text(yaml.safe_dump(content))


def test_a_saved_result_is_loaded_back(params: Path) -> None:
    with_market(params, size=3)
    study = open_study("market", Parameters)
    assert study.params.size == 3
    study.save(FOUND)
    result, run = load_result("market", Found)
    assert result == FOUND
    assert set(run) == {"command", "date", "wall_seconds", "cores", "python", "versions"}
    assert run["command"] == "dvc repro study@market"


def test_a_result_of_other_form_is_refused(params: Path) -> None:
    with_market(params)
    open_study("market", Parameters).save(FOUND)
    with pytest.raises(ValidationError, match="count"):
        load_result("market", Other)


def test_a_study_not_run_is_named(in_folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="market"):
        load_result("market", Found)


def test_a_wrong_parameter_is_named(params: Path) -> None:
    with_market(params, size=1)
    with pytest.raises(SettingsError, match=r"experiment\.market: size = 1: .*greater than or equal to 2"):
        open_study("market", Parameters)


def test_another_corpus_is_in_the_command(params: Path) -> None:
    compose_params(ROOT / "conf", params, ["corpus=cryptolin"])
    with_market(params, size=3)
    open_study("market", Parameters).save(FOUND)
    run = json.loads((paths.STUDIES / "market" / "run.json").read_text())
    assert run["command"] == "dvc exp run -S corpus=cryptolin study@market"


def test_the_generator_is_always_fresh(params: Path) -> None:
    with_market(params)
    study = open_study("market", Parameters)
    assert study.rng().random() == study.rng().random()


def test_a_package_may_set_its_key() -> None:
    assert (key_of("market"), key_of("drift")) == ("market", "adversarial_validation")
