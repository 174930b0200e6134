"""Writes the report of a study from its result, in seconds: `python -m pipelines.studies.report NAME`.

A study is a package `pipelines.studies.NAME` with

- `analysis.Result`, the frozen result of a run; `analysis.metrics(result)`, nested mappings of numbers for
  `dvc metrics` and MLflow; `analysis.tables(result)`, tables by file name, for `dvc plots` and for readers, among them
  mappings for further JSON files;
- `figures.draw(result, folder)`, which draws the PNG files;
- `report.md.j2`, the words, which extends `report_base.md.j2`.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from barometer.settings import load_settings
from pipelines import paths
from pipelines.studies.study import key_of, load_result
from pipelines.tables import write_json, write_table
from pipelines.templating import environment, paragraph

_HERE = Path(__file__).parent


def pages(name: str, corpus: str, result: Any, run: dict[str, Any]) -> tuple[str, dict[str, str]]:  # noqa: ANN401
    """The report in Markdown, and what the index of all studies quotes from it."""
    quoted = {"study": key_of(name), "corpus": corpus}
    made = environment(_HERE / name, _HERE)

    def quote(text: str, block: str) -> str:
        return quoted.setdefault(block, paragraph(text))

    made.filters["quote"] = quote
    page = made.get_template("report.md.j2").render(result=result, run=run, corpus=corpus)
    return page, quoted


def write_report(name: str, corpus: str) -> str:
    """Write numbers, tables, plots and page of a study's last run to `reports/CORPUS/KEY`; return its finding."""
    analysis = import_module(f"pipelines.studies.{name}.analysis")
    figures = import_module(f"pipelines.studies.{name}.figures")
    result, run = load_result(name, analysis.Result)
    folder = paths.reports(corpus) / key_of(name)
    folder.mkdir(parents=True, exist_ok=True)
    page, summary = pages(name, corpus, result, run)
    write_json(folder / "metrics.json", analysis.metrics(result))
    for file, table in analysis.tables(result).items():
        (write_json if isinstance(table, dict) else write_table)(folder / file, table)
    figures.draw(result, folder)
    write_json(folder / "summary.json", summary)
    write_json(folder / "run.json", run)
    (folder / "report.md").write_text(page, encoding="utf-8")
    return summary["finding"]


def main() -> None:
    """Run the stage."""
    name = sys.argv[1]
    print(f"report@{key_of(name)}: {write_report(name, load_settings().corpus.name)}")


if __name__ == "__main__":
    main()
