"""The report of the augmentation study says what its numbers say, whichever way they fall."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from barometer.stats import Estimate
from pipelines.studies.augmentation.analysis import FAILURE_RATE, Copies, Example, Result
from pipelines.studies.augmentation.figures import draw
from pipelines.studies.augmentation.methods.crossed import Effect
from pipelines.studies.report import pages

RUN = {"command": "c", "date": "2026-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {"a": "1"}}
UNCLEAR = Effect(Estimate(0.004, -0.01, 0.018), 0.5, 0.9, 3)
BETTER = Effect(Estimate(0.03, 0.02, 0.04), 0.001, 0.003, 6)
WORSE = Effect(Estimate(-0.03, -0.04, -0.02), 0.001, 0.003, 0)


def result(
    none: Mapping[str, Effect], repeat: Mapping[str, Effect], failures: Mapping[str, Effect], **changed: Any
) -> Result:
    means = {"accuracy": 0.65, "macro_f1": 0.6, FAILURE_RATE: 0.3}
    known: dict[str, Any] = {
        "model": "tfidf",
        "seeds": 6,
        "train_size": 1200,
        "copies_each": 1,
        "pool": 4800,
        "tested": 928,
        "behavioural_tests": 42,
        "behavioural_cases": 2520,
        "means": dict.fromkeys(("none", *none), means),
        "against_none": {"accuracy": none, "macro_f1": none, FAILURE_RATE: failures},
        "against_repeat": dict.fromkeys(("accuracy", "macro_f1", FAILURE_RATE), repeat) if repeat else {},
        "copies": dict.fromkeys(none, Copies("another coin", 0.9, 2)),
        "missing": {},
        "confidence": 0.95,
        "examples": [],
    }
    return Result(**(known | changed))


def report(*families: Mapping[str, Effect], **changed: Any) -> tuple[str, dict[str, str]]:
    return pages("augmentation", "demo", result(*families, **changed), RUN)


def finding(*families: Mapping[str, Effect]) -> str:
    return report(*families)[1]["finding"]


def test_no_difference_is_no_help() -> None:
    said = finding({"repeat": UNCLEAR, "swap": UNCLEAR}, {"swap": UNCLEAR}, {"repeat": UNCLEAR, "swap": UNCLEAR})
    assert "**Augmentation is not shown to help**: none of 1 methods" in said
    assert "the best, swap, differs by +0.4 [-1.0, 1.8] points (p = 0.9)." in said
    assert "compared with that control, **no alteration is shown to add anything**" in said
    assert "failure rate of the behavioural tests is not shown to change" in said


def test_repetition_is_credited_its_gains() -> None:
    said = finding({"repeat": BETTER, "swap": BETTER}, {"swap": UNCLEAR}, {"repeat": UNCLEAR, "swap": BETTER})
    assert "accuracy rises with swap (+3.0 [2.0, 4.0] points)." in said
    assert "by +3.0 [2.0, 4.0] points, and no alteration is shown to add to that" in said
    assert "**the gain comes from repetition, not from alteration**" in said
    assert "The failure rate of the behavioural tests rises with swap (+3.0 [2.0, 4.0] points)." in said


def test_gains_over_repetition_are_credited() -> None:
    said = finding(
        {"repeat": UNCLEAR, "swap": BETTER, "delete": WORSE},
        {"swap": BETTER, "delete": WORSE},
        {"repeat": UNCLEAR, "swap": WORSE, "delete": BETTER},
    )
    assert "points; **swap (+3.0 [2.0, 4.0] points) beat that control**" in said
    assert "**Augmentation harms** the accuracy: delete (-3.0 [-4.0, -2.0] points)." in said
    assert "falls with swap (-3.0 [-4.0, -2.0] points) and rises with delete (+3.0 [2.0, 4.0] points)." in said


def test_losses_against_repetition_are_harm() -> None:
    said = finding({"repeat": BETTER, "delete": UNCLEAR}, {"delete": WORSE}, {"repeat": UNCLEAR, "delete": UNCLEAR})
    assert "compared with that control, **alteration harms**: delete (-3.0 [-4.0, -2.0] points)." in said


def test_only_harm_is_no_help() -> None:
    said = finding({"delete": WORSE}, {}, {"delete": UNCLEAR})
    assert "**Augmentation does not help**" in said
    assert "**Augmentation harms** the accuracy: delete" in said


def test_the_control_alone_alters_nothing() -> None:
    said = finding({"repeat": UNCLEAR}, {}, {"repeat": UNCLEAR})
    assert said.startswith("No method that alters texts was run. The failure rate")


def test_limits_name_what_is_missing() -> None:
    page, quoted = report({"swap": UNCLEAR}, {}, {"swap": UNCLEAR}, missing={"synonym": "WordNet is not installed"})
    assert "- `synonym` was not run: WordNet is not installed." in page
    assert "Nothing is known of what did not run: synonym." in quoted["limits"]
    assert "share on average 25% of their headlines" in quoted["limits"]
    assert "Without the control, gains may be those of mere repetition." in quoted["limits"]


def test_tables_have_every_method() -> None:
    page, _ = report({"repeat": UNCLEAR, "swap": BETTER}, {"swap": WORSE}, {"repeat": UNCLEAR, "swap": WORSE})
    assert "| `none` | 65.0 |  |  | 60.0 |  |  |  |" in page
    assert "| `swap` | 65.0 | +3.0 [2.0, 4.0] | 0.003 | 60.0 | +3.0 [2.0, 4.0] | 0.003 | 6 |" in page
    assert "| `swap` | -3.0 [-4.0, -2.0] | 0.003 | -3.0 [-4.0, -2.0] | 0.003 |" in page
    assert "| `repeat` | 30.0 | +0.4 [-1.0, 1.8] | 0.9 |  |  |" in page
    assert "| `swap` | another coin | 90 | 2 |" in page


def test_texts_are_shown_where_given() -> None:
    families = ({"swap": UNCLEAR}, {}, {"swap": UNCLEAR})
    assert "## Examples" not in report(*families)[0]
    page, _ = report(*families, examples=[Example("swap", "Bitcoin rises", "Rises bitcoin")])
    assert "- `swap`\n    - Bitcoin rises → Rises bitcoin\n" in page


@pytest.mark.parametrize("effect", [UNCLEAR, BETTER])
def test_the_figure_is_reproducible(effect: Effect, tmp_path: Path) -> None:
    found = result({"swap": effect}, {}, {"swap": effect})
    for name in ("a", "b"):
        draw(found, tmp_path / name)
    assert (tmp_path / "a" / "effects.png").read_bytes() == (tmp_path / "b" / "effects.png").read_bytes()
