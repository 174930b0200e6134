import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from barometer.card import CARD, ModelCard
from barometer.labels import CLASS_NAMES
from serve.api.switch import ModelSwitch
from serve.app.context import AppContext
from serve.app.pages.model import describe, grouped, show
from serve.app.reports import BehaviouralTest, Reports

DEMO = Path(__file__).resolve().parents[3] / "reports" / "demo"
SECTIONS = ("Compared with", "it confuses", "probabilities reliable", "cannot read", "newer news", "labels")
STUDIES = ("checklist", "adversarial_validation", "learning_curve")
STAGES = ("compare@held_out", "evaluate@bert", *(f"report@{study}" for study in STUDIES))


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.03, "high": value + 0.03}


METRICS: dict[str, Any] = {
    "test": {"headlines": 928, "accuracy": figure(0.81), "macro_f1": figure(0.8), "calibration_error": figure(0.04)}
}


class Loaded:
    """A scorer of which only the card matters here."""

    runtime = "onnxruntime int8"

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def score(self, texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return np.full((len(texts), 3), 1 / 3, dtype=np.float32), np.ones(len(texts), dtype=np.float32)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Callable[..., AppContext]]:
    """Makes the context of an app whose model has the card of the demo's, or another version."""
    switches = []

    def make(
        reports: Path, version: str | None = None, ready: bool = True, metrics: dict[str, Any] = METRICS
    ) -> AppContext:
        version = version or Reports(DEMO, "bert").exported_version()
        card = ModelCard(
            "bert", version, CLASS_NAMES, "tokens", 64, "int8", {"temperature": 1.07}, metrics, {}, "d", "c"
        )
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        (folder / CARD).touch()
        switch = ModelSwitch(folder, lambda _: Loaded(card), threads=1, max_waiting=1)
        switches.append(switch)
        if ready:
            switch.refresh()
        unused: Any = None
        return AppContext(unused, switch, reports, tmp_path, unused, 12)

    yield make
    for switch in switches:
        switch.close()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A copy of the demo's reports, to break."""
    return Path(shutil.copytree(DEMO, tmp_path / "demo", ignore=shutil.ignore_patterns("*.png")))


def page(context: AppContext) -> str:
    return "".join(part for part in show(context, dark=False) if isinstance(part, str))


def plots(context: AppContext) -> list[Any]:
    return [part for part in show(context, dark=False) if isinstance(part, dict)]


def test_demo_is_shown_without_notes(context: Callable[..., AppContext]) -> None:
    shown = page(context(DEMO))
    assert all(section in shown for section in SECTIONS)
    assert "b-note" not in shown
    assert "m-missing" not in shown
    assert "(this model)" in shown
    assert all(plot["visible"] for plot in plots(context(DEMO)))


def test_figures_of_another_version_say_so(context: Callable[..., AppContext]) -> None:
    shown = page(context(DEMO, version="abcdef012345"))
    note = f"These figures are for version {Reports(DEMO, 'bert').exported_version()}, not for abcdef012345"
    assert shown.count(note) == 4, "results, confusion, reliability and behaviour are each of a version"
    assert "(this model)" not in shown


def test_missing_reports_name_their_stage(context: Callable[..., AppContext], tmp_path: Path) -> None:
    made = context(tmp_path / "none")
    shown = page(made)
    for stage in STAGES:
        assert f"dvc repro {stage}" in shown
    assert "Right on 81 of 100" in shown, "the card itself holds the figures"
    assert not any(plot["visible"] for plot in plots(made))


def test_malformed_report_hides_nothing_else(context: Callable[..., AppContext], reports: Path) -> None:
    (reports / "results.json").write_text("{}}")
    (reports / "learning_curve" / "learning_curve.csv").write_bytes(b"\xff\xfe")
    shown = page(context(reports))
    assert f"{reports}/results.json" in shown
    assert "learning_curve.csv cannot be read" in shown
    assert "fall negated by a modal" in shown


def test_missing_model_is_reported(context: Callable[..., AppContext]) -> None:
    made = context(DEMO, ready=False)
    assert "No model is loaded yet" in page(made)
    assert "error" in describe(made)


def test_markup_in_reports_shows_as_text(context: Callable[..., AppContext], reports: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    for name in ("results.json", "checklist/bert/failure_rates.csv", "learning_curve/summary.json"):
        path = reports / name
        path.write_text(path.read_text().replace("tfidf", evil).replace("fall held unlikely", evil))
    shown = page(context(reports))
    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") > 2


def test_describe_has_card_and_findings(context: Callable[..., AppContext]) -> None:
    told = describe(context(DEMO))
    assert told["metrics"] == METRICS
    assert set(told["findings"]) == {"checklist", "adversarial_validation", "learning_curve"}


def summary_of(context: Callable[..., AppContext], reports: Path, **metrics: Any) -> str:
    return str(show(context(reports, metrics=metrics), dark=False)[0])


def test_words_tell_what_the_figures_are(context: Callable[..., AppContext], reports: Path, tmp_path: Path) -> None:
    results = {"test": {"figures": {"majority class": METRICS["test"] | {"accuracy": figure(0.38)}}}}
    (reports / "results.json").write_text(json.dumps(results))
    text = summary_of(context, reports, **METRICS)
    assert "Right on 81 of 100 headlines" in text
    assert "928 held-out headlines; the 95% interval is 78 to 84" in text
    assert "most frequent class is right on 38, guessing among three classes on 33" in text
    assert "synthetic" in text
    assert "synthetic" not in summary_of(context, tmp_path / "cryptolin", **METRICS)
    assert "no figures" in summary_of(context, reports)


def test_the_yardstick_leads(context: Callable[..., AppContext], reports: Path) -> None:
    yardstick = METRICS["test"] | {"headlines": 1200, "accuracy": figure(0.8)}
    results = {"yardstick": {"figures": {"majority class": METRICS["test"] | {"accuracy": figure(0.455)}}}}
    (reports / "results.json").write_text(json.dumps(results))
    text = summary_of(context, reports, **METRICS, yardstick=yardstick)
    assert "Right on 80 of 100" in text and "1,200 real headlines" in text and "class is right on 46" in text
    assert "synthetic" not in text
    assert text.index("of 100 real headlines correct") < text.index("of 100 unseen headlines correct")


HEADER = "test,capability,kind,cases,failures,failure_rate,low,high"


def write_tests(reports: Path, *tests: tuple[str, str, int]) -> None:
    rows = [f"{name} {fails},{name},{kind},200,{fails},{fails / 200},0,1" for name, kind, fails in tests]
    (reports / "checklist" / "bert" / "failure_rates.csv").write_text("\n".join([HEADER, *rows]))


def test_failed_negation_carries_a_warning(context: Callable[..., AppContext], reports: Path) -> None:
    write_tests(reports, ("Negation", "MFT", 180), ("Negation", "MFT", 60), ("Vocabulary", "MFT", 0))
    assert "fails 60 of 100 negation tests" in summary_of(context, reports, **METRICS)
    write_tests(reports, ("Negation", "MFT", 2), ("Negation", "DIR", 200))
    assert "m-warning" not in summary_of(context, reports, **METRICS)
    (reports / "checklist" / "bert" / "failure_rates.csv").unlink()
    assert "m-warning" not in summary_of(context, reports, **METRICS)


def test_worst_group_is_first_and_open(context: Callable[..., AppContext], reports: Path) -> None:
    write_tests(
        reports, ("Entities", "INV", 2), ("Negation", "MFT", 50), ("Negation", "DIR", 8), ("Negation", "MFT", 90)
    )
    tests: list[BehaviouralTest] = Reports(reports, "bert").behaviour()
    assert [name for name, _, _ in grouped(tests)] == [("Negation", "MFT"), ("Negation", "DIR"), ("Entities", "INV")]
    shown = str(show(context(reports), dark=False)[4])
    assert shown.count(" open>") == 1
    assert "Negation: right class</span>" in shown[: shown.index("35% fail")]
    assert shown.index("Negation 90") < shown.index("Negation 50") < shown.index("Negation: right direction")


def test_findings_keep_only_their_emphasis(context: Callable[..., AppContext], reports: Path) -> None:
    study = {"title": "t", "finding": "is **told apart** by <b>", "limits": "l"}
    (reports / "learning_curve" / "summary.json").write_text(json.dumps(study))
    assert "<p>is <strong>told apart</strong> by &lt;b&gt;</p>" in page(context(reports))
