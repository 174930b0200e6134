"""Commands for the model registry: which version is champion and why, what is served, and going back."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from barometer import defaults
from barometer.cli.common import SERVE, fail, needs_extra

if TYPE_CHECKING:
    from barometer.card import ModelCard
    from barometer.ship.registry import RegisteredVersion, Registry

PARAMS = Path("params.yaml")

app = typer.Typer()
model = typer.Typer(no_args_is_help=True)
app.add_typer(model, name="model", help="Registered versions: what is champion, what is served.", rich_help_panel=SERVE)

Wanted = Annotated[str, typer.Argument(help="A version's number, champion, challenger, or the version in its card.")]
Name = Annotated[
    str | None,
    typer.Option(envvar="BAROMETER_REGISTERED_MODEL", help="Name in the registry; by default that of params.yaml."),
]
Folder = Annotated[Path, typer.Option(help="What is served: a link that is moved to the version.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON lines.")]


@contextmanager
def _reported(report: Callable[[str], object]) -> Iterator[None]:
    """Hand what a person can mend to `report`, as one line."""
    with needs_extra("registry"):
        from barometer.card import ArtifactError  # noqa: PLC0415
        from barometer.settings import SettingsError  # noqa: PLC0415
        from barometer.ship.reachable import RegistryError  # noqa: PLC0415

    try:
        yield
    except (ArtifactError, OSError, RegistryError, SettingsError) as error:
        report(str(error))


def _registry(name: str | None) -> "Registry":
    """The registry that MLFLOW_TRACKING_URI names."""
    from barometer.settings import load_settings  # noqa: PLC0415
    from barometer.ship.reachable import URI_VARIABLE, check_reachable  # noqa: PLC0415

    check_reachable(os.environ.get(URI_VARIABLE, ""))  # the next import takes seconds
    with needs_extra("registry"):
        from barometer.ship.registry import Registry  # noqa: PLC0415
    known = load_settings(PARAMS).register_ if PARAMS.is_file() else None
    chosen = name or (known.name if known else defaults.REGISTERED_NAME)
    return Registry(chosen, known.experiment if known else chosen, create=False)


@contextmanager
def _opened(name: str | None) -> Iterator["Registry"]:
    """The registry; what a person can mend ends the command with one line."""
    with _reported(fail):
        yield _registry(name)


@model.command("pull")
def model_pull(
    wanted: Wanted = defaults.CHAMPION,
    name: Name = None,
    folder: Folder = defaults.SERVED,
    otherwise: Annotated[
        Path | None,
        typer.Option(
            parser=defaults.find_model,
            metavar="MODEL",
            help="Served while the registry has no such version, or cannot be reached and nothing is served yet.",
        ),
    ] = None,
    every: Annotated[
        float | None, typer.Option(min=1, help="Pull again after so many seconds, until stopped, whatever fails.")
    ] = None,
) -> None:
    """Download a version, check it and serve it; services with BAROMETER_MODEL=champion follow within seconds."""
    if every is None:
        with _reported(fail):
            typer.echo(_pulled(wanted, name, folder, otherwise))
        return
    said = _Changes()
    while True:
        with _reported(lambda line: said.echo(f"barometer: {line}", err=True)):
            said.echo(_pulled(wanted, name, folder, otherwise))
        time.sleep(every)


class _Changes:
    """Prints lines that differ from the one before."""

    def __init__(self) -> None:
        self._last = ""

    def echo(self, line: str, *, err: bool = False) -> None:
        if line != self._last:
            typer.echo(line, err=err)
        self._last = line


def _pulled(wanted: str, name: str | None, folder: Path, otherwise: Path | None) -> str:
    """Serve a version, or an artifact instead; what is served, in words."""
    from barometer.ship.reachable import RegistryError, UnknownVersionError  # noqa: PLC0415

    try:
        registry = _registry(name)
        from barometer.ship.serving import pull  # noqa: PLC0415

        return _served(folder, pull(registry, wanted, folder))
    except RegistryError as error:
        from barometer.ship.serving import adopt, served  # noqa: PLC0415

        if otherwise is None or (served(folder) is not None and not isinstance(error, UnknownVersionError)):
            raise
        return f"{_served(folder, adopt(otherwise, folder))}; {error}"


@model.command("use")
def model_use(
    wanted: Wanted,
    reason: Annotated[str, typer.Option(help="Why; kept with the version.")] = "chosen by a person",
    refused: Annotated[bool, typer.Option("--refused", help="Even if the gate refused the version.")] = False,
    name: Name = None,
    folder: Folder = defaults.SERVED,
) -> None:
    """Make a version champion, back or forth, and serve it."""
    with _opened(name) as registry:
        from barometer.ship.serving import pull, stock  # noqa: PLC0415

        version = registry.find(wanted)
        if version.tags.get("gate") == "refused" and not refused:
            fail(
                f"the gate refused version {version.number} ({version.tags.get('gate.reason')}); --refused overrules it"
            )
        stock(registry, version, folder)  # before the alias moves: what cannot be served does not become champion
        registry.promote(version, reason)
        typer.echo(_served(folder, pull(registry, version.number, folder)))


def _served(folder: Path, card: "ModelCard") -> str:
    return f"{folder}: {card.name} {card.version}, {card.precision}, trained on {card.corpus.get('name', '-')}"


@model.command("list")
def model_list(name: Name = None, as_json: AsJson = False) -> None:
    """List every version, newest first: number, model version, aliases, verdict of the gate, when it was registered."""
    with _opened(name) as registry:
        versions = registry.versions()
    if as_json:
        for version in versions:
            typer.echo(json.dumps(_facts(version), ensure_ascii=False))
        return
    rows = [("version", "model", "aliases", "gate", "registered (UTC)")]
    rows += [
        (v.number, v.model_version, ", ".join(v.aliases) or "-", v.tags.get("gate", "-"), _when(v)) for v in versions
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@model.command("show")
def model_show(wanted: Wanted = defaults.CHAMPION, name: Name = None) -> None:
    """Write one JSON object: a version, the verdict with its numbers and reason, and the card of its model."""
    with _opened(name) as registry:
        version = registry.find(wanted)
        found = _facts(version) | {"tags": dict(sorted(version.tags.items())), "card": registry.card(version)}
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _facts(version: "RegisteredVersion") -> dict[str, Any]:
    return {
        "version": version.number,
        "model_version": version.model_version,
        "aliases": list(version.aliases),
        "gate": version.tags.get("gate"),
        "reason": version.tags.get("champion.reason") or version.tags.get("gate.reason"),
        "registered": version.created and version.created.isoformat(timespec="seconds"),
    }


def _when(version: "RegisteredVersion") -> str:
    return version.created.strftime("%Y-%m-%d %H:%M") if version.created else "-"
