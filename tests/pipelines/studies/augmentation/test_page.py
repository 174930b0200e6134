from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pipelines.studies.augmentation.compare import FAILURE_RATE, Comparison
from pipelines.studies.augmentation.crossed import Effect
from pipelines.studies.augmentation.figures import plot_effects
from pipelines.studies.augmentation.methods import AugmentationSettings
from pipelines.studies.augmentation.page import Conditions, augmentation_page
from pipelines.studies.study import Page

ROOT = Path(__file__).resolve().parents[4]
UNCLEAR = Effect(0.004, -0.01, 0.018, 0.5, 0.9, 3)
BETTER = Effect(0.03, 0.02, 0.04, 0.001, 0.003, 6)
WORSE = Effect(-0.03, -0.04, -0.02, 0.001, 0.003, 0)


def comparison(none: Mapping[str, Effect], repeat: Mapping[str, Effect], failures: Mapping[str, Effect]) -> Comparison:
    means = {"accuracy": 0.65, "macro_f1": 0.6, FAILURE_RATE: 0.3}
    return Comparison(
        means=dict.fromkeys(("none", *none), means),
        against_none={"accuracy": none, "macro_f1": none, FAILURE_RATE: failures},
        against_repeat=dict.fromkeys(("accuracy", "macro_f1", FAILURE_RATE), repeat) if repeat else {},
    )


def page(found: Comparison, **changed: Any) -> Page:
    methods = list(found.against_none["accuracy"])
    values = yaml.safe_load((ROOT / "conf" / "experiment" / "augmentation.yaml").read_text())
    known = {
        "params": AugmentationSettings(**values),
        "pool": 4800,
        "tested": 928,
        "behavioural_tests": 42,
        "behavioural_cases": 2520,
        "missing": {},
        "changed": dict.fromkeys(methods, 0.9),
        "refused": dict.fromkeys(methods, 2),
        "confidence": 0.95,
        "examples": None,
    }
    return augmentation_page(found, Conditions(**(known | changed)))


def test_no_difference_is_said_to_be_no_help() -> None:
    found = comparison({"repeat": UNCLEAR, "swap": UNCLEAR}, {"swap": UNCLEAR}, {"repeat": UNCLEAR, "swap": UNCLEAR})
    finding = page(found).finding
    assert "**Augmentation is not shown to help**: none of 1 methods" in finding
    assert "swap differs by +0.4 [-1.0, 1.8] points (p = 0.9)" in finding
    assert "against that control, **no alteration is shown to add anything**" in finding
    assert "failure rate of the behavioural tests is not shown to change" in finding


def test_a_gain_that_repetition_gives_too_is_not_credited_to_alteration() -> None:
    found = comparison({"repeat": BETTER, "swap": BETTER}, {"swap": UNCLEAR}, {"repeat": UNCLEAR, "swap": BETTER})
    finding = page(found).finding
    assert "accuracy rises with swap (+3.0 [2.0, 4.0] points)." in finding
    assert "**the gain comes of repetition, not of alteration**" in finding
    assert "The failure rate of the behavioural tests rises with swap (+3.0 [2.0, 4.0] points)." in finding


def test_a_gain_over_repetition_is_credited() -> None:
    found = comparison(
        {"repeat": UNCLEAR, "swap": BETTER, "delete": WORSE},
        {"swap": BETTER, "delete": WORSE},
        {"repeat": UNCLEAR, "swap": WORSE, "delete": UNCLEAR},
    )
    finding = page(found).finding
    assert "**swap (+3.0 [2.0, 4.0] points) beat that control**" in finding
    assert "**Augmentation does harm** to the accuracy: delete (-3.0 [-4.0, -2.0] points)." in finding
    assert "falls with swap (-3.0 [-4.0, -2.0] points)" in finding


def test_what_is_worse_than_repetition_is_said_to_do_harm() -> None:
    found = comparison({"repeat": BETTER, "delete": UNCLEAR}, {"delete": WORSE}, {"repeat": UNCLEAR, "delete": UNCLEAR})
    assert "against that control, **alteration does harm**: delete (-3.0 [-4.0, -2.0] points)." in page(found).finding


def test_only_harm_is_no_help() -> None:
    finding = page(comparison({"delete": WORSE}, {}, {"delete": UNCLEAR})).finding
    assert "**Augmentation does not help**" in finding
    assert "**Augmentation does harm** to the accuracy: delete" in finding


def test_the_page_tells_what_did_not_run_and_what_is_unknown() -> None:
    found = comparison({"swap": UNCLEAR}, {}, {"swap": UNCLEAR})
    made = page(found, missing={"synonym": "WordNet is not installed"})
    assert "- `synonym` was not run: WordNet is not installed." in made.body
    assert "Nothing is known of what did not run: synonym." in made.limits
    assert "share on average 25% of their headlines" in made.limits
    assert "Without the control, gains may be those of mere repetition." in made.limits


def test_texts_are_shown_only_where_they_are_given() -> None:
    found = comparison({"swap": UNCLEAR}, {}, {"swap": UNCLEAR})
    columns = ["method", "original", "altered", "changed"]
    rows = [("swap", "Bitcoin rises", "Rises bitcoin", 1), ("swap", "Same", "Same", 0)]
    assert "## Examples" not in page(found).body
    body = page(found, examples=pd.DataFrame(rows, columns=columns)).body
    assert "    - Bitcoin rises → Rises bitcoin" in body
    assert not any("Same" in line for line in body)


@pytest.mark.parametrize("effect", [UNCLEAR, BETTER])
def test_the_figure_is_drawn_alike_from_the_same_numbers(effect: Effect, tmp_path: Path) -> None:
    found = comparison({"swap": effect}, {}, {"swap": effect})
    for name in ("a.png", "b.png"):
        plot_effects(tmp_path / name, found)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
