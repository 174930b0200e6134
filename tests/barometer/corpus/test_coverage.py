"""Coverage counts headlines by origin, and is read back beside its corpus."""

import json
from pathlib import Path

import pytest

from barometer.corpus.coverage import Coverage, read_coverage


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
    with pytest.raises(ValueError, match="says nothing of 'news'; barometer fetch news writes it anew"):
        read_coverage(tmp_path / "news")
