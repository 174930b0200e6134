import json
from pathlib import Path

from pipelines.studies.index import STUDIES, found_reports, paper

ROOT = Path(__file__).resolve().parents[3]


def write_report(reports: Path, corpus: str, study: str, **changes: str) -> None:
    folder = reports / corpus / study
    folder.mkdir(parents=True)
    words = {"title": f"Title of {study}", "question": "Is it?", "method": "We ask.", "finding": f"{corpus} says yes."}
    words |= {"figure": "figure.png", "caption": "A line.", "limits": "Much.", "study": study, "corpus": corpus}
    (folder / "summary.json").write_text(json.dumps(words | changes))
    run = {"command": f"dvc repro {study}", "date": "2026-01-02", "wall_seconds": 3.2, "cores": 2}
    (folder / "run.json").write_text(json.dumps(run))


def test_real_headlines_come_before_synthetic_ones_and_other_corpora_last(tmp_path: Path) -> None:
    for corpus in ("demo", "another", "cryptolin"):
        write_report(tmp_path, corpus, "market")
    assert list(found_reports(tmp_path)["market"]) == ["cryptolin", "demo", "another"]


def test_every_study_is_a_section_with_question_method_figure_and_the_finding_on_each_corpus(tmp_path: Path) -> None:
    write_report(tmp_path, "demo", "market")
    write_report(tmp_path, "demo", "checklist")
    write_report(tmp_path, "cryptolin", "checklist")
    text = "\n".join(paper(found_reports(tmp_path)))
    assert text.index("## 1. Title of checklist") < text.index("## 2. Title of market")
    assert "![A line.](cryptolin/checklist/figure.png)" in text
    assert "**Finding on CryptoLin.** cryptolin says yes. ([full report](cryptolin/checklist/report.md))" in text
    assert "**Finding on the demo corpus.** demo says yes." in text
    assert "| `dvc repro market` | 2026-01-02 | 3 | 2 |" in text


def test_every_study_with_parameters_has_its_place_in_the_paper() -> None:
    assert set(STUDIES) == {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
