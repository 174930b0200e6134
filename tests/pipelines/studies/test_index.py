import json
from pathlib import Path

from pipelines.studies.index import found_reports, paper

NAMES = ["checklist", "drift", "market"]


def write_report(reports: Path, corpus: str, study: str, **changes: str) -> None:
    folder = reports / corpus / study
    folder.mkdir(parents=True)
    words = {"title": f"Title of {study}", "question": "Is it?", "method": "We ask.", "finding": f"{corpus} says yes."}
    words |= {"figure": "figure.png", "caption": "A line.", "limits": "Much.", "study": study, "corpus": corpus}
    (folder / "summary.json").write_text(json.dumps(words | changes))
    run = {"command": f"dvc repro study@{study}", "date": "2026-01-02", "wall_seconds": 3.2, "cores": 2}
    (folder / "run.json").write_text(json.dumps(run))


def test_real_headlines_come_first(tmp_path: Path) -> None:
    for corpus in ("demo", "another", "cryptolin"):
        write_report(tmp_path, corpus, "market")
    assert list(found_reports(tmp_path, NAMES)["market"]) == ["cryptolin", "demo", "another"]


def test_studies_are_sections_in_order(tmp_path: Path) -> None:
    write_report(tmp_path, "demo", "market")
    write_report(tmp_path, "demo", "checklist")
    write_report(tmp_path, "cryptolin", "checklist")
    text = paper(found_reports(tmp_path, NAMES))
    assert text.index("## 1. Title of checklist") < text.index("## 2. Title of market")
    assert "\n\n![A line.](cryptolin/checklist/figure.png)\n\n*On CryptoLin: A line.*\n\n" in text
    assert "**Finding on CryptoLin.** cryptolin says yes. ([full report](cryptolin/checklist/report.md))\n\n" in text
    assert "**Finding on the demo corpus.** demo says yes." in text
    assert "| `dvc repro study@market` | 2026-01-02 | 3 | 2 |\n" in text
    assert "drift" not in text


def test_a_study_is_found_by_key(tmp_path: Path) -> None:
    write_report(tmp_path, "demo", "adversarial_validation")
    assert list(found_reports(tmp_path, NAMES)) == ["adversarial_validation"]
