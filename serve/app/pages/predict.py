"""Try the model: one headline with the words behind its prediction, or up to 256 at once."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from serve.api.errors import NotReadyError
from serve.api.explained import as_record, explain
from serve.api.model_schemas import MAX_TITLE_CHARACTERS, MAX_TITLES, Predictions
from serve.app.context import AppContext, Page
from serve.app.explained import answer
from serve.app.panels import loading, no_model, note, state
from serve.app.titles import TitlesError, csv_titles, listed_titles, one_title, pasted_titles, results
from serve.markup import render

EXAMPLES = (
    "Bitcoin falls below 60K",
    "Bitcoin does not fall below 60K",
    "Ethereum upgrade goes live without a hitch",
    "Exchange halts withdrawals after hack",
    "Regulator publishes guidance on stablecoins",
)
_ONE = "See what the model predicts, and which words matter."
_MANY = (
    f"Up to {MAX_TITLES}: paste them one per line, or upload a CSV file in UTF-8 with a column `text` or `title`, or "
    "with a single column."
)
Given = TypeVar("Given")
Show = Callable[[Given], Awaitable[str]]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    private: dict[str, Any] = {"api_visibility": "private", "queue": False}
    one, pasted, uploaded = _shows(context)
    gr.HTML(render("heading.html", id="", title="One headline", text=_ONE), elem_classes="p-head")
    text = gr.Textbox(EXAMPLES[0], label="Headline", max_lines=1, max_length=MAX_TITLE_CHARACTERS,
                      submit_btn="Predict", elem_id="predict-one")  # fmt: skip
    with gr.Row(elem_id="predict-examples"):
        examples = [gr.Button(example, size="sm", scale=0, min_width=0) for example in EXAMPLES]
    answered = gr.HTML(loading("Running the model"), elem_id="predict-answer")
    gr.HTML(render("heading.html", id="", title="Many headlines", text=_MANY), elem_classes="p-head")
    lines = gr.Textbox(label="Headlines, one per line", lines=5, max_lines=12,
                       max_length=MAX_TITLES * (MAX_TITLE_CHARACTERS + 1), elem_id="predict-many")  # fmt: skip
    with gr.Row(elem_id="predict-actions"):
        score = gr.Button("Predict all", variant="primary", size="md", scale=0, min_width=150)
        file = gr.UploadButton("Upload a CSV", type="binary", file_types=[".csv"], size="md", scale=0, min_width=150,
                               elem_id="predict-file")  # fmt: skip
    table = gr.HTML(elem_id="predict-results")

    page.shown(one, text, answered)
    text.submit(one, text, answered, **private)
    for example in examples:
        example.click(lambda chosen: chosen, example, text, **private).then(one, example, answered, **private)
    score.click(pasted, lines, table, **private)
    file.upload(uploaded, file, table, **private)
    for function in _functions(context):
        api(function, api_name=function.__name__, queue=False)


def _shows(context: AppContext) -> tuple[Show[str], Show[str], Show[bytes]]:
    async def one(text: str) -> str:
        return answer(await explain(context.model, one_title(text)))

    async def pasted(text: str) -> str:
        return results(await _predictions(context, pasted_titles(text)))

    async def uploaded(content: bytes) -> str:
        return results(await _predictions(context, csv_titles(content)))

    return _with_states(context, one), _with_states(context, pasted), _with_states(context, uploaded)


def _with_states(context: AppContext, show: Show[Given]) -> Show[Given]:
    async def shown(given: Given) -> str:
        try:
            return await show(given)
        except TitlesError as error:
            return note(f"{error}.")
        except NotReadyError as error:
            if context.model.ready:
                return state("The model is busy", f"{error}.", role="alert")
            return no_model(context.model.reason or str(error))

    return shown


def _functions(context: AppContext) -> tuple[Callable[..., Awaitable[dict[str, Any]]], ...]:
    async def predict(text: str) -> dict[str, Any]:
        """Probabilities of a headline and of being news, its class, the model version, and the effect of each word."""
        try:
            return as_record(await explain(context.model, one_title(text)))
        except (TitlesError, NotReadyError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    async def predict_many(texts: list[str]) -> dict[str, Any]:
        """Probabilities of up to 256 headlines, in their order, and the model version."""
        try:
            return (await _predictions(context, listed_titles(texts))).model_dump()
        except (TitlesError, NotReadyError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    return predict, predict_many


async def _predictions(context: AppContext, titles: list[str]) -> Predictions:
    return Predictions.of(titles, await context.model.score(titles))
