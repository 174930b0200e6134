"""The pages of both comparisons, rendered from results made by hand."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jinja2 import UndefinedError

from barometer.corpus.split import Split
from barometer.models.index_error import index_error
from barometer.models.metrics import all_figures
from barometer.prevalence import Prevalence
from barometer.settings import load_settings
from barometer.stats import Estimate, PairedTest
from pipelines.stages.compare import CrossValidation, Folds, HeldOut, PartResult, Verdict, render

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = load_settings(ROOT / "params.yaml")
LABELS = np.arange(120) % 3


def errors(dates: bool) -> dict[str, Any]:
    days = np.array([f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}" if dates else "" for i in range(120)])
    found = index_error(
        LABELS, 0.2 + 0.4 * np.eye(3)[LABELS], days, Prevalence(variance=0.1), np.full(3, 1 / 3),
        np.random.default_rng(1), 20,
    )  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def part(p_value: float = 0.01, difference: float = 0.1) -> PartResult:
    found = all_figures(LABELS, 0.2 + 0.4 * np.eye(3)[LABELS], 10)
    figures = {name: Estimate(value, value, value) for name, value in found.items()}
    test = PairedTest(Estimate(difference, 0.0, 0.2), 20, 8, p_value)
    named = {"vader (from the file)": figures, "tfidf": figures, "bert": figures}
    return PartResult("temporal_test", 120, named, ["tfidf", "bert"], [Verdict("bert", "tfidf", test)])


def held_out() -> HeldOut:
    interval = {"value": 0.8, "low": 0.7, "high": 0.9}
    intervals = {"test": {"headlines": 120, "accuracy": interval, "macro_f1": interval}}
    split = Split(list(range(500)), list(range(60)), [], [], [], list(range(40)), {}, {}, {}, 0)
    errors_by_model = {"bert": {"yardstick": errors(dates=True)}, "tfidf": {"yardstick": errors(dates=False)}}
    both = {"bert": intervals, "tfidf": intervals}
    return HeldOut(SETTINGS, split, [part()], errors_by_model, {"bert": {}, "tfidf": {}}, both)


def rows(page: str, heading: str) -> list[list[str]]:
    """Cells of the table rows below a heading."""
    section = page.split(f"## {heading}")[1].split("\n## ", maxsplit=1)[0]
    return [line[2:-2].split(" | ") for line in section.splitlines() if line.startswith("| ")]


def test_each_window_kind_has_rows() -> None:
    names = [cells[0] for cells in rows(render(held_out()), "The barometer of a window")]
    drawn = ["drawn at random", "70% negative"]
    wanted = [f"bert, {kind}" for kind in ("by date", *drawn)] + [f"tfidf, {kind}" for kind in drawn]
    assert [name for name in names if name.startswith(("bert", "tfidf"))] == wanted


def test_all_rows_have_all_columns() -> None:
    lines = render(held_out()).splitlines()
    for before, after in pairwise(lines):
        if before.startswith("|") and after.startswith("|"):
            assert before.count("|") == after.count("|"), after


def test_without_votes_news_has_no_section() -> None:
    page = render(held_out())
    assert "## News or not" not in page and "\n\n\n" not in page


def test_hard_baselines_have_no_log_loss() -> None:
    cells = {row[0]: row for row in rows(render(held_out()), "Temporal test (120 headlines)")[:5]}
    assert cells["vader (from the file)"][3:] == ["", ""]
    assert cells["bert"][3].startswith("0.") and len(cells["bert"]) == 5


@pytest.mark.parametrize(
    ("p_value", "difference", "relation"),
    [(0.01, 0.1, "beats"), (0.01, -0.1, "loses to"), (0.05, 0.1, "is not shown to differ from")],
)
def test_the_verdict_follows_the_test(p_value: float, difference: float, relation: str) -> None:
    page = render(replace(held_out(), parts=[part(p_value, difference)]))
    assert f"**bert {relation} tfidf**: {100 * difference:.1f} [0.0, 20.0] points" in page


def test_the_page_says_what_trained_it() -> None:
    assert "Trained on 500 headlines of `demo` and 40 of demo-pairs, stopped and calibrated on 60;" in render(
        held_out()
    )


def test_cross_validation_lists_every_fold() -> None:
    page = render(CrossValidation(SETTINGS, part(), {"bert": Folds([0.75, 0.8], 0.775, 0.0354)}))
    assert "- bert: 75.0, 80.0; mean 77.5, standard deviation 3.5\n" in page
    assert page.endswith("\n") and "\n\n\n" not in page


def test_a_missing_figure_is_an_error() -> None:
    interval = {"value": 0.8, "low": 0.7, "high": 0.9}
    with pytest.raises(UndefinedError, match="macro_f1"):
        render(replace(held_out(), intervals={"bert": {"test": {"headlines": 1, "accuracy": interval}}}))
