"""The model page: what is known of the model in use, for people first and in tables below."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
import plotly.graph_objects as go
from gradio.events import api

from barometer.card import ModelCard
from serve.api.errors import NotReadyError
from serve.app import states
from serve.app.context import AppContext, Page
from serve.app.figures import model_plots, model_tables, model_words
from serve.app.reports import (
    MissingReportError,
    ReportError,
    parse_card_metrics,
    read_behaviour,
    read_confusion,
    read_curve,
    read_drift,
    read_reliability,
    read_reported_version,
    read_results,
    read_study,
    read_tested_version,
)
from serve.app.theme import palette

T = TypeVar("T")
STUDIES = ("checklist", "adversarial_validation", "learning_curve")


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    summary = gr.HTML(states.loading("Reading the model card"), elem_id="model-summary")
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


def show(context: AppContext, dark: bool) -> tuple[object, ...]:
    """The contents of the page, in the order of its parts."""
    try:
        card = context.model.current.card
    except NotReadyError as error:
        hidden = gr.update(visible=False)
        return (states.no_model(context.model.reason or str(error)), "", "", hidden, "", "", hidden, "")
    reports = context.reports
    bins = _read(lambda: read_reliability(reports, card.name))
    points = _read(lambda: read_curve(reports))
    colours = palette(dark)
    return (
        _summary(reports, card),
        _section("What it mistakes for what", partial(_confusion, reports, card), "evaluate@" + card.name),
        _section("Can its probabilities be believed?", partial(_reliability, reports, card), "evaluate@" + card.name),
        _figure(model_plots.reliability_plot(bins, colours) if bins else None),
        _section("What it cannot read", partial(_behaviour, reports, card), "compare_checklists")
        + _section(
            "Does newer news look like what it learnt from?", partial(_drift, reports), "adversarial_validation"
        ),
        _section("Would more labels help?", partial(_curve, reports), "learning_curve"),
        _figure(model_plots.curve_plot(points, card.name, colours) if points else None),
        "<h3>Card</h3>" + model_tables.card_list(card) + _limits(reports),
    )


def describe(context: AppContext) -> dict[str, Any]:
    """The card of the model in use, with its figures, and what the studies found; an `error` where there is none."""
    try:
        card = context.model.current.card
    except NotReadyError as error:
        return {"error": str(error)}
    found = {name: _read(partial(read_study, context.reports, name)) for name in STUDIES}
    return asdict(card) | {"findings": {name: study.finding for name, study in found.items() if study}}


def _summary(reports: Path, card: ModelCard) -> str:
    results = _read(lambda: read_results(reports))
    tests = _read(lambda: read_behaviour(reports, card.name)) or []
    try:
        metrics, note = parse_card_metrics(card.metrics), ""
    except ReportError as error:
        metrics, note = {}, states.note(str(error))
    return (
        model_words.headline(metrics, results, reports.name)
        + note
        + model_words.tiles(metrics, tests)
        + model_words.warning(tests)
        + _section("Against other ways to tell", partial(_results, reports, card), "compare@held_out")
    )


def _results(reports: Path, card: ModelCard) -> str:
    other = _of_another(card, read_reported_version(reports, card.name))
    return other + model_tables.results_table(read_results(reports), "" if other else card.name)


def _confusion(reports: Path, card: ModelCard) -> str:
    other = _of_another(card, read_reported_version(reports, card.name))
    return other + model_tables.confusion_table(read_confusion(reports, card.name))


def _reliability(reports: Path, card: ModelCard) -> str:
    other = _of_another(card, read_reported_version(reports, card.name))
    bins = read_reliability(reports, card.name)
    surest = bins[-1]
    return (
        f"{other}<p>Where it is {100 * surest.confidence:.0f} % sure, it is right on {100 * surest.accuracy:.0f} of "
        f"100. The closer to the dotted line, the better; larger marks stand for more headlines.</p>"
        f"{_numbers(model_tables.reliability_table(bins))}"
    )


def _behaviour(reports: Path, card: ModelCard) -> str:
    other = _of_another(card, read_tested_version(reports, card.name))
    tests = read_behaviour(reports, card.name)
    cases = sum(test.cases for test in tests)
    text = f"<p>{len(tests)} behavioural tests, {cases:,} made-up headlines; most failed first. Intervals are 95 %.</p>"
    return other + text + model_tables.behaviour_groups(tests)


def _drift(reports: Path) -> str:
    study = read_study(reports, "adversarial_validation")
    return model_words.finding(study.finding) + _numbers(model_tables.drift_table(read_drift(reports)))


def _curve(reports: Path) -> str:
    table = model_tables.curve_table(read_curve(reports))
    return model_words.finding(read_study(reports, "learning_curve").finding) + _numbers(table)


def _limits(reports: Path) -> str:
    studies = [study for name in STUDIES if (study := _read(partial(read_study, reports, name)))]
    if not studies:
        return ""
    items = "".join(f"<dt>{escape(study.title)}</dt><dd>{escape(study.limits)}</dd>" for study in studies)
    summary = '<summary><span class="m-name">What all this does not show</span></summary>'
    return f'<details class="m-group">{summary}<dl>{items}</dl></details>'


def _of_another(card: ModelCard, version: str) -> str:
    """A note where a report is of another version than the one in use."""
    if version == card.version:
        return ""
    return states.note(f"These figures are of version {version}, not of {card.version}, which is in use.")


def _section(title: str, content: Callable[[], str], stage: str) -> str:
    try:
        body = content()
    except MissingReportError:
        body = f'<p class="m-missing">Not measured here yet; <code>dvc repro {stage}</code> does.</p>'
    except ReportError as error:
        body = states.note(str(error))
    return f"<section><h3>{title}</h3>{body}</section>"


def _numbers(table: str) -> str:
    return f"<details class='m-numbers'><summary>The numbers</summary>{table}</details>"


def _read(read: Callable[[], T]) -> T | None:
    """What a report holds; None where it is missing or malformed, which its own section tells."""
    try:
        return read()
    except ReportError:
        return None


def _plot(label: str) -> gr.Plot:
    return gr.Plot(label=label, show_label=False, container=False, visible=False)


def _figure(figure: go.Figure | None) -> Any:  # noqa: ANN401 - gradio's update is untyped
    return gr.update(value=figure, visible=figure is not None)
