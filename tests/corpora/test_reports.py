"""Committed files carry figures and words of their own, never the text of a real headline."""

import csv
import re
import subprocess
from pathlib import Path

import pytest

from barometer.headline import normalise_title

ROOT = Path(__file__).resolve().parents[2]
TEXT_COLUMN = {"CryptoLin_IE.csv": "news", "headlines_unlabelled.csv": "text", "sentfin_headlines.csv": "text"}
RUN = 7  # words in a row; the demo corpus and the templates share shorter runs with what people really write


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9$%.']+", normalise_title(text).casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


@pytest.mark.real_data
def test_no_document_quotes_real_headlines(real_corpora: Path) -> None:
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "reports", "docs"], cwd=ROOT)
    paths = [ROOT / name for name in listed.decode().splitlines() if not name.endswith(".png")]
    quoted = {
        run: path.name
        for path in paths
        if path.is_file()
        for line in path.read_text().splitlines()
        for run in runs(line)
    }
    for name, column in TEXT_COLUMN.items():
        with (real_corpora / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                found = runs(row[column]) & quoted.keys()
                assert not found, f"{row[column]!r} of {name} stands in {[quoted[run] for run in found]}"
