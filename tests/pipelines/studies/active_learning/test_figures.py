from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from pipelines.studies.active_learning.analysis import Result
from pipelines.studies.active_learning.figures import draw

HEAD = ["random", "margin", "entropy", "least_confidence", "bald", "badge"]
TFIDF = HEAD[:3]


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


def test_strategies_have_panels_and_marks(
    tmp_path: Path, make_result: Callable[..., Result], drawn: list[Figure]
) -> None:
    rises = {"head": dict.fromkeys(HEAD, 0.05), "tfidf": dict.fromkeys(TFIDF, 0.05)}
    draw(make_result(rises, sizes=(25, 50)), tmp_path)
    curves, differences = drawn
    titles = [[ax.get_title(loc="left") for ax in block.axes if ax.get_visible()] for block in curves.subfigs]
    assert titles == [["margin", "entropy", "least confidence", "BALD", "BADGE"], ["margin", "entropy"]]
    head, tfidf = differences.axes
    marks = [sum(line.get_marker() in {"o", "s"} for line in ax.lines) for ax in (head, tfidf)]
    assert marks == [5 * 2, 2 * 2]
    assert [text.get_text() for text in tfidf.texts] == ["not run"] * 3
    assert not head.texts


def test_marks_are_filled_where_shown(tmp_path: Path, make_result: Callable[..., Result], drawn: list[Figure]) -> None:
    draw(make_result({"head": {"random": 0.05, "margin": 0.1, "entropy": 0.05}}), tmp_path)
    (panel,) = drawn[1].axes
    assert [line.get_markerfacecolor() != "white" for line in panel.lines if line.get_marker() == "o"] == [True, False]
    assert (tmp_path / "learning_curves.png").stat().st_size > 1000
