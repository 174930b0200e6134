"""The steps follow the registry: what is pulled scores next, and its scores are shown."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from barometer.card import read_card
from barometer.ship.registry import ARTIFACT_PATH, Registry
from barometer.ship.serving import pull
from pipelines.flows.settings import load_production
from pipelines.flows.steps import crawl, score

Configure = Callable[..., Path]


@pytest.mark.slow
def test_scoring_follows_the_champion_and_back(
    configure: Configure,
    shown: Callable[[str], str | None],
    sqlite_url: str,
    in_folder: Path,
    tfidf_artifact: Path,
    tiny_artifact: Path,
    empty_registry: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(empty_registry, in_folder)
    registry = Registry("sentiment", "experiment", f"sqlite:///{in_folder}/mlflow.db")
    for artifact in (tfidf_artifact, tiny_artifact):
        run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
        registry.register(run, read_card(artifact).version)
    config = configure(sqlite_url)
    monkeypatch.setenv("BAROMETER_MODEL", "champion")
    work = load_production(config)
    crawl(work)
    scored = []
    for number in "121":
        registry.promote(registry.find(number))
        version = pull(registry).version
        scored.append(score(work))
        assert shown(sqlite_url) == version == registry.find(number).model_version
    assert scored == [4, 4, 0]
