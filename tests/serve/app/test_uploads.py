from pathlib import Path

import pytest

from serve.app.uploads import Uploads


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_client_keeps_an_eighth(folder: Path) -> None:
    uploads = Uploads(max_bytes=80_000)
    other = uploads.add("other", "a.csv", b"x" * 5000)
    own = [uploads.add("greedy", "a.csv", b"y" * 5000) for _ in range(50)]
    assert [str(path) in uploads for path in own] == [False] * 48 + [True] * 2
    assert str(other) in uploads and other.read_bytes() == b"x" * 5000
    assert on_disk(folder) == 15_000


def test_disk_use_is_bounded_for_all(folder: Path) -> None:
    uploads = Uploads(max_bytes=80_000)
    paths = [uploads.add(f"client {number}", "a.csv", b"x" * 6000) for number in range(100)]
    assert [path.exists() for path in paths] == [False] * 87 + [True] * 13
    for number in range(100):
        uploads.add(f"client {number}", "empty.csv", b"")
    assert len(list(folder.rglob("*.csv"))) <= 80_000 // 4096, "empty files take room, too"


def test_files_go_after_ten_minutes() -> None:
    clock = Clock()
    uploads = Uploads(80_000, clock)
    first = uploads.add("a", "a.csv", b"1")
    clock.now += 601
    second = uploads.add("b", "b.csv", b"2")
    assert (first.exists(), second.exists()) == (False, True)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("news.csv", ".csv"),
        ("NEWS.CSV", ".csv"),
        ("../../etc/passwd", ""),
        ("a.b/../c", ""),
        ("x.csv\0.py", ".py"),
        ("", ""),
    ],
)
def test_only_the_ending_is_kept(folder: Path, name: str, suffix: str) -> None:
    path = Uploads(80_000).add("a", name, b"1")
    assert path.suffix == suffix and path.resolve().is_relative_to(folder.resolve())
    assert path.stem not in name


def test_folder_goes_with_its_owner(folder: Path) -> None:
    uploads = Uploads(80_000)
    uploads.add("a", "a.csv", b"1")
    assert on_disk(folder) == 1
    del uploads
    assert list(folder.iterdir()) == []
