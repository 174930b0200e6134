"""A copy of the project that runs the whole pipeline in little time: small corpus, tiny backbone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

LEFT_OUT = ("tests/", "reports/", "dvc-remote/", "data.dvc", "models/fast.dvc")  # of the working tree

# What makes the pipeline small: file under conf/, and the lines that replace those of the same key.
SMALL = {
    "model/default.yaml": ("  epochs: 6", "  lr: 0.01", "  freeze_embeddings: false"),
    "config.yaml": ("  bootstrap_samples: 100", "  release: null"),
    "split/default.yaml": ("folds: 3", "near_duplicate_similarity: 0.97"),
}

# The same for the studies: what differs from conf/experiment/NAME.yaml.
SMALL_STUDIES: dict[str, dict[str, Any]] = {
    "checklist": {"cases": 20, "bootstrap_samples": 100, "minimum_functionality": 0.99},  # a tiny model reads little
    "drift": {
        "reference": {"corpora": ["demo"], "sources": None, "since": None, "until": "median", "labelled": None},
        "newer": {"corpora": ["demo"], "sources": None, "since": "median", "until": None, "labelled": None},
        "one_source": None,
        "min_texts": 20,
        "near_duplicate_similarity": 0.97,
        "permutations": 19,
    },
    "augmentation": {
        "methods": ["repeat", "delete", "coin_swap"],
        "train_size": 60,
        "seeds": 2,
        "checklist_cases": 20,
    },
    "active_learning": {
        "pool": 120,
        "initial": 20,
        "labels": 80,
        "seeds": 3,
        "passes": 5,
        "strategies": ["random", "least_confidence", "bald"],
        "main_query_size": 20,
        "learners": {"head": {"query_sizes": [20]}, "tfidf": {"query_sizes": [20]}},
    },
    "learning_curve": {
        "models": {
            "tfidf": {"sizes": [30, 60, 90, "all"], "seeds": 2},
            "bert": {"sizes": [30, 60, 90], "seeds": 2},
        },
        "validation": 30,
        "min_steps": 5,
    },
    "label_quality": {"flip_repeats": 1},
    "market": {"min_headlines": 1, "resamples": 100, "trained": "keep"},
}


class Project:
    """A git repository with a DVC project in it, and how to run commands there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = Path(sys.executable).parent
        self.environment = os.environ | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}",  # its own copy of the library
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "DVC_NO_ANALYTICS": "1",
        }

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder; its output is in the failure's message."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def commit(self, message: str) -> None:
        """Commit everything that git does not ignore."""
        self.run("git", "add", "-A")
        self.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", message)


def write_conf(conf: Path, backbone: Path) -> None:
    """Replace the backbone by the tiny one and the lines that SMALL names."""
    (conf / "backbone" / "minilm.yaml").write_text(f"name: tiny\nsource: {backbone}\nmax_length: 32\n")
    for name, lines in SMALL.items():
        text = (conf / name).read_text()
        for line in lines:
            key = line.split(":")[0]
            text, found = re.subn(rf"^{key}:.*$", line, text, flags=re.MULTILINE)
            assert found == 1, f"conf/{name} has {found} lines for {key!r}"
        (conf / name).write_text(text)
    for name, changes in SMALL_STUDIES.items():
        path = conf / "experiment" / f"{name}.yaml"
        content = yaml.safe_load(path.read_text()) | changes
        path.write_text(f"# @package experiment.{name}\n{yaml.safe_dump(content)}")


def write_market(folder: Path) -> None:
    """Prices and an index that walk at random over the dates of the corpus."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(5)
    days = pd.date_range("2023-12-01", "2025-01-31").strftime("%Y-%m-%d")
    close = 40_000 * np.exp(np.cumsum(rng.normal(0, 0.02, len(days))))
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    pd.DataFrame({"date": days, **prices, "volume": 1.0}).to_csv(folder / "btc_daily.csv", index=False)
    index = rng.integers(20, 80, len(days))
    pd.DataFrame({"date": days, "fng": index, "class": "Neutral"}).to_csv(folder / "fear_greed.csv", index=False)


def write_corpus(folder: Path, headlines: list[tuple[str, int]]) -> None:
    """An expert part with dates, and a crowd part of three annotators, the last of whom errs on every fifth."""
    folder.mkdir(parents=True)
    table = pd.DataFrame(headlines, columns=["text", "label"])
    table["date"] = pd.date_range("2024-01-01", periods=len(table)).strftime("%Y-%m-%d")
    table["source"] = "test.example"
    half = len(table) // 2
    table[:half].to_csv(folder / "expert.csv", index=False)
    crowd = table[half:].reset_index(drop=True)
    for name in ("annotator_1", "annotator_2", "annotator_3"):
        crowd[name] = crowd["label"]
    crowd.loc[crowd.index % 5 == 0, "annotator_3"] = 1
    crowd.drop(columns="label").to_csv(folder / "crowd.csv", index=False)


def write_pairs(folder: Path) -> None:
    """Contrast pairs of coins that the corpus does not name, so that none is a near-duplicate of its headlines."""
    folder.mkdir(parents=True)
    coins = ("Monero", "Aptos", "Stellar", "Filecoin", "Toncoin", "Kaspa")
    moves = (
        ("was not hacked, founder insists", 2),
        ("was hacked, founder admits", 0),
        ("foundation publishes a survey", 1),
    )
    rows = [(f"{coin} {move}", label, f"p{i}", "denial") for i, coin in enumerate(coins) for move, label in moves]
    pd.DataFrame(rows, columns=["text", "label", "pair", "topic"]).to_csv(folder / "pairs.csv", index=False)


def write_yardstick(folder: Path, headlines: list[tuple[str, int]]) -> None:
    """What the corpus says of one coin, said of two, for the gate."""
    folder.mkdir(parents=True)
    said = [(*text.split(" in week")[0].split(" ", 1), label) for text, label in headlines]
    rows = [
        (f"{coin} {words}, {'Tron' if coin == 'Bitcoin' else 'Bitcoin'} {words}", label) for coin, words, label in said
    ]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(folder / "yardstick.csv", index=False)


@pytest.fixture(scope="session")
def make_project(
    tmp_path_factory: pytest.TempPathFactory, headlines: list[tuple[str, int]], tiny_backbone: Path
) -> Callable[[], Project]:
    """Make fresh copies of the working tree with the small corpus as its data."""

    def make() -> Project:
        folder = tmp_path_factory.mktemp("project")
        listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
        for name in listed.splitlines():
            if (ROOT / name).is_file() and not name.startswith(LEFT_OUT):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        write_corpus(folder / "data" / "demo", headlines)
        write_pairs(folder / "data" / "demo-pairs")
        write_yardstick(folder / "data" / "yardstick-written", headlines)
        # Stands for what `dvc pull teach` brings, since a frozen stage needs its output: a teacher that knows nothing.
        shutil.copy(folder / "conf" / "distil" / "no_teacher.csv", folder / "models" / "teacher" / "probabilities.csv")
        write_market(folder / "data" / "demo" / "market")
        project = Project(folder)
        project.run("git", "init", "-q")
        project.run("dvc", "add", "-q", "data")
        write_conf(folder / "conf", tiny_backbone)
        project.run("python", "-m", "pipelines.compose")
        project.commit("start")
        return project

    return make
