"""The commands of the Hugging Face Space: `space build` makes its folder, `space push` uploads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from barometer.cli.errors import fail, needs_extra
from barometer.cli.run import run_module

DEFAULT_FOLDER = Path("outputs/space")
_LEFT_BY_RUNNING = ["**/__pycache__/**"]

space = typer.Typer(no_args_is_help=True, help="The Hugging Face Space.")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of the Space to the program."""
    app.add_typer(space, name="space")


@space.command(
    "build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def space_build(context: typer.Context) -> None:
    """Make the folder that is the whole Space; --help lists what it takes."""
    run_module("serve.space.build", *context.args, extras={"sqlalchemy": "live", "uvicorn": "serve", "gradio": "app"})


@space.command("push")
def space_push(
    name: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The Space; it is made if there is none.")],
    folder: Annotated[Path, typer.Option(help="What `space build` made.")] = DEFAULT_FOLDER,
    private: Annotated[bool, typer.Option(help="A Space that is made now is shown to its owner only.")] = False,
) -> None:
    """Upload the Space, so that it holds the files of the folder and no others.

    HF_TOKEN, or the hub's own login (`hf auth login`), says who you are.
    """
    if not (folder / "app.py").is_file():
        fail(f"no Space at {folder}; make one with: barometer space build")
    with needs_extra("app"):
        from huggingface_hub import HfApi  # noqa: PLC0415
    api = HfApi()
    with _said_plainly(name):
        made = api.create_repo(name, repo_type="space", space_sdk="gradio", private=private or None, exist_ok=True)
        api.upload_folder(
            repo_id=made.repo_id,
            repo_type="space",
            folder_path=folder,
            commit_message="Upload the barometer",
            ignore_patterns=_LEFT_BY_RUNNING,
            delete_patterns="*",  # a module that is gone here would still be imported there
        )
    typer.echo(made.url)


@contextmanager
def _said_plainly(name: str) -> Iterator[None]:
    """What the hub refuses, or the way to it, becomes one line and exit status 2."""
    from huggingface_hub import errors  # noqa: PLC0415

    # Any failure of its HTTP client, whichever client its version has.
    unreachable = errors.HTTPError  # type: ignore[attr-defined]
    try:
        yield
    except (unreachable, errors.HFValidationError, errors.OfflineModeIsEnabled) as error:
        fail(f"{name} was not uploaded: {' '.join(str(error).split())}")
