"""Writes `reports/README.md`, the studies of all corpora as one short paper, from what each study says of itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.markdown import table
from pipelines.tables import read_json

REPORTS = Path("reports")
# In the order in which a reader asks: is the model right, does it hold, what would make it better, what is it good for?
STUDIES = (
    "checklist",
    "adversarial_validation",
    "augmentation",
    "active_learning",
    "learning_curve",
    "label_quality",
    "market",
)
# Real headlines before synthetic ones.
CORPORA = ("cryptolin", "together", "demo")
_NAMES = {"cryptolin": "CryptoLin", "demo": "the demo corpus", "together": "all labelled corpora"}
_OPENING = """# What the studies found

Seven questions to a sentiment model of crypto headlines, each with its method, a figure and an answer. Figures on
**CryptoLin** (2,683 real headlines of 2018 to 2022, labelled by people) come first; the **demo corpus** is synthetic,
so its figures measure a corpus as much as a model. Two models are compared: **tf-idf** (words and characters,
logistic regression) and **BERT** (MiniLM, fine-tuned; what ships). How well they do on held-out headlines is in
[the README](../README.md#results). Intervals are 95 %. This page and every page that it links are written by the
pipeline from the numbers beside them; none holds the text of a real headline.
"""


def found_reports(reports: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Summaries by study and corpus, with the run's record and the folder, in the order of STUDIES and CORPORA."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for study in STUDIES:
        for corpus in sorted((p.parent.parent.name for p in reports.glob(f"*/{study}/summary.json")), key=_rank):
            folder = reports / corpus / study
            content = read_json(folder / "summary.json") | {"run": read_json(folder / "run.json")}
            found.setdefault(study, {})[corpus] = content
    return found


def _rank(corpus: str) -> tuple[int, str]:
    return (CORPORA.index(corpus) if corpus in CORPORA else len(CORPORA), corpus)


def paper(reports: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """The lines of the page."""
    lines = [*_OPENING.splitlines(), ""]
    for number, (study, by_corpus) in enumerate(reports.items(), start=1):
        lines += [*_section(number, study, by_corpus), ""]
    return [*lines, "## How the studies were run", "", *_runs(reports)]


def _section(number: int, study: str, by_corpus: dict[str, dict[str, Any]]) -> Iterator[str]:
    first = next(iter(by_corpus))
    page = by_corpus[first]
    yield from (f"## {number}. {page['title']}", "", f"**Question.** {page['question']}", "")
    yield from (f"**Method.** {page['method']}", "", f"![{page['caption']}]({first}/{study}/{page['figure']})", "")
    yield from (f"*On {_NAMES.get(first, first)}: {page['caption']}*", "")
    for corpus, summary in by_corpus.items():
        link = f"[full report]({corpus}/{study}/report.md)"
        yield from (f"**Finding on {_NAMES.get(corpus, corpus)}.** {summary['finding']} ({link})", "")
    yield f"**What this does not show.** {page['limits']}"


def _runs(reports: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    rows = []
    for by_corpus in reports.values():
        for summary in by_corpus.values():
            run = summary["run"]
            rows.append([f"`{run['command']}`", run["date"], f"{run['wall_seconds']:.0f}", str(run["cores"])])
    return table(["command", "date", "seconds", "cores"], rows)


def main() -> None:
    """Run the stage."""
    reports = found_reports(REPORTS)
    (REPORTS / "README.md").write_text("\n".join(paper(reports)) + "\n", encoding="utf-8")
    print(f"reports/README.md: {sum(map(len, reports.values()))} reports of {len(reports)} studies")


if __name__ == "__main__":
    main()
