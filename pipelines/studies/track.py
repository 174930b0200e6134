"""Logs every study's parameters, numbers and report to MLflow, one run a study."""

from pathlib import Path
from typing import Any

from barometer.settings import Settings, load_settings
from barometer.ship.registry import Registry
from pipelines import paths
from pipelines.tables import flatten, read_json, write_json

TRACKED = paths.STUDIES / "tracked.json"


def numbers(metrics: dict[str, Any]) -> dict[str, float]:
    """The numbers of nested metrics under dotted keys; what could not be measured (null) is left out."""
    flat = flatten(metrics).items()
    return {key: float(value) for key, value in flat if isinstance(value, int | float) and not isinstance(value, bool)}


def track(registry: Registry, settings: Settings, name: str, folder: Path) -> str:
    """Log one study from its report folder; returns the run's id."""
    run = read_json(folder / "run.json")
    return registry.log_run(
        f"{settings.corpus.name}-{name}",
        flatten({"seed": settings.seed, "corpus": settings.corpus.name, name: settings.experiment[name]}),
        numbers(read_json(folder / "metrics.json")),
        {"reports": folder},
        {"study": name, "corpus": settings.corpus.name, "command": run["command"]},
    )


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    registry = Registry(settings.register_.name, settings.register_.experiment)
    reports = paths.reports(settings.corpus.name)
    runs = {name: track(registry, settings, name, reports / name) for name in settings.experiment}
    write_json(TRACKED, {"tracking": registry.experiment, "runs": runs})
    print(f"{len(runs)} studies logged to the MLflow experiment {registry.experiment!r}")


if __name__ == "__main__":
    main()
