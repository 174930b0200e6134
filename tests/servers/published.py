"""What is published: a measured artifact with its encoder, a store with news, labels by id; and where to."""

import csv
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from barometer.card import read_card, write_artifact
from tests.servers.hub import TOKEN, Hub

ROOT = Path(__file__).resolve().parents[2]
DATA_CARD = ROOT / "docs" / "data-card-news.md"
NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


METRICS = {
    name: {
        "headlines": 1200, "accuracy": figure(accuracy), "macro_f1": figure(accuracy - 0.01),
        "calibration_error": figure(0.023), "log_loss": figure(0.459691), "recall_neutral": figure(0.65),
    }
    for name, accuracy in (("test", 0.813585), ("yardstick", 0.82), ("elsewhere", 0.7))
}  # fmt: skip


@pytest.fixture(scope="session")
def measured_artifact(int8_artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`int8_artifact` with figures and a corpus in its card."""
    folder = tmp_path_factory.mktemp("measured") / "model"
    before = read_card(int8_artifact)
    write_artifact(
        folder, {name: int8_artifact / name for name in before.files}, name="bert", model_input="tokens",
        max_length=before.max_length, precision="int8", calibration={**before.calibration, "news_threshold": 0.232},
        metrics=METRICS, parity=before.parity, data_version="d" * 8, code_version="c" * 8, corpus={"name": "news"},
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def encoder_file(tiny_backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What describes the encoder of `measured_artifact`."""
    config = json.loads((tiny_backbone / "config.json").read_text())
    kept = ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    facts = {"base_model": "ann/tiny", "licence": "apache-2.0", "config": {key: config[key] for key in kept}}
    path = tmp_path_factory.mktemp("encoder") / "tiny.yaml"
    path.write_text(yaml.safe_dump(facts))
    return path


@pytest.fixture(scope="session")
def published_store(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, save_scored: Callable[..., list[int]]
) -> Path:
    """The file of a store: 60 headlines of ten days, some of a coin, and a dropped one."""
    from barometer.live.records import DroppedTitle
    from barometer.live.store.engine import open_engine, writing
    from barometer.live.store.standing import activate_version
    from barometer.live.store.titles import save_dropped

    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("news") / "barometer.db"))
    engine = open_engine(f"sqlite:///{path}")
    save_scored(engine, "v", [(NOW - timedelta(hours=4 * n), n / 60, ("BTC",) * (n % 2)) for n in range(60)])
    with writing(engine) as connection:
        activate_version(connection, "v", NOW)
        save_dropped(connection, [DroppedTitle("Dropped headline", "example", "https://example.org", "words", NOW)])
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def label_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of labels by id, in the columns of `data/standoff`."""
    folder = tmp_path_factory.mktemp("standoff")
    tables = {
        "news": [["id", "annotator", "label", "news", "hard"], ["-12", "annotator_07", "1", "0", "1"]],
        "fresh": [["id", "annotator_1", "annotator_2"], ["12", "2", "0"], ["13", "1", "1"]],
        "origins": [["id", "origin"], ["-12", "owner/name"], ["12", ""], ["13", "Ualh/2024-04-05_24h_news.csv"]],
        "pool": [["id"], ["9223372036854775807"]],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.fixture
def logged_in(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hub:
    """The hub that this process uploads to, by Git LFS."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("barometer.hub.push.PAUSE_SECONDS", 0)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return hub
