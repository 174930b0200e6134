"""`python -m serve.space.refresh`: crawl the feeds once and score new headlines, configured by the environment."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import Field

from barometer.card import ArtifactError
from barometer.live.refresh import crawl_news, score_window
from barometer.live.settings import FeedsSettings, load_feeds
from barometer.live.store.engine import StoreError, open_engine, writing
from barometer.live.store.titles import delete_dropped
from barometer.live.summary import summary_lines
from barometer.predictor import Predictor
from barometer.scoring import scorer_of
from barometer.settings import SettingsError
from serve.api.settings import ApiSettingsError, AppSettings, read_environment

ROOT = Path(__file__).resolve().parents[2]  # where app.py is; nothing is written below it
_POLITE = 10  # pages have priority


class SpaceSettings(AppSettings):
    """Settings of a Space besides those of `AppSettings`.

    Attributes:
        data: folder for data; by default persistent storage if the Space has it, else a temporary folder.
        snapshot: the store that a Space starts with; unused if `database_url` is given or `data` holds a store.
        feeds: YAML file of the feeds to crawl.
        refresh_hours: time between a refresh and the next.
        space_host: host name of the Space, given to feeds as the contact address.
    """

    host: str = "0.0.0.0"  # noqa: S104 - the platform's proxy asks from outside the container
    trusted_proxies: str = "*"  # nothing else reaches the port
    log_format: Literal["json", "console"] = "console"
    model: Path = ROOT / "model"
    reports: Path = ROOT / "reports"
    market: Path = ROOT / "market"
    data: Path | None = None
    snapshot: Path = ROOT / "snapshot.db"
    feeds: Path = ROOT / "feeds.yaml"
    refresh_hours: Annotated[float, Field(gt=0, le=24 * 7)] = 6.0
    space_host: str = Field("", validation_alias="SPACE_HOST")


def main() -> None:
    """Refresh the store and print a summary; a configuration error ends it with one line."""
    os.nice(_POLITE)
    try:
        refresh(read_environment(SpaceSettings))
    except (ApiSettingsError, ArtifactError, SettingsError, StoreError) as error:
        sys.exit(f"barometer: {error}")


def refresh(settings: SpaceSettings) -> None:
    """Crawl the feeds of `settings` into its store, score the window shown, and print a summary.

    Raises:
        ArtifactError: if the model is incomplete.
        SettingsError: if the file of feeds is invalid.
        StoreError: if the URL cannot be one of a store.
    """
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        summary = crawl_news(engine, _named(load_feeds(settings.feeds), settings.space_host))
        typer.echo("\n".join(summary_lines(summary)))
        with writing(engine) as connection:
            delete_dropped(connection, datetime.now(UTC))
        scorer = scorer_of(Predictor.load(settings.model, threads=1))
        scored = score_window(engine, scorer)
        typer.echo(f"{scored:,} headlines scored by {scorer.version}")
    finally:
        engine.dispose()


def _named(feeds: FeedsSettings, host: str) -> FeedsSettings:
    if feeds.fetch.contact or not host:
        return feeds
    return feeds.model_copy(update={"fetch": feeds.fetch.model_copy(update={"contact": f"https://{host}"})})


if __name__ == "__main__":
    main()
