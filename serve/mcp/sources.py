"""What the tools ask: the data API's own functions on its store, and the model in use."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from serve.api.data_api import Clock, create_data_api, utc_now
from serve.api.model_api import health_of, switch_for
from serve.api.ports import LoadScorer, OpenStore
from serve.api.service import Health
from serve.api.settings import ApiSettings
from serve.api.switch import ModelSwitch


@dataclass(frozen=True, slots=True)
class Sources:
    """The data API, which is not served but asked in this process, and the model.

    Attributes:
        data: the data API.
        model: the current model; raises `NotReadyError` while there is none, and `reason` says why.
        poll_seconds: interval between checks of the model's folder.
    """

    data: FastAPI
    model: ModelSwitch
    poll_seconds: float

    def endpoint(self, path: str) -> Callable[..., Any]:
        """The function of the data API that answers a path.

        Raises:
            KeyError: if it has no such path.
        """
        return {route.path: route.endpoint for route in self.data.routes if isinstance(route, APIRoute)}[path]

    def health(self) -> Health:
        """Whether every tool can answer; it may block."""
        store: Health = self.data.state.health()
        model = health_of(self.model)
        return Health(
            ready=store.ready and model.ready,
            model_version=model.model_version,
            reason="; ".join(found.reason for found in (store, model) if found.reason) or None,
        )

    @asynccontextmanager
    async def opened(self, *, loaded: bool = False) -> AsyncIterator[None]:
        """Open the store and follow the model's folder while the block lasts.

        With `loaded` the model is loaded before the block starts; one that is missing or broken is no error.
        """
        async with self.data.router.lifespan_context(self.data):
            if loaded:
                await asyncio.to_thread(self.model.refresh)
            async with self.model.watched(self.poll_seconds):
                yield


def open_sources(
    settings: ApiSettings, open_store: OpenStore, load_scorer: LoadScorer, clock: Clock = utc_now
) -> Sources:
    """The sources that the settings name.

    Args:
        settings: limits, and the folder of the artifact.
        open_store: opens the store; called when the sources are opened.
        load_scorer: folder of an artifact -> scorer; called again when the artifact changes.
        clock: the current time in UTC.
    """
    data = create_data_api(settings, open_store, clock)
    return Sources(data, switch_for(settings, load_scorer), settings.model_poll_seconds)
