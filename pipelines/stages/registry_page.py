"""Writes every verdict in the registry to `reports/registry.md`: `python -m pipelines.stages.registry_page`."""

import sys
from pathlib import Path
from typing import Any

from barometer.settings import load_settings
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import RegisteredVersion, Registry, plain_key
from barometer.stats import Estimate
from pipelines import paths
from pipelines.templating import environment

PAGE = paths.REPORTS / "registry.md"
_FIGURES = ("accuracy", "macro_f1", "log_loss", "index_error")


def set_rows(version: RegisteredVersion) -> list[dict[str, Any]]:
    """What the tags of a version say about each set that judged it: names, counts, and figures with differences."""
    tags = version.tags
    names = [name for name in tags.get("gate.yardsticks", "").split(", ") if name]
    return [
        {
            "name": name,
            "headlines": int(float(tags[plain_key(f"gate.{name}.headlines")])),
            "figures": _figures(tags, name),
        }
        for name in names
    ]


def _figures(tags: Any, name: str) -> dict[str, tuple[float, Estimate | None]]:  # noqa: ANN401 - a mapping of strings
    found = {}
    for figure in _FIGURES:
        key = plain_key(f"gate.{name}.{figure}")
        bounds = [tags.get(f"{key}.difference{end}") for end in ("", ".low", ".high")]
        difference = None if None in bounds else Estimate(*map(float, bounds))
        found[figure] = (float(tags[f"{key}.challenger"]), difference)
    return found


def page(versions: list[RegisteredVersion]) -> str:
    """The page in Markdown, newest version first."""
    rows = [(version, set_rows(version)) for version in versions]
    return environment(Path(__file__).parent).get_template("registry.md.j2").render(rows=rows)


def write_page(registry: Registry, target: Path = PAGE) -> None:
    """Write the page of everything that is in the registry."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(registry.versions()), encoding="utf-8")


def main() -> None:
    """Write the page again."""
    options = load_settings().register_
    try:
        write_page(Registry(options.name, options.experiment))
    except RegistryError as error:
        print(f"registry_page: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
