"""Fixtures that several areas share: a tiny transformer backbone, the real corpora, empty stores."""

import fcntl
import gc
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine
    from typer.testing import Result

    from barometer.live.records import NewsTitle
    from barometer.models.base import Examples
    from barometer.models.tfidf import TfidfClassifier
    from barometer.models.transformer import TransformerClassifier
    from barometer.ship.quantise import StaticQuantiser

pytest_plugins = (
    "tests.servers.hub", "tests.servers.label_studio", "tests.servers.published", "tests.servers.tracking",
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[1]
REAL_CORPORA = ROOT.parent / "shared" / "corpora"

POSITIVE = ("surges", "rallies", "soars", "wins approval", "gains", "recovers", "jumps", "hits record high")
NEGATIVE = ("crashes", "plunges", "slumps", "faces lawsuit", "loses", "is hacked", "drops", "halts withdrawals")
NEUTRAL = ("explained", "publishes report", "holds conference", "names new officer", "schedules vote", "guide")
COINS = ("Bitcoin", "Ethereum", "Solana", "XRP", "Cardano", "Dogecoin", "Litecoin", "Polkadot", "Tron", "Chainlink")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what is imported out of the search for garbage, which statsmodels asks for at every call."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# Files that take longest, the longest first: what begins last should be short. Below `tests`.
LONGEST = (
    "pipelines/test_pipeline.py",
    "serve/space/test_space.py",
    "pipelines/flows/test_schedule.py",
    "barometer/live/annotation/test_exchange.py",
    "pipelines/test_snapshots.py",
    "barometer/ship/test_server.py",
    "serve/app/browser/test_news.py",
    "serve/app/browser/test_predict.py",
    "serve/app/browser/test_frame.py",
    "barometer/live/test_killed_crawl.py",
    "scripts/test_bench.py",
    "scripts/test_bench_app.py",
    "serve/app/browser/test_barometer.py",
    "barometer/test_defaults.py",
    "pipelines/studies/active_learning/test_run.py",
    "barometer/ship/test_registry.py",
    "serve/app/browser/test_prefix.py",
    "serve/app/browser/test_model.py",
    "pipelines/studies/augmentation/test_run.py",
    "pipelines/flows/test_refresh.py",
    "barometer/test_stream.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: many tests wait for another process."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the files (`--no-loadscope-reorder`), begin with the longest."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        order = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: order.get(item.path, len(order)))


def synthetic_headlines() -> list[tuple[str, int]]:
    """About 220 easy headlines with their classes: enough for a tiny model to learn from."""
    return [
        (f"{coin} {words} in week {week}", label)
        for label, phrases in enumerate((NEGATIVE, NEUTRAL, POSITIVE))
        for week, words in enumerate(phrases)
        for coin in COINS
    ]


@pytest.fixture(scope="session")
def headlines() -> list[tuple[str, int]]:
    """Easy headlines with classes 0, 1, 2, in a seeded random order."""
    rows = synthetic_headlines()
    order = np.random.default_rng(3).permutation(len(rows))
    return [rows[i] for i in order]


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a randomly initialised BERT (2 layers, 32 wide) and a WordPiece tokenizer for `headlines`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("backbone")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text for text, _ in synthetic_headlines()], trainer)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    fast.save_pretrained(folder)
    set_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def examples(headlines: list[tuple[str, int]]) -> "Examples":
    """`headlines` as training examples, each certain of its class."""
    from barometer.models.base import Examples

    texts = [text for text, _ in headlines]
    return Examples(texts, np.eye(3)[[label for _, label in headlines]], np.ones(len(texts)))


@pytest.fixture(scope="session")
def tiny_bert(tiny_backbone: Path, examples: "Examples") -> "TransformerClassifier":
    """A transformer of the project's own kind, fitted on `headlines` in a few seconds."""
    from barometer.models.transformer import build
    from barometer.settings import BackboneSettings

    settings = {
        "epochs": 2,
        "patience": 2,
        "batch_size": 16,
        "lr": 5e-3,
        "head_lr_factor": 1.0,
        "layer_decay": 1.0,
        "weight_decay": 0.0,
        "warmup_share": 0.1,
        "dropout": 0.1,
        "label_smoothing": 0.1,
        "freeze_embeddings": False,
        "frozen_layers": 0,
        "news_weight": 0.3,
        "precision": "32-true",
        "auxiliary": "none",
        "auxiliary_weight": 1.0,
        "auxiliary_epochs": 1,
    }
    model = build(settings, BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32), 0)
    model.fit(examples, examples)
    return model


@pytest.fixture(scope="session")
def tiny_tfidf(examples: "Examples") -> "TfidfClassifier":
    """A tf-idf model fitted on `headlines`."""
    return _fitted_tfidf(examples)


def _fitted_tfidf(examples: "Examples") -> "TfidfClassifier":
    from barometer.models.tfidf import build
    from barometer.settings import BackboneSettings

    settings = {"word_ngrams": [1, 2], "char_ngrams": [2, 4], "min_count": 2, "C": 3.0, "auxiliary_weight": 0.0}
    model = build(settings, BackboneSettings(name="none", source="none", max_length=32), 0)
    model.fit(examples, examples)
    return model


@pytest.fixture(scope="session")
def tiny_artifact(tiny_bert: "TransformerClassifier", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of `tiny_bert` in fp32, temperature 1.5."""
    files = tiny_bert.export((1.5, 1.0), tmp_path_factory.mktemp("fp32"))
    return _bert_artifact(files, "fp32", tmp_path_factory.mktemp("artifacts") / "bert")


@pytest.fixture(scope="session")
def tiny_quantiser(
    tiny_artifact: Path, tiny_bert: "TransformerClassifier", headlines: list[tuple[str, int]]
) -> "StaticQuantiser":
    """The quantiser of `tiny_bert`'s graph, calibrated on `headlines`."""
    from barometer.ship.export import feeds
    from barometer.ship.quantise import StaticQuantiser

    texts = [text for text, _ in headlines]
    return StaticQuantiser(tiny_artifact / "model.onnx", feeds(tiny_bert.tokenizer, texts))


@pytest.fixture(scope="session")
def int8_artifact(
    tiny_artifact: Path, tiny_quantiser: "StaticQuantiser", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The artifact of `tiny_bert` with every layer quantised."""
    graph = tmp_path_factory.mktemp("int8") / "int8.onnx"
    tiny_quantiser.write(graph)
    files = {"model.onnx": graph, "tokenizer.json": tiny_artifact / "tokenizer.json"}
    return _bert_artifact(files, "int8", tmp_path_factory.mktemp("artifacts") / "int8")


def _bert_artifact(files: dict[str, Path], precision: str, folder: Path) -> Path:
    from barometer.card import write_artifact

    write_artifact(
        folder,
        files,
        name="bert",
        model_input="tokens",
        max_length=32,
        precision=precision,
        calibration={"method": "temperature", "temperature": 1.5},
        metrics={},
        parity={"ranges": "static"},
        data_version="d",
        code_version="c",
    )
    return folder


@pytest.fixture(scope="session")
def tfidf_artifact(tiny_tfidf: "TfidfClassifier", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of `tiny_tfidf`, temperature 0.8."""
    return _tfidf_artifact(tiny_tfidf, tmp_path_factory)


@pytest.fixture(scope="session")
def weaker_artifact(examples: "Examples", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a tf-idf model fitted on a quarter of `headlines`."""
    fewer = type(examples)(examples.texts[::4], examples.targets[::4], examples.weights[::4])
    return _tfidf_artifact(_fitted_tfidf(fewer), tmp_path_factory)


def _tfidf_artifact(model: "TfidfClassifier", tmp_path_factory: pytest.TempPathFactory) -> Path:
    from barometer.card import write_artifact

    folder = tmp_path_factory.mktemp("artifacts") / "tfidf"
    write_artifact(
        folder,
        model.export((0.8, 1.0), tmp_path_factory.mktemp("graphs")),
        name="tfidf",
        model_input="text",
        max_length=None,
        precision="fp32",
        calibration={"method": "temperature", "temperature": 0.8},
        metrics={},
        parity={},
        data_version="d",
        code_version="c",
    )
    return folder


@pytest.fixture(scope="module")
def no_garbage_search() -> Iterator[None]:
    """Spare statsmodels the search through all that other tests hold, which it asks for at every Holm correction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda generation=2: 0)
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Has a folder of this name filled by the first process of the run that asks: `once(name, fill)` gives it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def share(name: str, fill: Callable[[Path], None]) -> Path:
        folder = base / f"once-{name}"
        with (base / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                made = tmp_path_factory.mktemp(name)
                fill(made)
                made.rename(folder)
        return folder

    return share


@pytest.fixture(scope="session")
def empty_registry(once: Callable[..., Path]) -> Path:
    """A file with MLflow's tables and nothing in them, to copy; making them takes seconds."""

    def make(folder: Path) -> None:
        from barometer.ship.registry import Registry

        Registry("any", "any", f"sqlite:///{folder}/mlflow.db")

    return once("mlflow", make) / "mlflow.db"


@pytest.fixture
def real_corpora() -> Path:
    """The folder of real corpora; tests that ask for it are marked `real_data`."""
    if not REAL_CORPORA.is_dir():
        pytest.skip("the real corpora are not beside the repository")
    return REAL_CORPORA


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    """Run the test in an empty working folder."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


@pytest.fixture
def command(in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> "Callable[..., Result]":
    """Runs `barometer` in this process and an empty folder: `command("index", "--hours", "3", given="", NAME="value")`.

    Not for commands that become another program. Output is read as UTF-8; what a command does not catch is raised.
    """
    from typer.testing import CliRunner

    from barometer.cli.main import app

    monkeypatch.delenv("BAROMETER_MODEL", raising=False)

    def run(*words: str, given: str = "", **variables: str) -> "Result":
        return CliRunner().invoke(app, words, input=given, env=variables, catch_exceptions=False)

    return run


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator["URL"]:
    """A real PostgreSQL of the session's own, on a socket only; the URL is its maintenance database."""
    from sqlalchemy import make_url

    folder = Path(tempfile.mkdtemp(prefix="barometer-pg-", dir=_memory()))
    try:
        with _pgserver(folder / "data") if find_spec("pgserver") else _installed_postgresql(folder) as url:
            # Tests kill clients, never the server: it need not wait for the disk, nor keep what a crash would need.
            for setting in ("fsync = off", "max_wal_size = '64MB'"):
                _administer(make_url(url), f"ALTER SYSTEM SET {setting}")
            _administer(make_url(url), "SELECT pg_reload_conf()")
            yield make_url(url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """A folder in memory with room for a server, where the machine has one: each test writes a database of 8 MB."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 2**30 else None


@contextmanager
def _pgserver(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that containers do not have
        import pgserver

    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _installed_postgresql(folder: Path) -> Iterator[str]:
    """The machine's own binaries; PostgreSQL refuses to run as root, so root becomes its user."""
    found = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("neither pgserver nor PostgreSQL is installed")
    binaries = Path(found.stdout.strip())
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run([binaries / program, "-D", data, *arguments], check=True, user=user, stdout=subprocess.DEVNULL)

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-c listen_addresses='' -k {folder}", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "fast", "stop")


def _upgraded(url: str) -> None:
    from barometer.live.store.engine import open_engine
    from barometer.live.store.upgrade import upgrade

    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


def _administer(server: "URL", statement: str) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: "URL") -> str:
    """The name of a database with the store's tables, to copy."""
    _administer(postgresql_server, "CREATE DATABASE template_barometer")
    _upgraded(postgresql_server.set(database="template_barometer").render_as_string(hide_password=False))
    return "template_barometer"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the store's tables, to copy."""
    path = tmp_path_factory.mktemp("template") / "barometer.db"
    _upgraded(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgresql_url(postgresql_server: "URL", postgresql_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with the store's empty tables, for one test."""
    name = f"test_{uuid4().hex}"
    _administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield postgresql_server.set(database=name).render_as_string(hide_password=False)
    _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an SQLite file with the store's empty tables, for one test."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'barometer.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a store with empty tables: the test runs once on SQLite, once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(store_url: str) -> Iterator["Engine"]:
    """An engine on `store_url`."""
    from barometer.live.store.engine import open_engine

    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def make_title() -> "Callable[..., NewsTitle]":
    """Makes a headline to store: `make_title(text, pub_time, coins)`."""
    from barometer.headline import headline_id
    from barometer.live.records import NewsTitle

    def make(text: str, pub_time: datetime, coins: Iterable[str] = ()) -> NewsTitle:
        return NewsTitle(
            headline_id(text), text, "example", "https://example.org/a", pub_time, pub_time, frozenset(coins)
        )

    return make


@pytest.fixture(scope="session")
def save_scored(make_title: "Callable[..., NewsTitle]") -> "Callable[..., list[int]]":
    """Stores headlines with scores: `save_scored(engine, version, [(pub_time, positive, coins), ...])` gives the ids.

    What is not positive is shared by the two other classes, two parts negative.
    """
    from barometer.live.records import Prediction
    from barometer.live.store.engine import writing
    from barometer.live.store.predictions import save_predictions
    from barometer.live.store.titles import save_titles

    def save(engine: "Engine", version: str, rows: "Sequence[tuple[datetime, float, Iterable[str]]]") -> list[int]:
        titles = [make_title(f"Headline {uuid4()}", pub_time, coins) for pub_time, _, coins in rows]
        scores = [
            Prediction(title.title_id, ((1 - p) * 2 / 3, (1 - p) / 3, p))
            for title, (_, p, _) in zip(titles, rows, strict=True)
        ]
        with writing(engine) as connection:
            save_titles(connection, titles)
            save_predictions(connection, version, scores, datetime.now(UTC))
        return [title.title_id for title in titles]

    return save
