"""Public files come from a mirror or their address, are checked, and are not fetched twice."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from barometer.corpus import fetch
from barometer.corpus.fetch import CORPORA, Conversion, FetchError, PublicFile, agreeing_headlines, fetch_file

CONTENT = b"text,label\nBitcoin surges,Positive\n"


@dataclass
class Site:
    """A web server over a folder, and the paths it was asked for."""

    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    served = Site(tmp_path / "site")
    served.folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            served.asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=served.folder)) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(fetch.MIRROR, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a corpus with known content and no public address."""
    return publish(monkeypatch, None)


def publish(monkeypatch: pytest.MonkeyPatch, url: str | None) -> str:
    monkeypatch.setitem(CORPORA, "made_up", PublicFile("made_up.csv", sha256(CONTENT).hexdigest(), url, "MIT"))
    return "made_up"


def folder_with(path: Path, content: bytes = CONTENT) -> Path:
    path.mkdir(exist_ok=True)
    (path / "made_up.csv").write_bytes(content)
    return path


def test_the_public_address_gives_the_file(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_with(site.folder)
    found = fetch_file(publish(monkeypatch, f"{site.url}/made_up.csv"), tmp_path / "data")
    assert found == tmp_path / "data" / "made_up" / "made_up.csv"
    assert found.read_bytes() == CONTENT


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_mirror_may_be_an_url(site: Site, tmp_path: Path, made_up: str, slash: str) -> None:
    folder_with(site.folder)
    assert fetch_file(made_up, tmp_path / "data", site.url + slash).read_bytes() == CONTENT
    assert site.asked == ["/made_up.csv"]


def test_a_mirror_may_be_a_folder(tmp_path: Path, made_up: str) -> None:
    mirror = folder_with(tmp_path / "mirror")
    assert fetch_file(made_up, tmp_path / "data", str(mirror)).read_bytes() == CONTENT


def test_the_environment_names_the_mirror(tmp_path: Path, made_up: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_MIRROR", str(folder_with(tmp_path / "mirror")))
    assert fetch_file(made_up, tmp_path / "data").read_bytes() == CONTENT


def test_the_mirror_is_tried_first(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_with(site.folder)
    name = publish(monkeypatch, f"{site.url}/made_up.csv")
    fetch_file(name, tmp_path / "data", str(folder_with(tmp_path / "mirror")))
    assert site.asked == []


@pytest.mark.parametrize("bad", [b"tampered", None])
def test_the_public_address_replaces_failing_mirrors(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: bytes | None
) -> None:
    folder_with(site.folder)
    name = publish(monkeypatch, f"{site.url}/made_up.csv")
    mirror = tmp_path / "empty" if bad is None else folder_with(tmp_path / "mirror", bad)
    assert fetch_file(name, tmp_path / "data", str(mirror)).read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["folder", "url"])
def test_another_digest_is_refused(site: Site, tmp_path: Path, made_up: str, kind: str) -> None:
    folder_with(site.folder, b"tampered")
    mirror = str(site.folder) if kind == "folder" else site.url
    with pytest.raises(FetchError) as error:
        fetch_file(made_up, tmp_path / "data", mirror)
    message = str(error.value)
    assert f"{mirror}/made_up.csv: " in message
    assert sha256(CONTENT).hexdigest() in message
    assert "Set BAROMETER_MIRROR to a folder or base URL" in message
    assert not (tmp_path / "data" / "made_up" / "made_up.csv").exists()


@pytest.mark.parametrize("kind", ["folder", "url"])
def test_a_missing_file_names_its_address(site: Site, tmp_path: Path, made_up: str, kind: str) -> None:
    mirror = str(site.folder) if kind == "folder" else site.url
    reason = "no such file" if kind == "folder" else "404"
    with pytest.raises(FetchError, match="cannot fetch made_up") as error:
        fetch_file(made_up, tmp_path / "data", mirror)
    assert f"{mirror}/made_up.csv: " in str(error.value)
    assert reason in str(error.value)


def test_a_silent_server_is_an_error(tmp_path: Path, made_up: str) -> None:
    with pytest.raises(FetchError, match=r"http://127\.0\.0\.1:1/made_up\.csv: .*"):
        fetch_file(made_up, tmp_path / "data", "http://127.0.0.1:1")


def test_a_second_fetch_downloads_nothing(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_with(site.folder)
    name = publish(monkeypatch, f"{site.url}/made_up.csv")
    first = fetch_file(name, tmp_path / "data")
    asked = list(site.asked)
    assert len(asked) == 1
    assert fetch_file(name, tmp_path / "data") == first
    assert site.asked == asked


def test_a_file_put_there_is_enough(tmp_path: Path, made_up: str) -> None:
    with pytest.raises(FetchError, match="it has no public address") as error:
        fetch_file(made_up, tmp_path)
    target = tmp_path / "made_up" / "made_up.csv"
    assert f"put it at {target} yourself" in str(error.value)
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    assert fetch_file(made_up, tmp_path) == target


def test_a_spoilt_file_is_fetched_again(tmp_path: Path, made_up: str) -> None:
    mirror = folder_with(tmp_path / "mirror")
    target = fetch_file(made_up, tmp_path / "data", str(mirror))
    target.write_bytes(b"spoilt")
    assert fetch_file(made_up, tmp_path / "data", str(mirror)).read_bytes() == CONTENT


def test_an_unknown_corpus_lists_the_choices(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"unknown corpus 'criptolin'; expected one of cryptolin, .*fresh"):
        fetch_file("criptolin", tmp_path)


def convert_to(monkeypatch: pytest.MonkeyPatch, url: str, made: bytes) -> None:
    """Publish the corpus as something that is made from the file at `url`."""
    conversion = Conversion(sha256(b"public").hexdigest(), lambda public: made + public[:0])
    file = PublicFile("made_up.csv", sha256(CONTENT).hexdigest(), url, "MIT", conversion)
    monkeypatch.setitem(CORPORA, "made_up", file)


def test_public_files_become_a_corpus(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.folder / "public.csv").write_bytes(b"public")
    convert_to(monkeypatch, f"{site.url}/public.csv", CONTENT)
    assert fetch_file("made_up", tmp_path / "data").read_bytes() == CONTENT
    assert fetch_file("made_up", tmp_path / "data").read_bytes() == CONTENT
    assert site.asked == ["/public.csv"]


def test_mirrors_hold_the_finished_corpus(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert_to(monkeypatch, f"{site.url}/public.csv", b"")
    folder_with(site.folder)
    assert fetch_file("made_up", tmp_path / "data", site.url).read_bytes() == CONTENT
    assert site.asked == ["/made_up.csv"]


@pytest.mark.parametrize("public", [b"public", b"tampered"])
def test_a_wrong_conversion_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: bytes
) -> None:
    (site.folder / "public.csv").write_bytes(public)
    convert_to(monkeypatch, f"{site.url}/public.csv", b"another corpus")
    with pytest.raises(FetchError, match="sha256"):
        fetch_file("made_up", tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.real_data
def test_cryptolin_comes_through_a_folder_mirror(real_corpora: Path, tmp_path: Path) -> None:
    found = fetch_file("cryptolin", tmp_path, str(real_corpora))
    assert found.read_bytes() == (real_corpora / "CryptoLin_IE.csv").read_bytes()
    assert found == tmp_path / "cryptolin" / "CryptoLin_IE.csv"


PUBLIC = """S No.,Title,Decisions,Words
1,Acme  to build plant,{'Acme': 'positive'},4
2,"Acme up, Bolt down","{'Acme': 'positive', 'Bolt': 'negative'}",4
3,Acme and Bolt sued,"{'Acme': 'negative', 'Bolt': 'negative'}",4
4,Eve's shop opens,"{'Eve's shop': 'positive'}",3
5,Acme meets,{},2
6,Acme waits,{'Acme': 'unsure'},2
"""


def test_headlines_whose_entities_agree() -> None:
    rows = list(csv.DictReader(io.StringIO(agreeing_headlines(PUBLIC.encode()).decode())))
    assert [(row["text"], row["label"], row["n_entities"], row["entity_labels"]) for row in rows] == [
        ("Acme to build plant", "1", "1", "positive"),
        ("Acme and Bolt sued", "-1", "2", "negative"),
    ]
    assert {(row["source"], row["date"]) for row in rows} == {("SEntFiN", "")}


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="columns text, label; expected Title and Decisions"):
        agreeing_headlines(b"text,label\na,1\n")
