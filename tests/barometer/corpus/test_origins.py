"""The table of origins is complete, and every entry can be asked for."""

import csv
import json
import re
from pathlib import Path

import pytest

from barometer.corpus.origins import Coverage, Hosts, Origin, TitleFile, load_origins, origin_keys, read_coverage

ORIGINS = load_origins()
FILES = [(key, file) for key, origin in ORIGINS.items() for file in origin.files]


@pytest.mark.parametrize(("key", "file"), FILES)
def test_every_file_is_pinned(key: str, file: TitleFile) -> None:
    assert re.fullmatch("[0-9a-f]{40}", file.commit)
    if file.path:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    else:
        assert file.reader == "archive" and file.members


def test_names_belong_to_one_origin() -> None:
    names = [name for key, origin in ORIGINS.items() for name in (key, *origin.names)]
    assert len(names) == len(set(names)) == len(origin_keys(ORIGINS))


def test_addresses_name_the_commit() -> None:
    file, archive = TitleFile("c0ffee", "csv", path="data/a.csv"), TitleFile("c0ffee", "archive", members=("*.csv",))
    origin = Origin("a", "owner/name", "MIT", (file, archive))
    assert Hosts().address(origin, file) == "https://raw.githubusercontent.com/owner/name/c0ffee/data/a.csv"
    assert Hosts().address(origin, archive) == "https://codeload.github.com/owner/name/tar.gz/c0ffee"


@pytest.mark.real_data
def test_every_origin_in_use_is_known(real_corpora: Path) -> None:
    for name in ("real_votes.csv", "train_pool.csv", "headlines_unlabelled_origin.csv"):
        with (real_corpora / name).open(encoding="utf-8", newline="") as stream:
            used = {row["origin"] for row in csv.DictReader(stream)} - {""}
        assert used <= set(origin_keys(ORIGINS))


def test_headlines_count_once_by_origin() -> None:
    found = Coverage.of([1, 1, 2, 3, 4], {1, 4, 9}, {1: "wire", 2: "wire", 3: ""})
    assert found.by_origin == {"wire": (2, 1), "unknown": (2, 1)}
    assert (found.wanted, found.found) == (4, 2)


def test_a_corpus_has_its_own_coverage(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    assert read_coverage(folder) == {}
    folder.mkdir()
    written = {"news": Coverage.of([1, 2], {1}, {}).as_json(), "pool": {"wanted": 9}}
    (folder / "coverage.json").write_text(json.dumps(written))
    assert read_coverage(folder) == {"wanted": 2, "found": 1, "by_origin": {"unknown": {"wanted": 2, "found": 1}}}


@pytest.mark.parametrize("content", ["[]", "{}", '{"pool": {}}'])
def test_coverage_of_another_corpus_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "coverage.json").write_text(content)
    with pytest.raises(ValueError, match=r"has no entry for 'news'; `barometer fetch news` writes it again"):
        read_coverage(tmp_path / "news")
