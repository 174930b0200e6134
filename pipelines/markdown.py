"""Markdown tables of the studies' pages."""

from pipelines.templating import estimate

__all__ = ["estimate", "table"]


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table; all columns but the first are right-aligned."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(row) + " |" for row in [header, rule, *rows]]
