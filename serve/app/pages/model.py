"""The model page: how good the current model is, in words first and in tables below."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from barometer.card import ModelCard
from serve.api.errors import NotReadyError
from serve.app import panels
from serve.app.context import AppContext, Page
from serve.app.plots import curve_plot, reliability_plot
from serve.app.reports import (
    BehaviouralTest,
    Compared,
    Interval,
    MissingReportError,
    ReportError,
    Reports,
    parse_card_metrics,
)
from serve.app.theme import palette
from serve.markup import render

T = TypeVar("T")
STUDIES = ("checklist", "adversarial_validation", "learning_curve")
# Parts of the data on which models are compared, most informative first: real headlines kept out of training lead.
PARTS = {
    "yardstick": "Yardstick of real headlines",
    "yardstick-written": "Written yardstick",
    "fresh": "Fresh headlines of 2026",
    "test": "Held-out headlines",
    "temporal_test": "Later headlines",
}
_SHOWN_PARTS = 3  # more do not fit side by side
_LEADING = ("yardstick", "yardstick-written", "test")
_TILES = (*_LEADING, "temporal_test")


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    summary = gr.HTML(panels.loading("Loading the model card"), elem_id="model-summary")
    with gr.Row(elem_classes="m-row"):
        with gr.Column(min_width=300):
            confusion = gr.HTML(elem_id="model-confusion")
        with gr.Column(min_width=300):
            reliability = gr.HTML(elem_id="model-reliability")
            reliability_plot = _plot("Reliability diagram")
    behaviour = gr.HTML(elem_id="model-behaviour")
    curve = gr.HTML(elem_id="model-curve")
    curve_plot = _plot("Learning curve")
    rest = gr.HTML(elem_id="model-card")
    outputs = [summary, confusion, reliability, reliability_plot, behaviour, curve, curve_plot, rest]
    page.shown(partial(show, context), page.dark, outputs)
    page.dark.input(partial(show, context), page.dark, outputs, api_visibility="private", queue=False)

    def model_card() -> dict[str, Any]:
        return describe(context)

    api(model_card, api_name="model_card", concurrency_limit=None)


def _plot(label: str) -> gr.Plot:
    return gr.Plot(label=label, show_label=False, container=False, visible=False)


def show(context: AppContext, dark: bool) -> tuple[object, ...]:
    """The contents of the page, in the order of its parts."""
    hidden = gr.update(visible=False)
    try:
        card = context.model.current.card
    except NotReadyError as error:
        return (panels.no_model(context.model.reason or str(error)), "", "", hidden, "", "", hidden, "")
    reports = Reports(context.reports, card.name)
    bins, curve = _read(reports.reliability), _read(reports.curve)
    colours = palette(dark)
    section = partial(_section, card, reports)
    return (
        summary(card, reports) + section("results"),
        section("confusion"),
        section("reliability"),
        gr.update(value=reliability_plot(bins, colours), visible=True) if bins else hidden,
        section("behaviour") + section("drift"),
        section("curve"),
        gr.update(value=curve_plot(curve, card.name, colours), visible=True) if curve else hidden,
        _card(card, reports),
    )


def describe(context: AppContext) -> dict[str, Any]:
    """The card of the current model with its figures and the findings of studies; an `error` if there is none."""
    try:
        card = context.model.current.card
    except NotReadyError as error:
        return {"error": str(error)}
    reports = Reports(context.reports, card.name)
    found = {name: _read(partial(reports.study, name)) for name in STUDIES}
    return asdict(card) | {"findings": {name: study.finding for name, study in found.items() if study}}


def summary(card: ModelCard, reports: Reports) -> str:
    """How often the model is right and where it is unreliable; HTML."""
    try:
        metrics, problem = parse_card_metrics(card.metrics), ""
    except ReportError as error:
        metrics, problem = {}, str(error)
    leading = next((name for name in _LEADING if name in metrics), "")
    results = _read(reports.results) or {}
    negation = [test for test in _read(reports.behaviour) or () if (test.capability, test.kind) == ("Negation", "MFT")]
    return render(
        "model_summary.html", metrics=metrics, problem=problem, leading=leading,
        synthetic=reports.folder.name == "demo",
        majority=results[leading].figures.get("majority class") if leading in results else None,
        shown=[name for name in _TILES if name in metrics][:2],
        negation={"rate": failure_rate(negation), "cases": sum(t.cases for t in negation)} if negation else None,
    )  # fmt: skip


# Title, values of its template, the stage that measures it; {} is the name of the model.
_SECTIONS: dict[str, tuple[str, Callable[[Reports], dict[str, Any]], str]] = {
    "results": (
        "Compared with other models",
        lambda reports: {"reported": reports.exported_version(), **results_table(reports.results())},
        "compare@held_out",
    ),
    "confusion": (
        "Which classes it confuses",
        lambda reports: {"reported": reports.exported_version(), "counts": reports.confusion()},
        "evaluate@{}",
    ),
    "reliability": (
        "Are its probabilities reliable?",
        lambda reports: {"reported": reports.exported_version(), "bins": reports.reliability()},
        "evaluate@{}",
    ),
    "behaviour": (
        "What it cannot read",
        lambda reports: {
            "reported": reports.tested_version(), "tests": reports.behaviour(), "groups": grouped(reports.behaviour()),
        },
        "report@checklist",
    ),
    "drift": (
        "Does newer news resemble the training data?",
        lambda reports: {"study": reports.study("adversarial_validation"), "rows": reports.drift()},
        "report@adversarial_validation",
    ),
    "curve": (
        "Would more labels help?",
        lambda reports: {"study": reports.study("learning_curve"), "curve": reports.curve()},
        "report@learning_curve",
    ),
}  # fmt: skip


def results_table(results: Mapping[str, Compared]) -> dict[str, Any]:
    """Headings and rows of a table: accuracy and macro-F1 of every model on the most informative parts."""
    known = [part for part in PARTS if part in results][:_SHOWN_PARTS]
    shown = {part: results[part] for part in known or results}
    heads = [f"{PARTS.get(part, part)}: {figure}" for part in shown for figure in ("accuracy", "macro-F1")]
    rows: dict[str, list[Interval | None]] = {name: [] for part in shown.values() for name in part.figures}
    for part in shown.values():
        for name, cells in rows.items():
            figures = part.figures.get(name)
            cells.extend([figures.accuracy, figures.macro_f1] if figures else [None, None])
    return {"heads": ["Model", *heads], "rows": rows}


def _section(card: ModelCard, reports: Reports, name: str) -> str:
    title, content, stage = _SECTIONS[name]
    values: dict[str, Any] = {"missing": False, "problem": "", "reported": card.version, "version": card.version}
    try:
        values |= content(reports)
    except MissingReportError:
        values["missing"] = True
    except ReportError as error:
        values["problem"] = str(error)
    return render("model_section.html", body=name, title=title, stage=stage.format(card.name), own=card.name, **values)


Group = tuple[tuple[str, str], float, Sequence[BehaviouralTest]]


def grouped(tests: Iterable[BehaviouralTest]) -> list[Group]:
    """Tests by (capability, kind) with the group's failure rate; groups and tests that fail most come first."""

    def key(test: BehaviouralTest) -> tuple[str, str]:
        return test.capability, test.kind

    groups = [
        (name, sorted(found, key=lambda t: -t.failure_rate)) for name, found in groupby(sorted(tests, key=key), key)
    ]
    return sorted(((name, failure_rate(found), found) for name, found in groups), key=lambda group: -group[1])


def failure_rate(tests: Sequence[BehaviouralTest]) -> float:
    """The share of failures among all cases of one or more tests."""
    return sum(test.failures for test in tests) / sum(test.cases for test in tests)


def _card(card: ModelCard, reports: Reports) -> str:
    temperature = card.calibration.get("temperature")
    lines = {
        "Name": card.name,
        "Version": card.version,
        "Precision": card.precision,
        "Longest headline": f"{card.max_length} tokens; the rest is cut off" if card.max_length else "",
        "Calibration": f"temperature {temperature:.3f}" if isinstance(temperature, int | float) else "none",
        "Data version": card.data_version,
        "Code version": card.code_version,
    }
    studies = [study for name in STUDIES if (study := _read(partial(reports.study, name)))]
    return render("model_card.html", lines=lines, studies=studies)


def _read(read: Callable[[], T]) -> T | None:
    """The content of a report; None if it is missing or malformed, which its own section reports."""
    try:
        return read()
    except ReportError:
        return None
