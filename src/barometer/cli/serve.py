"""Commands that serve: the APIs, the app and the MCP server, and the Hugging Face Space."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from barometer import defaults
from barometer.cli.common import SERVE, Feeds, Model, fail, needs_extra, reported_errors, reported_refusal, use_checkout

DEFAULT_FOLDER = Path("outputs/space")
_LEFT_BY_RUNNING = ["**/__pycache__/**"]

app = typer.Typer()
space = typer.Typer(no_args_is_help=True)
app.add_typer(space, name="space", help="Build and upload the Hugging Face Space.", rich_help_panel=SERVE)


@app.command(rich_help_panel=SERVE)
def serve(
    service: Annotated[Literal["model", "data", "app", "mcp"], typer.Argument(help="The service to run.")],
    transport: Annotated[
        Literal["http", "stdio"], typer.Option(help="Of mcp: stdio is for a client that starts this command itself.")
    ] = "http",
) -> None:
    """Run the model API (port 8001), data API (8002), app (7860) or MCP server (8003) from a checkout.

    Environment variables with the prefix BAROMETER_ configure it.
    """
    if service == "mcp":
        use_checkout("serve", sqlalchemy="live", uvicorn="serve", mcp="mcp")
        from serve.mcp.__main__ import main as run_mcp  # noqa: PLC0415

        run_mcp([transport])
    elif transport != "http":
        fail(f"--transport {transport} is for mcp; {service} answers over HTTP")
    elif service == "app":
        use_checkout("serve", sqlalchemy="live", gradio="app")
        from serve.app.__main__ import main as run_app  # noqa: PLC0415

        run_app()
    else:
        use_checkout("serve", uvicorn="serve")
        from serve.api.__main__ import main as run_api  # noqa: PLC0415

        run_api([service])


@space.command("build")
def space_build(
    folder: Annotated[Path, typer.Option(help="Folder of the Space; replaced if it exists.")] = DEFAULT_FOLDER,
    model: Model = defaults.MODEL,
    database: Annotated[Path, typer.Option(help="SQLite file of the news to show.")] = Path("outputs/barometer.db"),
    reports: Annotated[Path, typer.Option(help="Reports for the model page.")] = Path("reports/news"),
    market: Annotated[Path, typer.Option(help="Daily market series; left out if missing.")] = Path("data/market"),
    feeds: Feeds = defaults.FEEDS,
) -> None:
    """Build the folder that is the whole Space."""
    use_checkout("serve", sqlalchemy="live", uvicorn="serve", gradio="app")
    from barometer.hub.folders import FolderError  # noqa: PLC0415
    from serve.space.build import replace_space, size_lines  # noqa: PLC0415
    from serve.space.build_parts import BuildError  # noqa: PLC0415

    with reported_errors(BuildError, FolderError):
        replace_space(folder, model, database, reports, market, feeds)
    typer.echo("\n".join(size_lines(folder)))
    typer.echo(f"{folder} is the whole Space. Upload it with: barometer space push OWNER/NAME")


@space.command("push")
def space_push(
    name: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The Space; created if it does not exist.")],
    folder: Annotated[Path, typer.Option(help="Folder that `space build` wrote.")] = DEFAULT_FOLDER,
    private: Annotated[bool, typer.Option(help="Make a Space that is created now visible to its owner only.")] = False,
) -> None:
    """Upload the Space, so that it holds the files of the folder and no others.

    Authenticate with HF_TOKEN or the hub's own login (`hf auth login`).
    """
    if not (folder / "app.py").is_file():
        fail(f"no Space at {folder}; build one with: barometer space build")
    with needs_extra("app"):
        from huggingface_hub import HfApi  # noqa: PLC0415
    api = HfApi()
    with reported_refusal(name):
        made = api.create_repo(name, repo_type="space", space_sdk="gradio", private=private or None, exist_ok=True)
        api.upload_folder(
            repo_id=made.repo_id,
            repo_type="space",
            folder_path=folder,
            commit_message="Upload the barometer",
            ignore_patterns=_LEFT_BY_RUNNING,
            delete_patterns="*",  # a module that was deleted here would still be imported there
        )
    typer.echo(made.url)
