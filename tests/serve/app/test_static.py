"""The style sheets as Gradio takes them."""

import re
from pathlib import Path

import pytest

from serve.api.drawing import DARK, LIGHT
from serve.app.theme import STATIC, colour_sheet


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_no_selector_that_gradio_would_split(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", rules)
    assert selectors
    assert not [selector.strip() for selector in selectors if re.search(r":\w+\([^)]*,", selector)]


def test_colours_are_custom_properties() -> None:
    light, dark = re.findall(r"^(:root|\.dark) \{(.*)\}$", colour_sheet(), re.MULTILINE)
    for (_, rules), colours in ((light, LIGHT), (dark, DARK)):
        assert dict(re.findall(r"--(\w+): (#\w+);", rules)) == colours.variables()
    sheets = "".join(sheet.read_text(encoding="utf-8") for sheet in STATIC.glob("*.css"))
    used = set(re.findall(r"var\(--(\w+)\)", sheets)) - {"tone", "share", "strength"}
    assert used <= LIGHT.variables().keys()
    assert not re.search(r"#[0-9a-f]{6}\b", sheets), "colours have one owner"
