import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from sqlalchemy import Engine

from barometer.hub.dataset_folder import count_labels, write_dataset_folder
from barometer.hub.folders import HubError
from barometer.live import index
from barometer.live.store.engine import open_engine, reading
from tests.servers.published import DATA_CARD, NOW

NAME = "ann/crypto-mood"
Write = Callable[..., dict[str, int]]


@pytest.fixture(scope="module")
def engine(published_store: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{published_store}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def folder(engine: Engine, label_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dataset")
    rows = write_dataset_folder(target, partial(reading, engine), label_folder, NAME, DATA_CARD, NOW)
    assert rows == {
        "index/hour": 89,
        "index/day": 20,
        "labels/fresh": 2,
        "labels/news": 1,
        "labels/origins": 3,
        "labels/pool": 1,
    }
    return target


def plain(path: Path) -> str:
    """All that a file says, with Parquet as text."""
    if path.suffix != ".parquet":
        return path.read_text(encoding="utf-8")
    file = pq.ParquetFile(path)
    return f"{file.schema_arrow.metadata} {file.metadata.metadata} {file.read().to_pylist()}"


def test_no_stored_title_is_published(folder: Path, published_store: Path) -> None:
    with closing(sqlite3.connect(published_store)) as store:
        kept = store.execute("SELECT title FROM news_titles UNION SELECT title FROM dropped_titles").fetchall()
    titles = {title for (title,) in kept}
    assert len(titles) == 61 and "Dropped headline" in titles
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 9
    for path in files:
        text = plain(path).casefold()
        assert [title for title in titles if title.casefold() in text] == [], path


def test_index_is_that_of_the_store(folder: Path, engine: Engine) -> None:
    table = pq.read_table(folder / "index" / "day.parquet").to_pylist()
    with reading(engine) as connection:
        for coin in (None, "BTC"):
            days = index.history(connection, "v", NOW - timedelta(days=20), NOW.replace(hour=0, minute=0), "day", coin)
            assert [(row["start"], row["value"], row["headlines"]) for row in table if row["coin"] == coin] == [
                (day.since, day.value, day.count) for day in reversed(days)
            ]


def test_labels_are_the_folders_bytes(folder: Path, label_folder: Path) -> None:
    assert {p.name: p.read_bytes() for p in label_folder.iterdir()} == {
        p.name: p.read_bytes() for p in (folder / "labels").iterdir()
    }


def test_card_names_every_file(folder: Path) -> None:
    _, front, text = (folder / "README.md").read_text().split("---\n", 2)
    metadata = yaml.safe_load(front)
    assert metadata["license"] == "mit"
    data = {config["data_files"] for config in metadata["configs"]}
    assert data == {str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix in {".csv", ".parquet"}}
    assert "from 2024-05-07 to 2024-05-16" in text and NAME in text and "{{" not in text
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert all((folder / link).is_file() for link in links)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("id,title\n1,Bitcoin soars\n", "column 'title' is unknown"),
        ("id,annotator\n1,Bitcoin soars\n", r":2: column annotator may hold a text"),
        ("id,label\n1,2\n2,bitcoin\n", r":3: column label may hold a text"),
        ("Bitcoin soars\n1\n", "column 'Bitcoin soars' is unknown"),
        ("label,id\n1,1\n", "expected id"),
        ("", "expected id"),
        ("id,label\n1\n", ":2 has 1 cells"),
        ("id\n1.5\n", ":2: column id"),
        ("id,origin\n" + "".join(f"{n},Coin {n} soars\n" for n in range(101)), ":102: column origin may hold a text"),
        ('id,label\n1,"2\n', "is not CSV"),
    ],
)
def test_labels_with_texts_are_refused(tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(table)
    with pytest.raises(HubError, match=f"^{re.escape(str(path))}.*{message}"):
        count_labels(path)


def test_empty_store_publishes_nothing(sqlite_url: str, label_folder: Path, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with pytest.raises(HubError, match="no model version yet"):
        write_dataset_folder(tmp_path / "new", partial(reading, engine), label_folder, NAME, DATA_CARD, NOW)
    engine.dispose()


def test_missing_labels_say_where_from(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with pytest.raises(HubError, match=r"`dvc pull data\.dvc`"):
        write_dataset_folder(tmp_path / "new", partial(reading, engine), tmp_path, NAME, DATA_CARD, NOW)
