import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_two_people_click_without_an_error(int8_artifact: Path, tmp_path: Path) -> None:
    news = tmp_path / "news.csv"
    rows = [f"2026-01-{day:02},a.example,Bitcoin rallies on day {day}" for day in range(1, 29)]
    news.write_text("\n".join(["date,source,text", *rows]), encoding="utf-8")
    options = [
        "--model",
        str(int8_artifact),
        "--headlines",
        str(news),
        "--people",
        "2",
        "--seconds",
        "3",
        "--pause",
        "0.1",
        "--visits",
        "2",
        "--tries",
        "10",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench_app", *options], cwd=ROOT, capture_output=True, text=True, check=True
    )
    clicks, errors = re.findall(r"^\| 2 people, all clicks \| (\d+) \| (\d+) \|", done.stdout, re.MULTILINE)[0]
    assert int(clicks) > 5
    assert int(errors) == 0, done.stdout
    assert re.search(r"^\| browser to gauge, first visit \| 1 \| 0 \| [\d]+ \|", done.stdout, re.MULTILINE)
