"""Lists of ids find their texts again: at hand, on a mirror, in public repositories."""

import csv
import io
import json
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from barometer.corpus import fetch_news as module
from barometer.corpus.fetch import FetchError
from barometer.corpus.fetch_news import Fetched, fetch_fresh, fetch_lists, fetch_news, fetch_unlabelled
from barometer.corpus.origins import Hosts, Origin, TitleFile
from barometer.headline import headline_id

WIRE = b"date,title\n2024-05-17,Bitcoin <b>surges</b>\n2024-05-18,Ether falls\n2024-05-19,Nobody asked\n"
HOURS = {"01/news_1.csv": b"date,title\n2025-07-01,Solana halts\n", "01/news_2.csv": b""}


def archive(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as stream:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"repository-c1/{name}")
            entry.size = len(content)
            stream.addfile(entry, io.BytesIO(content))
    return target.getvalue()


ORIGINS = {
    "wire": Origin(
        "wire",
        "owner/wire",
        "MIT",
        (TitleFile("c0", "csv", "title", "date", path="wire.csv", sha256=sha256(WIRE).hexdigest()),),
        ("Owner's wire",),
    ),
    "hours": Origin("hours", "owner/hours", "", (TitleFile("c1", "archive", "title", "date", members=("*.csv",)),)),
}
WIRE_PATH, HOURS_PATH = "/owner/wire/c0/wire.csv", "/owner/hours/tar.gz/c1"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Lists of votes, whose headlines come from two origins and from none."""
    folder = tmp_path / "data"
    origins = {
        "Bitcoin surges": "Owner's wire",
        "Ether falls": "wire",
        "Solana halts": "hours",
        "Lost": "",
        "XRP": "gone",
    }
    votes = "annotator,label,news,hard"
    write_list(folder, "origins", "origin", {title: [origin] for title, origin in origins.items()})
    write_list(
        folder,
        "news",
        votes,
        {"Bitcoin surges": ["a,2,1,0", "b,1,1,1"], "Solana halts": ["a,0,1,0"], "Lost": ["a,0,0,0"]},
    )
    write_list(folder, "yardstick", votes, {"Ether falls": ["a,0,1,0"]})
    write_list(folder, "pool", "", {"XRP": [""]})
    return folder


def write_list(data: Path, name: str, columns: str, rows: Mapping[str, list[str]]) -> None:
    path = data / "standoff" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"id,{columns}", *(f"{headline_id(text)},{row}" for text, said in rows.items() for row in said)]
    path.write_text("".join(f"{line.rstrip(',')}\n" for line in lines), encoding="utf-8")


def publish(hub: Any) -> None:
    hub.files |= {WIRE_PATH: WIRE, HOURS_PATH: archive(HOURS)}


def fetch(hub: Any, data: Path, mirror: str | None = None) -> Fetched:
    return fetch_news(data, mirror, data.parent / "downloads", ORIGINS, Hosts(hub.url, hub.url))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_texts_come_from_their_origins(hub: Any, data: Path) -> None:
    publish(hub)
    found = fetch(hub, data)
    assert found.problems == []
    first = {"text": "Bitcoin surges", "date": "2024-05-17", "source": "", "news": "1"}
    assert rows(data / "news" / "news.csv") == [
        first | {"annotator": "a", "label": "2", "hard": "0"},
        first | {"annotator": "b", "label": "1", "hard": "1"},
        {
            "text": "Solana halts",
            "date": "2025-07-01",
            "source": "",
            "annotator": "a",
            "label": "0",
            "news": "1",
            "hard": "0",
        },
    ]
    assert [row["text"] for row in rows(data / "yardstick" / "yardstick.csv")] == ["Ether falls"]


def test_what_is_missing_is_counted(hub: Any, data: Path) -> None:
    publish(hub)
    found = fetch(hub, data)
    written = json.loads((data / "news" / "coverage.json").read_text())
    assert written["news"] == {
        "wanted": 3,
        "found": 2,
        "by_origin": {
            "wire": {"wanted": 1, "found": 1},
            "hours": {"wanted": 1, "found": 1},
            "unknown": {"wanted": 1, "found": 0},
        },
    }
    assert written["pool"]["found"] == 0
    assert json.loads((data / "yardstick" / "coverage.json").read_text())["yardstick"]["found"] == 1
    assert not (data / "pool").exists()
    assert set(found.files) == {"news", "yardstick"}


def test_a_missing_origin_is_not_fatal(hub: Any, data: Path) -> None:
    hub.files[WIRE_PATH] = WIRE
    found = fetch(hub, data)
    assert found.coverage["news"].by_origin["hours"] == (1, 0)
    [problem] = found.problems
    assert (problem.origin, problem.address) == ("hours", f"{hub.url}{HOURS_PATH}")
    assert "404" in problem.reason


def test_a_wrong_digest_drops_its_origin(hub: Any, data: Path) -> None:
    publish(hub)
    hub.files[WIRE_PATH] = WIRE + b"2024-05-20,Added\n"
    found = fetch(hub, data)
    assert found.coverage["news"].by_origin["wire"] == (1, 0)
    assert [problem.origin for problem in found.problems] == ["wire"]
    assert "sha256" in found.problems[0].reason


def test_a_broken_archive_is_fetched_again(hub: Any, data: Path) -> None:
    publish(hub)
    hub.files[HOURS_PATH] = archive(HOURS)[:-20]
    assert fetch(hub, data).problems[0].origin == "hours"
    publish(hub)
    assert fetch(hub, data).coverage["news"].found == 2


def test_nothing_is_fetched_twice(hub: Any, data: Path) -> None:
    publish(hub)
    fetch(hub, data)
    before = (data / "news" / "news.csv").read_bytes()
    asked = list(hub.asked)
    assert sorted(asked) == sorted([WIRE_PATH, HOURS_PATH])
    fetch(hub, data)
    assert hub.asked == asked
    assert (data / "news" / "news.csv").read_bytes() == before


def test_downloads_serve_another_data_folder(hub: Any, data: Path) -> None:
    publish(hub)
    fetch(hub, data)
    asked = list(hub.asked)
    for name in ("news", "yardstick"):
        (data / name / f"{name}.csv").unlink()
    assert fetch(hub, data).coverage["news"].found == 2
    assert hub.asked == asked


def write_mirror(folder: Path) -> Path:
    folder.mkdir()
    (folder / "train_pool.csv").write_text("text,date,source,origin\nXRP,2020-01-02,CoinWire,gone\nLost,,,\n")
    (folder / "train_2018_extra.csv").write_text("text\nSolana  HALTS\n")
    return folder


def test_a_mirror_may_be_a_folder(hub: Any, data: Path, tmp_path: Path) -> None:
    hub.files[WIRE_PATH] = WIRE
    found = fetch(hub, data, str(write_mirror(tmp_path / "mirror")))
    assert hub.asked == [WIRE_PATH]  # the other origin's title was on the mirror
    assert found.coverage["news"].found == 3
    assert rows(data / "pool" / "pool.csv") == [{"text": "XRP", "date": "2020-01-02", "source": "CoinWire"}]


def test_a_mirror_may_be_a_url(hub: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in write_mirror(tmp_path / "mirror").iterdir():
        hub.files[f"/mirror/{path.name}"] = path.read_bytes()
    hub.files[WIRE_PATH] = WIRE
    monkeypatch.setenv("BAROMETER_MIRROR", f"{hub.url}/mirror/")
    assert fetch(hub, data).coverage["news"].found == 3
    assert {path for path in hub.asked if path.startswith("/owner")} == {WIRE_PATH}


def test_without_any_text_it_fails(hub: Any, data: Path) -> None:
    with pytest.raises(FetchError, match=r"not one text of news, yardstick, pool") as error:
        fetch(hub, data)
    assert "404" in str(error.value) and "Set BAROMETER_MIRROR" in str(error.value)
    assert not (data / "news").exists()


def test_without_lists_it_fails(hub: Any, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"no lists of headlines at .*standoff; `dvc pull data.dvc`"):
        fetch(hub, tmp_path)


def test_a_list_without_ids_fails(hub: Any, data: Path) -> None:
    (data / "standoff" / "pool.csv").write_text("text\nXRP\n")
    with pytest.raises(FetchError, match=r"pool\.csv has no column 'id'"):
        fetch(hub, data)


def test_fresh_votes_join_what_is_there(hub: Any, data: Path, tmp_path: Path) -> None:
    write_list(data, "fresh", "annotator_1,annotator_2", {"XRP": ["2,1"], "Nobody wrote this": ["0,0"]})
    found = fetch_fresh(data, str(write_mirror(tmp_path / "mirror")), tmp_path / "downloads")
    assert (found.coverage["fresh"].found, found.coverage["fresh"].wanted) == (1, 2)
    expected = {"text": "XRP", "date": "2020-01-02", "source": "CoinWire", "annotator_1": "2", "annotator_2": "1"}
    assert rows(data / "fresh" / "fresh.csv") == [expected]


def test_unlabelled_says_who_has_it(hub: Any, data: Path) -> None:
    with pytest.raises(FetchError, match="it has no public address; only a mirror has it"):
        fetch_unlabelled(data)


def test_unlabelled_is_put_together(hub: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub)
    write_list(data, "unlabelled", "", {"Ether falls": [""], "Lost": [""]})
    monkeypatch.setattr(module, "load_origins", lambda: ORIGINS)
    monkeypatch.setattr(module, "Hosts", lambda: Hosts(hub.url, hub.url))
    found = fetch_unlabelled(data, downloads=data.parent / "downloads")
    assert found.coverage["unlabelled"].found == 1
    [row] = rows(data / "unlabelled" / "headlines_unlabelled.csv")
    assert row == {"text": "Ether falls", "date": "2024-05-18", "source": ""}


@pytest.mark.slow
@pytest.mark.real_data
def test_the_shared_corpora_are_a_mirror(real_corpora: Path, tmp_path: Path) -> None:
    with (real_corpora / "real_votes.csv").open(encoding="utf-8", newline="") as stream:
        votes = [(row["text"], f"{row['annotator']},{row['label']}") for row in csv.DictReader(stream)][:3000]
    write_list(tmp_path, "news", "annotator,label", {text: [vote] for text, vote in votes})
    found = fetch_lists(("news",), tmp_path, str(real_corpora), tmp_path / "downloads", {})
    assert found.problems == []
    assert (
        found.coverage["news"].found == found.coverage["news"].wanted == len({headline_id(text) for text, _ in votes})
    )
