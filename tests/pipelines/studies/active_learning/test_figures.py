from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipelines.studies.active_learning.figures import plot_curves, plot_differences
from pipelines.studies.active_learning.loop import Runs
from pipelines.studies.active_learning.settings import LearnerName
from pipelines.studies.active_learning.summary import Found, summarise

LABELS = np.array([50, 100, 150])


def found(strategies: list[str], sizes: list[int]) -> Found:
    rng = np.random.default_rng(0)
    runs = {
        (size, strategy): Runs(
            LABELS, rng.uniform(0.5, 0.6, (5, 3)), rng.uniform(size=(5, 3)), np.ones((5, 3), dtype=int), np.ones((5, 2))
        )
        for size in sizes
        for strategy in strategies
    }
    rows = summarise(runs, 0.72, 0.68, np.random.default_rng(1), samples=100, confidence=0.95)
    return Found("a learner", 0.72, 0.68, runs, rows)


@pytest.fixture(scope="module")
def both() -> dict[LearnerName, Found]:
    names = ["random", "margin", "entropy", "least_confidence", "bald", "badge"]
    return {"head": found(names, [25, 50]), "tfidf": found(names[:3], [50])}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were saved."""
    figures: list[Figure] = []
    save = Figure.savefig

    def remember(figure: Figure, *args: object, **kwargs: object) -> None:
        figures.append(figure)
        save(figure, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", remember)
    return figures


def test_every_strategy_has_a_panel_in_the_block_of_its_learner(
    tmp_path: Path, both: dict[LearnerName, Found], drawn: list[Figure]
) -> None:
    plot_curves(tmp_path / "curves.png", both, 50, 0.95)
    titles = [[ax.get_title(loc="left") for ax in block.axes if ax.get_visible()] for block in drawn[0].subfigs]
    assert titles == [["margin", "entropy", "least confidence", "BALD", "BADGE"], ["margin", "entropy"]]


def test_every_difference_has_a_mark_and_what_was_not_run_says_so(
    tmp_path: Path, both: dict[LearnerName, Found], drawn: list[Figure]
) -> None:
    plot_differences(tmp_path / "differences.png", both, 0.95)
    head, tfidf = drawn[0].axes
    marks = [sum(line.get_marker() in {"o", "s"} for line in ax.lines) for ax in (head, tfidf)]
    assert marks == [5 * 2, 2]
    assert [text.get_text() for text in tfidf.texts] == ["not run"] * 3
    assert not head.texts


def test_a_single_learner_can_be_drawn(tmp_path: Path, both: dict[LearnerName, Found]) -> None:
    alone: dict[LearnerName, Found] = {"tfidf": both["tfidf"]}
    plot_curves(tmp_path / "curves.png", alone, 50, 0.95)
    plot_differences(tmp_path / "differences.png", alone, 0.95)
    assert (tmp_path / "curves.png").stat().st_size > 1000
