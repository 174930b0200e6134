"""Commands that publish on the Hugging Face hub: `barometer hub push model|dataset`."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from barometer import defaults
from barometer.cli.common import (
    SERVE,
    Database,
    Model,
    needs_extra,
    open_store,
    reported_errors,
    reported_refusal,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

Name = Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository; created if it does not exist.")]
Folder = Annotated[
    Path | None, typer.Option(help="Only write the repository to this folder, replaced if it exists; upload nothing.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="The same, to outputs/hub/model or outputs/hub/dataset.")]
Private = Annotated[
    bool, typer.Option("--private", help="Make a repository that is created now visible to its owner only.")
]
Revision = Annotated[str, typer.Option(help="The branch; created if it does not exist.")]
DEFAULT_FOLDER = Path("outputs/hub")

app = typer.Typer()
hub = typer.Typer(no_args_is_help=True)
push = typer.Typer(no_args_is_help=True)
app.add_typer(hub, name="hub", help="Publish model and index on the Hugging Face hub.", rich_help_panel=SERVE)
hub.add_typer(push, name="push", help="Write a repository and upload it, with HF_TOKEN or `hf auth login`.")


@push.command("model")
def push_model(
    name: Name,
    model: Model = defaults.MODEL,
    encoder: Annotated[
        Path | None, typer.Option(help="YAML: base_model, licence and config of its encoder; that of fast by default.")
    ] = None,
    data_card: Annotated[
        Path | None, typer.Option(help="Of its training corpus; docs/data-card-CORPUS.md by default.")
    ] = None,
    folder: Folder = None,
    dry_run: DryRun = False,
    private: Private = False,
    revision: Revision = "main",
) -> None:
    """Publish a model: ONNX, tokenizer, configuration, and a card with its evaluation and a snippet that runs."""
    with needs_extra("hub"):
        from barometer.hub.encoder import FAST, read_encoder  # noqa: PLC0415
        from barometer.hub.model_folder import corpus_card, write_model_folder  # noqa: PLC0415

    def write(target: Path) -> None:
        chosen = data_card or corpus_card(model)
        write_model_folder(target, model, name, read_encoder(encoder or FAST), chosen)

    _publish("model", name, write, _target("model", folder, dry_run), private, revision)


@push.command("dataset")
def push_dataset(
    name: Name,
    database: Database = defaults.DATABASE_URL,
    labels: Annotated[Path, typer.Option(help="Folder of CSV files of labels by headline id.")] = Path("data/standoff"),
    data_card: Annotated[Path, typer.Option(help="Of the labels.")] = Path("docs/data-card-news.md"),
    folder: Folder = None,
    dry_run: DryRun = False,
    private: Private = False,
    revision: Revision = "main",
) -> None:
    """Publish the history of the index as Parquet and the labels by headline id; no text of a publisher."""
    with needs_extra("hub"):
        import pyarrow  # noqa: F401, PLC0415

        from barometer.hub.dataset_folder import write_dataset_folder  # noqa: PLC0415
    with needs_extra("live"):
        from barometer.live.store.engine import reading  # noqa: PLC0415

    def write(target: Path) -> None:
        with open_store(database) as engine:
            connect: Callable[[], AbstractContextManager[Connection]] = partial(reading, engine)
            write_dataset_folder(target, connect, labels, name, data_card, datetime.now(UTC))

    _publish("dataset", name, write, _target("dataset", folder, dry_run), private, revision)


def _target(kind: str, folder: Path | None, dry_run: bool) -> Path | None:
    return folder or (DEFAULT_FOLDER / kind if dry_run else None)


def _publish(
    kind: Literal["model", "dataset"],
    name: str,
    write: Callable[[Path], None],
    target: Path | None,
    private: bool,
    revision: str,
) -> None:
    """Write a repository to a folder and stop there, or upload it from a temporary one."""
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    from barometer.hub.folders import FolderError, HubError, replaced_folder  # noqa: PLC0415
    from barometer.hub.push import check_name, check_token, push_folder  # noqa: PLC0415

    with reported_errors(FolderError, HubError, HFValidationError, OSError):
        check_name(name)
        if target is not None:
            with replaced_folder(target, "README.md", f"{kind} repository") as new:
                write(new)
            typer.echo(f"{target} is the whole repository. Upload it with: barometer hub push {kind} {name}")
            return
        check_token()
        with TemporaryDirectory(prefix="barometer-hub-") as scratch:
            write(Path(scratch))
            with reported_refusal(name):
                done = push_folder(Path(scratch), name, kind, private=private, revision=revision)
    typer.echo(done.url if done.changed else f"{done.url} (unchanged)")
