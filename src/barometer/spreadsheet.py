"""Cells of CSV that no spreadsheet runs as a formula."""

import re

# The start of a cell that a spreadsheet takes for a formula (OWASP, "CSV Injection").
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs as a formula: one that it might is prefixed with a quote (OWASP)."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` made a cell of."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
