"""Logs every study's parameters, numbers and report to MLflow, one run per study."""

import sys
from typing import Any

from barometer.settings import Settings, load_settings
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import Registry
from barometer.ship.tracking import taking_turns
from pipelines import paths
from pipelines.studies.study import key_of
from pipelines.tables import flatten, read_json, write_json

TRACKED = paths.OUTPUTS / "tracked.json"


def numbers(metrics: dict[str, Any]) -> dict[str, float]:
    """The numbers of nested metrics under dotted keys, without what could not be measured (null)."""
    flat = flatten(metrics).items()
    return {key: float(value) for key, value in flat if isinstance(value, int | float) and not isinstance(value, bool)}


def track(registry: Registry, settings: Settings, name: str) -> str:
    """Log one study from its report folder; returns the run's id."""
    corpus, folder = settings.corpus.name, paths.reports(settings.corpus.name) / key_of(name)
    return registry.log_run(
        f"{corpus}-{name}",
        flatten({"seed": settings.seed, "corpus": corpus, name: settings.experiment[name]}),
        numbers(read_json(folder / "metrics.json")),
        {"reports": folder},
        {"study": name, "corpus": corpus, "command": read_json(folder / "run.json")["command"]},
    )


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    try:
        with taking_turns():
            registry = Registry(settings.register_.name, settings.register_.experiment)
            runs = {name: track(registry, settings, name) for name in settings.experiment}
    except RegistryError as error:
        print(f"track: {error}", file=sys.stderr)
        sys.exit(2)
    write_json(TRACKED, {"tracking": registry.experiment, "runs": runs})
    print(f"{len(runs)} studies logged to the MLflow experiment {registry.experiment!r}")


if __name__ == "__main__":
    main()
