"""Downloads are whole, right and made once; what was cut goes on."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from barometer.corpus.downloads import DownloadError, Downloads

CONTENT = bytes(range(256)) * 100
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path / "kept", tqdm(disable=True))


def test_a_file_is_downloaded_once(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"] = CONTENT
    for digest in ("", DIGEST):
        assert downloads.get(f"{hub.url}/a", "origin/a", digest).read_bytes() == CONTENT
    assert hub.asked == ["/a"]
    assert [path.name for path in (downloads.folder / "origin").iterdir()] == ["a"]


def test_a_cut_download_goes_on(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"], hub.cuts["/a"] = CONTENT, [1000, 5000]
    assert downloads.get(f"{hub.url}/a", "a", DIGEST).read_bytes() == CONTENT
    assert hub.asked == ["/a", "/a bytes=1000-", "/a bytes=5000-"]


def test_the_next_run_resumes(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"], hub.cuts["/a"] = CONTENT, [1000, 1500, 2000]
    with pytest.raises(DownloadError, match=r"interrupted .*the next run resumes"):
        downloads.get(f"{hub.url}/a", "a")
    assert not (downloads.folder / "a").exists()
    assert Downloads(downloads.folder, tqdm(disable=True)).get(f"{hub.url}/a", "a").read_bytes() == CONTENT
    assert hub.asked[-1] == "/a bytes=2000-"


def test_without_ranges_it_begins_again(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"], hub.cuts["/a"], hub.serves_ranges = CONTENT, [1000], False
    assert downloads.get(f"{hub.url}/a", "a").read_bytes() == CONTENT


def test_a_left_over_beyond_the_end(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"] = CONTENT
    downloads.folder.mkdir()
    (downloads.folder / "a.part").write_bytes(CONTENT + b"more")
    assert downloads.get(f"{hub.url}/a", "a", DIGEST).read_bytes() == CONTENT
    assert hub.asked[-1] == "/a"


def test_another_digest_is_refused(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"] = b"tampered"
    with pytest.raises(DownloadError, match=rf"sha256 is {sha256(b'tampered').hexdigest()}; expected {DIGEST}"):
        downloads.get(f"{hub.url}/a", "a", DIGEST)
    assert list(downloads.folder.iterdir()) == []


def test_a_spoilt_file_is_replaced(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"] = CONTENT
    downloads.get(f"{hub.url}/a", "a", DIGEST).write_bytes(b"spoilt")
    assert downloads.get(f"{hub.url}/a", "a", DIGEST).read_bytes() == CONTENT


def test_a_wrong_left_over_heals(hub: Any, downloads: Downloads) -> None:
    hub.files["/a"] = CONTENT
    downloads.folder.mkdir()
    (downloads.folder / "a.part").write_bytes(b"of another file")
    with pytest.raises(DownloadError, match="sha256"):
        downloads.get(f"{hub.url}/a", "a", DIGEST)
    assert downloads.get(f"{hub.url}/a", "a", DIGEST).read_bytes() == CONTENT


def test_a_missing_file_names_the_reason(hub: Any, downloads: Downloads) -> None:
    with pytest.raises(DownloadError, match="404"):
        downloads.get(f"{hub.url}/a", "a")


def test_a_silent_host_is_asked_once(downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("a", "b"):
        with pytest.raises(DownloadError, match=r"127\.0\.0\.1:1 cannot be reached"):
            downloads.get(f"http://127.0.0.1:1/{name}", name)
    assert not (downloads.folder / "b.part").exists()


def test_only_the_web_is_asked(downloads: Downloads, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for downloads")
    with pytest.raises(DownloadError, match="expected an address of http or https"):
        downloads.get((tmp_path / "secret").as_uri(), "a")
