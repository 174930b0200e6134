import asyncio
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from barometer.card import CARD, MODEL, ModelCard, read_card
from barometer.predictor import Predictor
from serve.api.errors import NotReadyError
from serve.api.switch import ModelSwitch

pytestmark = pytest.mark.slow  # starts services on a real model


@pytest.fixture
def folder(int8_artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(int8_artifact, tmp_path / "model"))


@pytest.fixture
def switch(folder: Path) -> Iterator[ModelSwitch]:
    made = ModelSwitch(folder, Predictor.load, threads=2, max_waiting=8)
    made.refresh()
    yield made
    made.close()


def test_unchanged_model_is_not_reloaded(switch: ModelSwitch) -> None:
    before = switch.current
    switch.refresh()
    assert switch.current is before


def test_folder_rewritten_in_place_is_loaded(switch: ModelSwitch, folder: Path, tiny_artifact: Path) -> None:
    shutil.rmtree(folder)
    switch.refresh()
    assert switch.ready, "an empty place does not take the model away"
    shutil.copytree(tiny_artifact, folder)
    switch.refresh()
    assert switch.current.card.version == read_card(tiny_artifact).version
    assert switch.reason is None


def test_altered_artifact_is_refused(switch: ModelSwitch, folder: Path) -> None:
    version = switch.current.card.version
    (folder / MODEL).write_bytes(b"not what the card says")
    switch.refresh()
    assert switch.current.card.version == version
    assert "refused" in str(switch.reason)


def test_folder_changed_while_read_is_reread(folder: Path, tiny_artifact: Path) -> None:
    def load(place: Path) -> Predictor:
        loaded = Predictor.load(place)
        if (folder / CARD).read_bytes() != (tiny_artifact / CARD).read_bytes():
            shutil.copytree(tiny_artifact, folder, dirs_exist_ok=True)
        return loaded

    switch = ModelSwitch(folder, load, threads=1, max_waiting=1)
    switch.refresh()
    assert not switch.ready
    assert "changed while" in str(switch.reason)
    switch.refresh()
    assert switch.current.card.version == read_card(tiny_artifact).version
    switch.close()


class Gated:
    """The real predictor, behind a gate: answers when the gate is open."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor, self.card, self.runtime = predictor, predictor.card, predictor.runtime
        self.gate = threading.Event()
        self.gate.set()

    card: ModelCard
    runtime: str

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        assert self.gate.wait(30)
        return self.predictor.score(texts)


def test_request_keeps_its_model(folder: Path, tiny_artifact: Path) -> None:
    async def scenario() -> None:
        gated = Gated(Predictor.load(folder))
        switch = ModelSwitch(folder, lambda place: gated, threads=1, max_waiting=8)
        switch.refresh()
        gated.gate.clear()
        asked = asyncio.create_task(switch.score(["Bitcoin soars"]))
        await asyncio.sleep(0.05)
        switch._load = Predictor.load
        shutil.copytree(tiny_artifact, folder, dirs_exist_ok=True)
        await asyncio.to_thread(switch.refresh)
        assert switch.current.card.version != gated.card.version
        gated.gate.set()
        assert (await asked).model_version == gated.card.version
        assert (await switch.score(["Bitcoin soars"])).model_version == read_card(tiny_artifact).version
        switch.close()

    asyncio.run(scenario())


def test_too_many_waiting_requests_are_refused(folder: Path) -> None:
    async def scenario() -> None:
        gated = Gated(Predictor.load(folder))
        switch = ModelSwitch(folder, lambda place: gated, threads=1, max_waiting=2)
        switch.refresh()
        gated.gate.clear()
        waiting = [asyncio.create_task(switch.score(["a"])), asyncio.create_task(switch.score(["a", "b"]))]
        await asyncio.sleep(0.05)
        with pytest.raises(NotReadyError, match="too many"):
            await switch.score(["a"])
        gated.gate.set()
        assert [len(scores.probabilities) for scores in await asyncio.gather(*waiting)] == [1, 2]
        await switch.score(["a"])
        switch.close()

    asyncio.run(scenario())
