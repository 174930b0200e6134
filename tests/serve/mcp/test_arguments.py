"""Arguments as tools take them, and what is said of bad ones."""

import inspect
from typing import Annotated, Any

import pytest
from fastapi import Query
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import TypeAdapter, ValidationError

from serve.api.parameters import CoinTicker, HistoryQuery
from serve.mcp.arguments import described, flattened, refuse_unknown, short


def history(asked: Annotated[HistoryQuery, Query()], k: int = 3) -> tuple[int, str, str, int]:
    return asked.hours, asked.bucket, asked.coin, k


def test_fields_of_a_query_become_parameters() -> None:
    flat = flattened(history)
    assert {name: found.default for name, found in inspect.signature(flat).parameters.items()} == {
        "hours": 168, "bucket": "hour", "coin": "", "outlet": "", "alone": None, "weights": None, "k": 3,
    }  # fmt: skip
    assert flat(hours=5, bucket="day", coin="BTC", outlet="", alone=None, weights=None, k=1) == (5, "day", "BTC", 1)


def test_fields_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ToolError) as caught:
        flattened(history)(hours=9000, bucket="hour", coin="", outlet="", alone=None, weights=None)
    assert str(caught.value) == "an hourly history covers at most 8784 hours; use bucket=day"


def problem(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return described(caught.value)


def test_problems_name_place_value_and_expectation() -> None:
    assert problem(HistoryQuery, {"hours": 0}) == "hours = 0: Input should be greater than or equal to 1"
    assert problem(HistoryQuery, {"bucket": "week"}) == "bucket = 'week': Input should be 'hour' or 'day'"
    assert problem(dict[str, list[int]], {"a": [1, "x"]}).startswith("a[1] = 'x': Input should be a valid integer")
    assert problem(CoinTicker, "B!").startswith("'B!'") is False
    many = problem(list[int], ["x"] * 9)
    assert (many.count("valid integer"), many.endswith("; and 4 more")) == (5, True)


def test_values_are_shown_short_and_safe() -> None:
    assert [short(value) for value in ("BTC", "é\ud800", float("nan"), 10**5000)] == [
        "'BTC'", r"'\xe9\ud800'", "nan", "a number of many digits",
    ]  # fmt: skip
    assert short("a" * 10**6) == "'" + "a" * 59 + "..."
    assert short([1] * 99) == ("[" + "1, " * 20)[:60] + "..."


def test_unknown_argument_names_the_known() -> None:
    refuse_unknown({"hours": 1}, ["hours", "coin"])
    with pytest.raises(ToolError, match=r"^'hour' is no argument of this tool; expected hours, coin$"):
        refuse_unknown({"hours": 1, "hour": 2}, ["hours", "coin"])
