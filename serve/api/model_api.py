"""The model API: titles in, probabilities out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Response

from barometer.predictor import available_cores
from serve.api.errors import documented
from serve.api.model_schemas import ClassProbabilities, ModelInfo, Predictions, TextsRequest, TitleRequest
from serve.api.ports import LoadScorer
from serve.api.remarks import documented_warning, warn
from serve.api.service import Health, create_service
from serve.api.settings import ApiSettings
from serve.api.switch import ModelSwitch

DESCRIPTION = "Predicts how negative, neutral or positive a crypto headline is for the market."


def create_model_api(settings: ApiSettings, load_predictor: LoadScorer) -> FastAPI:
    """Create the model API. It is alive at once, and ready when the artifact at `settings.model` is loaded.

    Args:
        settings: limits, and the folder of the artifact.
        load_predictor: folder of an artifact -> scorer; called again when the artifact changes.
    """
    switch = switch_for(settings, load_predictor)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with switch.watched(settings.model_poll_seconds):
            yield

    app = create_service("model", DESCRIPTION, settings, lifespan, partial(health_of, switch))
    _add_routes(app, switch, documented(settings, 400, 408, 413))
    return app


def switch_for(settings: ApiSettings, load_predictor: LoadScorer) -> ModelSwitch:
    """The switch over the artifact at `settings.model`, with the threads and the queue that the settings allow."""
    threads = settings.score_threads or available_cores()
    return ModelSwitch(settings.model, load_predictor, threads, settings.max_waiting)


def health_of(switch: ModelSwitch) -> Health:
    """Whether a model is loaded, and which."""
    if not switch.ready:
        return Health(ready=False, reason=switch.reason)
    # A newer artifact may have been refused: the older one keeps answering, and the reason is reported.
    return Health(ready=True, model_version=switch.current.card.version, reason=switch.reason)


def _add_routes(app: FastAPI, switch: ModelSwitch, bad_body: dict[int | str, dict[str, Any]]) -> None:
    @app.get("/", tags=["model"])
    async def model() -> ModelInfo:
        """Name and version of the current model, and its runtime."""
        scorer = switch.current
        return ModelInfo(name=scorer.card.name, model_version=scorer.card.version, runtime=scorer.runtime)

    @app.post("/classify", responses=bad_body | documented_warning(), tags=["model"])
    async def classify(request: TitleRequest, response: Response) -> ClassProbabilities:
        """Probability of each class for one title, whatever it is; a `Warning` says what is odd about it."""
        title, remarks = request.shortened()
        warn(response, remarks)
        return ClassProbabilities.of(await switch.score([title]))

    @app.post("/v1/predict", responses=bad_body, tags=["model"])
    async def predict(request: TextsRequest) -> Predictions:
        """Class probabilities of several titles, in their order, each independent of the others."""
        return Predictions.of(request.texts, await switch.score(request.texts))
