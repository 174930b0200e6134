"""The one Jinja environment of pages and embeds: values are escaped, and undefined ones are an error."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from barometer.labels import CLASS_NAMES, FIELD_NAMES
from serve.api import words

_HERE = Path(__file__).parent
FOLDERS = (_HERE / "api" / "templates", _HERE / "app" / "templates")


def render(name: str, /, **values: object) -> str:
    """Render the template `name`.j2 in `FOLDERS`; every value is shown as text.

    Raises:
        jinja2.UndefinedError: if the template uses a value that is not given.
    """
    return _environment().get_template(f"{name}.j2").render(values)


def trusted(html: str) -> Markup:
    """HTML or a script that this program made, to be shown as it is where templates take everything else for text."""
    return Markup(html)  # noqa: S704 - see above


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDERS), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "age": words.age_words,
        "count": words.count_words,
        "effect": words.effect_words,
        "interval": words.interval,
        "marked": marked,
        "moment": words.moment_words,
        "news": words.news_words,
        "percents": words.percents,
        "points": words.points,
        "volume": words.volume_words,
    }
    environment.globals |= {"CLASS_NAMES": CLASS_NAMES, "FIELD_NAMES": FIELD_NAMES}
    return environment


def marked(text: str, mark: str) -> list[str]:
    """Split a text at pairs of a mark, such as `**`: every second part, from the second on, stood between two."""
    return re.split(f"{re.escape(mark)}(.+?){re.escape(mark)}", text)
