"""What all studies share: their parameters, their report folder, their page, and the record of a run."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

from barometer.settings import Section, Settings, load_settings, validate
from pipelines import paths
from pipelines.tables import write_json, write_table

S = TypeVar("S", bound=Section)
_VERSIONS = ("numpy", "onnxruntime", "scikit-learn", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a study's report, made from its numbers.

    Attributes:
        title: what was studied, without the corpus's name.
        question: one sentence, ends with a question mark.
        method: one to four sentences.
        finding: one to three sentences with the figures that answer the question, good or bad.
        figure: file name of the main plot (PNG) in the study's folder.
        caption: what the plot shows, for those who see it and those who cannot.
        body: Markdown lines of tables and details.
        limits: what the study does not show.
    """

    title: str
    question: str
    method: str
    finding: str
    figure: str
    caption: str
    body: Sequence[str]
    limits: str


@dataclass(frozen=True)
class Study(Generic[S]):
    """An open study: checked parameters, where its report goes, and when it began.

    Attributes:
        name: of its section of `experiment` and of its folder.
        params: that section, checked.
        target: what `dvc repro` is given to run it.
        folder: `reports/CORPUS/NAME`, or below it where the stage has variants.
    """

    name: str
    settings: Settings
    params: S
    target: str
    folder: Path
    began: float = field(default_factory=time.perf_counter)

    def rng(self) -> np.random.Generator:
        """A fresh generator, always seeded alike."""
        return np.random.default_rng(self.settings.seed)

    def private(self, name: str) -> Path:
        """Where a file goes that may hold texts of real headlines: among the stage outputs, which git ignores."""
        return paths.STUDIES / self.name / name

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`: nested mappings of numbers, for `dvc metrics` and MLflow."""
        write_json(self.folder / "metrics.json", metrics)

    def write_curve(self, name: str, table: pd.DataFrame) -> None:
        """Write a table for `dvc plots` and for readers, as CSV."""
        write_table(self.folder / name, table)

    def write_page(self, page: Page) -> None:
        """Write `report.md`, what the index of all studies quotes (`summary.json`), and the run (`run.json`)."""
        run = self._run()
        summary = {key: value for key, value in asdict(page).items() if key != "body"}
        write_json(self.folder / "summary.json", {"study": self.name, "corpus": self.settings.corpus.name, **summary})
        write_json(self.folder / "run.json", run)
        (self.folder / "report.md").write_text("\n".join(_lines(page, run, self.settings.corpus.name)) + "\n", "utf-8")
        print(f"{self.target}: {page.finding}")

    def _run(self) -> dict[str, Any]:
        corpus = self.settings.corpus.name
        chosen = f"dvc exp run -S corpus={corpus} {self.target}" if corpus != "demo" else f"dvc repro {self.target}"
        return {
            "command": chosen,
            "date": datetime.now(UTC).date().isoformat(),
            "wall_seconds": round(time.perf_counter() - self.began, 1),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "versions": {name: version(name) for name in _VERSIONS},
        }


def open_study(name: str, schema: type[S], variant: str = "") -> Study[S]:
    """Read and check the parameters of a study before any work starts; the clock of its run starts here.

    Raises:
        SettingsError: naming the key, the value and what was expected.
    """
    settings = load_settings()
    params = validate(schema, settings.experiment.get(name, {}), f"experiment.{name}")
    folder = paths.reports(settings.corpus.name) / name / variant
    folder.mkdir(parents=True, exist_ok=True)
    return Study(name, settings, params, f"{name}@{variant}" if variant else name, folder)


def _lines(page: Page, run: Mapping[str, Any], corpus: str) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    return [
        f"# {page.title} (`{corpus}`)",
        "",
        f"**Question.** {page.question}",
        "",
        f"**Method.** {page.method}",
        "",
        f"**Finding.** {page.finding}",
        "",
        f"![{page.caption}]({page.figure})",
        "",
        f"*{page.caption}*",
        "",
        *page.body,
        "",
        "## What this does not show",
        "",
        page.limits,
        "",
        "---",
        "",
        f"`{run['command']}` on {run['date']}: {run['wall_seconds']:.0f} s on {run['cores']} cores. "
        f"Python {run['python']}, {versions}.",
    ]
