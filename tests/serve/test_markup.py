"""The templates: what they escape, what they refuse, and that no markup is left in Python."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from jinja2.meta import find_undeclared_variables

from serve.markup import FOLDERS, _environment, marked, render

SERVE = Path(__file__).resolve().parents[2] / "serve"
TEMPLATES = sorted(path for folder in FOLDERS for path in folder.iterdir())


def test_values_are_escaped_and_must_exist() -> None:
    assert "&lt;b&gt;" in render("note.html", text="<b>")
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        render("note.html")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_parses_and_escapes(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    find_undeclared_variables(_environment().parse(source))
    assert not re.search(r"\|\s*safe|autoescape|style=\"\{\{|\son\w+=\"\{\{", source)


@pytest.mark.parametrize("path", sorted(SERVE.rglob("*.py")), ids=lambda path: str(path.relative_to(SERVE)))
def test_no_markup_is_left_in_python(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    # Texts of plotly have a little HTML of their own, and the head of Gradio's page is edited.
    source = re.sub(r"<br>|<head>|<extra>|</extra>|`<\w+>`", "", source)
    assert not re.search(r"</?[a-z][a-z0-9]*[ >]|(?<!re\.)\bescape\(|=> [{(]|\bfunction *\(", source)
    name = str(path.relative_to(SERVE))
    assert "Markup" not in source or name == "markup.py"
    # A script of the app, and the page of the method, whose own HTML is text.
    assert "trusted(" not in source or name in {"markup.py", "app/layout.py", "app/method.py"}


def test_marks_split_a_text() -> None:
    assert marked("a **b** c ** d", "**") == ["a ", "b", " c ** d"]
    assert marked("**b**", "**") == ["", "b", ""]


@pytest.mark.parametrize("macro", ["stacked_bar", "class_bars"])
def test_bars_say_their_numbers(macro: str) -> None:
    bars = getattr(_environment().get_template("parts.html.j2").module, macro)([0.125, 0.25, 0.625])
    places = [bars.index(name) for name in ("Negative", "Neutral", "Positive")]
    assert places == sorted(places)
    assert "25%" in bars and "width:62.50%" in bars
