from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from pipelines.studies import report
from pipelines.studies.report import pages

RUN = {
    "command": "dvc repro study@market",
    "date": "2026-01-02",
    "wall_seconds": 3.2,
    "cores": 2,
    "python": "3.11.7",
    "versions": {"numpy": "2.2.6", "torch": "2.13.0"},
}
BLOCKS = {
    "title": "Title",
    "question": "Is it?",
    "method": "We\n  ask.",
    "finding": "Yes, {{ result.yes }} of 4.",
    "figure": "figure.png",
    "caption": "A line.",
    "body": "| a |\n| --- |",
    "limits": "Much.",
}
RESULT = SimpleNamespace(yes=3)


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes the template of a study in a folder of its own, beside the real base."""
    base = Path(report.__file__).parent / "report_base.md.j2"
    (tmp_path / base.name).write_text(base.read_text())
    (tmp_path / "market").mkdir()
    monkeypatch.setattr(report, "_HERE", tmp_path)

    def write(**changes: str | None) -> None:
        blocks = {name: text for name, text in (BLOCKS | changes).items() if text is not None}
        text = "".join(f"{{% block {name} %}}\n{text}\n{{% endblock %}}\n" for name, text in blocks.items())
        (tmp_path / "market" / "report.md.j2").write_text(f'{{% extends "{base.name}" %}}\n{text}')

    return write


def test_a_page_has_all_blocks(template: Callable[..., None]) -> None:
    template()
    page, _ = pages("market", "demo", RESULT, RUN)
    assert page.startswith("# Title (`demo`)\n\n**Question.** Is it?\n\n**Method.** We ask.\n")
    assert "\n![A line.](figure.png)\n\n*A line.*\n\n| a |\n| --- |\n" in page
    assert page.endswith(
        "\n---\n\n`dvc repro study@market` on 2026-01-02: 3 s on 2 cores. Python 3.11.7, numpy 2.2.6, torch 2.13.0.\n"
    )


def test_a_summary_quotes_the_blocks(template: Callable[..., None]) -> None:
    template()
    _, summary = pages("market", "demo", RESULT, RUN)
    quoted = {key: text for key, text in BLOCKS.items() if key != "body"}
    words = {"method": "We ask.", "finding": "Yes, 3 of 4.", "study": "market", "corpus": "demo"}
    assert summary == quoted | words


def test_an_unknown_name_is_an_error(template: Callable[..., None]) -> None:
    template(body="{{ result.lost }}")
    with pytest.raises(UndefinedError, match="lost"):
        pages("market", "demo", RESULT, RUN)


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_every_block_is_required(template: Callable[..., None], block: str) -> None:
    template(**{block: None})
    with pytest.raises(Exception, match=f"Required block '{block}' not found"):
        pages("market", "demo", RESULT, RUN)
