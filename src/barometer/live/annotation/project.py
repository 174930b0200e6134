"""The project in Label Studio: made, or brought up to date, from settings and the guide for annotators."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from barometer.live.annotation.interface import label_config
from barometer.live.annotation.studio import Studio, StudioError
from barometer.live.store.annotation import read_project, save_project
from barometer.live.store.engine import reading, writing

_GUIDE = Path(__file__).with_name("guide.md")


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What the project is to be: its title, and how many people answer each headline."""

    title: str
    maximum_annotations: int


def project_fields(plan: ProjectPlan) -> dict[str, Any]:
    """The fields of a project in Label Studio's API.

    Suggestions are not shown, because they would sway the vote.
    """
    return {
        "title": plan.title,
        "label_config": label_config(),
        "expert_instruction": guide_html(_GUIDE.read_text(encoding="utf-8")),
        "show_instruction": True,
        "show_collab_predictions": False,
        "maximum_annotations": plan.maximum_annotations,
        "show_skip_button": True,
    }


def set_up(studio: Studio, engine: Engine, plan: ProjectPlan) -> tuple[int, bool]:
    """Make the project or bring it up to date, and remember it; return its number, and whether it is new.

    Done again it changes nothing. The project is the one that the store knows, or else the oldest of this title.

    Raises:
        StudioError: as requests do.
    """
    fields = project_fields(plan)
    with reading(engine) as connection:
        known = read_project(connection, studio.server)
    number = known.project if known and _is_there(studio, known.project) else None
    if number is None:
        same = studio.projects(plan.title)
        number = int(same[0]["id"]) if same else None
    if number is None:
        made = studio.ask("POST", "/api/projects/", repeat=False, json=fields)
    else:
        made = studio.ask("PATCH", f"/api/projects/{number}/", json=fields)
    with writing(engine) as connection:
        save_project(connection, studio.server, int(made["id"]))
    return int(made["id"]), number is None


def _is_there(studio: Studio, project: int) -> bool:
    try:
        studio.ask("GET", f"/api/projects/{project}/")
    except StudioError as error:
        if "status 404" in str(error):
            return False
        raise
    return True


def known_project(studio: Studio, engine: Engine) -> int:
    """The number of the project that was set up.

    Raises:
        StudioError: if none was.
    """
    with reading(engine) as connection:
        known = read_project(connection, studio.server)
    if known is None:
        raise StudioError(f"no project on {studio.server} yet; run `barometer annotation setup`")
    return known.project


def guide_html(markdown: str) -> str:
    """The guide as HTML: headings, lists and paragraphs, which is all that it uses."""
    html: list[str] = []
    inside = False
    for line in filter(None, map(str.strip, markdown.splitlines())):
        item = line.startswith("- ")
        if item != inside:
            html.append("<ul>" if item else "</ul>")
            inside = item
        html.append(_element(line))
    return "\n".join([*html, "</ul>"] if inside else html)


def _element(line: str) -> str:
    for mark, tag in (("## ", "h3"), ("# ", "h2"), ("- ", "li")):
        if line.startswith(mark):
            return f"<{tag}>{escape(line.removeprefix(mark))}</{tag}>"
    return f"<p>{escape(line)}</p>"
