"""Arguments of tools: taken from the functions that answer, and what is said of bad ones."""

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Annotated, Any, get_args, get_origin

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

_SHOWN = 60  # characters of a value
_MOST = 5  # problems of one call


def flattened(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint` with the fields of its query models as parameters of its own, as HTTP has them.

    The result raises `ToolError` where a model refuses fields that are good one by one.
    """
    signature = inspect.signature(endpoint)
    models = {name: model for name, found in signature.parameters.items() if (model := _model(found.annotation))}

    @wraps(endpoint)
    def flat(**given: Any) -> Any:  # noqa: ANN401 - whatever the endpoint takes and returns
        try:
            built = {
                name: model(**{field: given.pop(field) for field in model.model_fields})
                for name, model in models.items()
            }
        except ValidationError as error:
            raise ToolError(described(error)) from error
        return endpoint(**built, **given)

    parameters: list[inspect.Parameter] = []
    for name, found in signature.parameters.items():
        of_model = [_parameter(*field) for field in models[name].model_fields.items()] if name in models else None
        parameters += of_model or [found.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    vars(flat)["__signature__"] = signature.replace(parameters=parameters)
    return flat


def _model(annotation: object) -> type[BaseModel] | None:
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
    annotation = Annotated[field.annotation, field]  # type: ignore[name-defined]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def described(error: ValidationError) -> str:
    """Every bad argument with its value and what was expected: `hours = 0: Input should be ...`."""
    problems = error.errors(include_url=False)
    told = [_problem(found["loc"], found["type"], found["input"], found["msg"]) for found in problems[:_MOST]]
    more = len(problems) - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more else [])])


def _problem(location: tuple[int | str, ...], kind: str, value: object, message: str) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
    # A missing argument has no value, and where several do not fit together the message has theirs.
    shown = "" if kind == "missing" or not location else f" = {short(value)}"
    return f"{where}{shown}: {message.removeprefix('Value error, ')}".removeprefix(": ")


def short(value: object) -> str:
    """The start of a value that a client sent, in ASCII: it may be a megabyte, or no Unicode."""
    try:
        text = ascii(value[: 2 * _SHOWN] if isinstance(value, str) else value)
    except ValueError:  # an integer with more digits than Python writes
        return "a number of many digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def refuse_unknown(arguments: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse arguments that a tool does not have, which would otherwise be ignored.

    Raises:
        ToolError: names the first of them, and those that there are.
    """
    unknown = [name for name in arguments if name not in known]
    if unknown:
        raise ToolError(f"{short(unknown[0])} is no argument of this tool; expected {', '.join(known)}")
