"""Marks of conditions for the planners: what one database must be told, the other need not see."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Mark(FunctionElement[bool]):
    """A condition as it is, unless a dialect has it in another way."""

    inherit_cache = True


class Selective(_Mark):
    """Marks a condition that few rows meet: SQLite has no statistics here and would assume otherwise.

    Without the mark, SQLite reads the roll-ups of all coins for those of one.
    """

    inherit_cache = True


class Pruning(_Mark):
    """Marks a condition that holds anyway, and by which PostgreSQL finds the partitions; SQLite does not see it."""

    inherit_cache = True


@compiles(_Mark)
def _as_it_is(element: _Mark, compiler: SQLCompiler, **kwargs: Any) -> str:  # noqa: ANN401 - the compiler's own
    return compiler.process(element.clauses, **kwargs)


@compiles(Selective, "sqlite")
def _unlikely(element: Selective, compiler: SQLCompiler, **kwargs: Any) -> str:  # noqa: ANN401 - the compiler's own
    return f"unlikely({compiler.process(element.clauses, **kwargs)})"


@compiles(Pruning, "sqlite")
def _always(_element: Pruning, _compiler: SQLCompiler, **_kwargs: Any) -> str:  # noqa: ANN401 - the compiler's own
    return "1"
