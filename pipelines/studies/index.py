"""Writes `reports/README.md`, the studies of all corpora as one short paper, from the summary beside each report."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from barometer.settings import load_settings
from pipelines import paths
from pipelines.studies.study import key_of
from pipelines.tables import read_json
from pipelines.templating import environment

# What each corpus is called; real headlines come before synthetic ones, and other corpora last.
CORPORA = {
    "cryptolin": "CryptoLin",
    "news": "the news corpus",
    "together": "all labelled corpora",
    "demo": "the demo corpus",
}


def found_reports(reports: Path, names: Iterable[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Summaries, each with the record of its run, by key of the study and corpus.

    Args:
        reports: folder of all corpora's reports.
        names: of the studies, in the order of the paper.
    """
    found = {}
    for key in map(key_of, names):
        folders = sorted((path.parent for path in reports.glob(f"*/{key}/summary.json")), key=_rank)
        found[key] = {
            folder.parent.name: read_json(folder / "summary.json") | {"run": read_json(folder / "run.json")}
            for folder in folders
        }
    return {key: by_corpus for key, by_corpus in found.items() if by_corpus}


def _rank(folder: Path) -> tuple[int, str]:
    corpus, order = folder.parent.name, list(CORPORA)
    return order.index(corpus) if corpus in order else len(order), corpus


def paper(studies: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The page in Markdown, of what `found_reports` gives."""
    return environment(Path(__file__).parent).get_template("index.md.j2").render(studies=studies, corpora=CORPORA)


def main() -> None:
    """Run the stage; the order of the studies is that of their parameters."""
    target = paths.REPORTS / "README.md"
    studies = found_reports(paths.REPORTS, load_settings().experiment)
    target.write_text(paper(studies), encoding="utf-8")
    print(f"{target}: {sum(map(len, studies.values()))} reports of {len(studies)} studies")


if __name__ == "__main__":
    main()
