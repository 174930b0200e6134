"""What is served is a whole, checked version at every moment: while it changes, or the process that changes it dies."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from barometer.card import ArtifactError, read_card
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import ARTIFACT_PATH, RegisteredVersion, Registry
from barometer.ship.serving import KEPT, STORE, pull, served, stock

SERVED = Path("outputs/served")


def add(registry: Registry, artifact: Path, model_version: str = "") -> RegisteredVersion:
    run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
    return registry.register(run, model_version or read_card(artifact).version)


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, empty_registry: Path, tfidf_artifact: Path, tiny_artifact: Path
) -> Path:
    """A folder with a registry of two versions, the first of which is champion."""
    folder = tmp_path_factory.mktemp("registry")
    shutil.copy(empty_registry, folder)
    registry = Registry("sentiment", "experiment", f"sqlite:///{folder}/mlflow.db")
    registry.promote(add(registry, tfidf_artifact))
    add(registry, tiny_artifact)
    return folder


@pytest.fixture
def registry(filled: Path, in_folder: Path) -> Iterator[Registry]:
    """The registry in a copy of that folder, which is the working folder."""
    shutil.copytree(filled, in_folder, dirs_exist_ok=True)
    yield Registry("sentiment", "experiment", f"sqlite:///{in_folder}/mlflow.db")


def test_the_champion_is_served_first(registry: Registry, tfidf_artifact: Path) -> None:
    card = pull(registry)
    assert card == read_card(SERVED) == read_card(tfidf_artifact)
    assert SERVED.readlink() == Path(STORE, card.version)
    assert served() == card.version


def test_versions_go_forth_and_back(registry: Registry) -> None:
    first, second = (registry.find(number).model_version for number in "12")
    for wanted, expected in (
        ("2", second),
        ("champion", first),
        (second, second),
        ("challenger", second),
        ("1", first),
    ):
        assert pull(registry, wanted).version == expected == read_card(SERVED).version
    assert {path.name for path in SERVED.parent.joinpath(STORE).glob("[!.]*")} == {first, second}


def test_going_back_downloads_nothing(registry: Registry, in_folder: Path) -> None:
    pull(registry, "1")
    pull(registry, "2")
    shutil.rmtree(in_folder / "mlruns")
    assert pull(registry, "1").name == "tfidf"


def test_unknown_versions_are_named(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="sentiment has no version '7'"):
        pull(registry, "7")
    assert served() is None


def test_altered_artifacts_are_never_served(registry: Registry, in_folder: Path) -> None:
    pull(registry)
    for graph in in_folder.glob("mlruns/**/model.onnx"):
        graph.write_bytes(graph.read_bytes()[:-1] + b"?")
    with pytest.raises(ArtifactError, match="refused"):
        pull(registry, "2")
    assert read_card(SERVED).name == "tfidf"
    assert not list(SERVED.parent.joinpath(STORE).glob(".unfinished*"))


def test_other_models_under_a_number_are_refused(registry: Registry, tiny_artifact: Path) -> None:
    wrong = add(registry, tiny_artifact, "0123456789ab")
    with pytest.raises(
        ArtifactError, match=f"registered as model 0123456789ab, but holds {read_card(tiny_artifact).version}"
    ):
        pull(registry, wrong.number)


def test_a_spoilt_copy_is_fetched_anew(registry: Registry) -> None:
    version = pull(registry).version
    spoilt = SERVED.resolve() / "model.onnx"
    spoilt.write_bytes(b"spoilt")
    assert served() is None
    assert pull(registry).version == served() == version
    assert spoilt.read_bytes() == b"spoilt"  # a program may be reading it


def test_a_real_folder_is_left_alone(registry: Registry) -> None:
    SERVED.mkdir(parents=True)
    (SERVED / "mine").write_text("mine")
    with pytest.raises(RegistryError, match="outputs/served is a folder of its own"):
        pull(registry)
    assert (SERVED / "mine").read_text() == "mine"


def test_stocking_serves_nothing_yet(registry: Registry) -> None:
    pull(registry)
    assert stock(registry, registry.find("2")).name == "bert"
    assert read_card(SERVED).name == "tfidf"


def test_what_killed_processes_left_goes(registry: Registry) -> None:
    store = SERVED.parent / STORE
    (store / ".unfinished-abc" / "model").mkdir(parents=True)
    (SERVED.parent / ".unfinished-served").symlink_to("pulled/nowhere")
    pull(registry)
    assert {path.name for path in (*store.iterdir(), *SERVED.parent.iterdir())} == {
        ".lock", "served", STORE, read_card(SERVED).version
    }  # fmt: skip


def test_old_versions_make_room(registry: Registry) -> None:
    store = SERVED.parent / STORE
    for k in range(KEPT + 3):
        (store / f"old{k}").mkdir(parents=True)
        os.utime(store / f"old{k}", (k, k))
    pull(registry, "1")
    pull(registry, "2")
    kept = {path.name for path in store.glob("[!.]*")}
    assert kept == {f"old{k}" for k in range(3, KEPT + 3)} | {registry.find(n).model_version for n in "12"}


def test_both_move_with_their_folder(registry: Registry, in_folder: Path) -> None:
    pull(registry)
    shutil.move(in_folder / "outputs", in_folder / "elsewhere")
    assert read_card(in_folder / "elsewhere" / "served").name == "tfidf"


def test_readers_always_find_a_model(registry: Registry) -> None:
    pull(registry)
    stop, seen = threading.Event(), set()

    def read() -> int:
        count = 0
        while not stop.is_set():
            seen.add(read_card(SERVED.resolve()).name)
            count += 1
        return count

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pulls = [pool.submit(pull, registry, "12"[k % 2]) for k in range(20)]
        versions = {done.result().version for done in pulls}
        stop.set()
        assert all(reader.result() > 0 for reader in readers)
    assert seen == {"tfidf", "bert"} and len(versions) == 2
    assert len(list(SERVED.parent.joinpath(STORE).glob("[!.]*"))) == 2


KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from barometer.card import read_card
from barometer.ship.registry import Registry
from barometer.ship import serving
seed, uri = int(sys.argv[1]), sys.argv[2]
rng = random.Random(seed)
served = Path("outputs/served")
serving.pull(Registry("sentiment", "experiment", uri), "1")
for kill in range(30):
    process = os.fork()
    if process == 0:
        registry = Registry("sentiment", "experiment", uri)
        for k in range(1000):
            for copy in Path("outputs/pulled").glob("[0-9a-f]*"):  # so that there is something to download
                if copy.resolve() != served.resolve():
                    os.rename(copy, f"outputs/{rng.random()}")
            serving.pull(registry, "12"[k % 2])
    time.sleep(0.05 + rng.random() * 0.4)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    print(read_card(served).name)
print(serving.pull(Registry("sentiment", "experiment", uri), "2").name)
"""


@pytest.mark.slow
def test_kills_leave_old_or_new(registry: Registry, in_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLER, "3", registry.uri],
        cwd=in_folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split()
    assert len(lines) == 31 and set(lines) == {"tfidf", "bert"} and lines[-1] == "bert"
    assert not [*in_folder.glob("outputs/.unfinished*"), *in_folder.glob("outputs/pulled/.unfinished*")]


def test_cards_are_read_without_graphs(registry: Registry, tfidf_artifact: Path) -> None:
    assert registry.card(registry.find("1")) == json.loads((tfidf_artifact / "card.json").read_text())
