import json
import re
from pathlib import Path
from typing import Annotated

import pandas as pd
import pytest
import yaml
from pydantic import Field

from barometer.settings import Section, SettingsError
from pipelines.compose import compose_params
from pipelines.studies.study import Page, open_study
from pipelines.studies.track import numbers

ROOT = Path(__file__).resolve().parents[3]
PAGE = Page("Title", "Is it?", "We ask.", "Yes, 3 of 4.", "figure.png", "A line.", ["| a |", "| --- |"], "Much.")


class Parameters(Section):
    size: Annotated[int, Field(ge=2)] = 5


@pytest.fixture
def params(in_folder: Path) -> Path:
    compose_params(ROOT / "conf", in_folder / "params.yaml", [])
    return in_folder / "params.yaml"


def with_market(params: Path, **section: int) -> None:
    content = yaml.safe_load(params.read_text())
    content["experiment"]["market"] = section
    params.write_text(yaml.safe_dump(content))


def test_a_page_is_written_with_the_record_of_its_run(params: Path) -> None:
    with_market(params, size=3)
    study = open_study("market", Parameters)
    assert study.params.size == 3
    study.write_page(PAGE)
    text = (params.parent / "reports/demo/market/report.md").read_text()
    assert text.startswith("# Title (`demo`)\n\n**Question.** Is it?\n")
    assert re.search(r"`dvc repro market` on \d{4}-\d\d-\d\d: \d+ s on \d+ cores", text)
    summary = json.loads((study.folder / "summary.json").read_text())
    assert summary["finding"] == "Yes, 3 of 4."
    assert summary["corpus"] == "demo"
    run = json.loads((study.folder / "run.json").read_text())
    assert {"command", "date", "wall_seconds", "cores", "python", "versions"} == set(run)


def test_a_variant_has_a_folder_and_a_target_of_its_own(params: Path) -> None:
    with_market(params, size=3)
    study = open_study("market", Parameters, "weekly")
    assert study.target == "market@weekly"
    assert study.folder == Path("reports/demo/market/weekly")


def test_a_wrong_parameter_is_named_before_anything_is_read(params: Path) -> None:
    with_market(params, size=1)
    with pytest.raises(SettingsError, match=r"experiment\.market: size = 1: .*greater than or equal to 2"):
        open_study("market", Parameters)


def test_another_corpus_is_named_in_the_command(params: Path) -> None:
    compose_params(ROOT / "conf", params, ["corpus=cryptolin"])
    with_market(params, size=3)
    study = open_study("market", Parameters)
    study.write_page(PAGE)
    command = json.loads((study.folder / "run.json").read_text())["command"]
    assert command == "dvc exp run -S corpus=cryptolin market"


def test_the_same_generator_every_time_and_curves_as_csv(params: Path) -> None:
    with_market(params)
    study = open_study("market", Parameters)
    assert study.rng().random() == study.rng().random()
    study.write_curve("curve.csv", pd.DataFrame({"x": [1], "y": [0.5]}))
    assert (study.folder / "curve.csv").read_text() == "x,y\n1,0.5\n"


def test_only_numbers_go_to_the_tracking_server() -> None:
    assert numbers({"a": {"b": 1, "c": None, "d": "word", "e": True}, "f": 0.5}) == {"a.b": 1.0, "f": 0.5}
