"""The style sheets as Gradio takes them."""

import re
from pathlib import Path

import pytest

from serve.app.theme import STATIC


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_no_selector_has_a_comma_within_parentheses_where_gradio_would_split_it(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", rules)
    assert selectors
    assert not [selector.strip() for selector in selectors if re.search(r":\w+\([^)]*,", selector)]
