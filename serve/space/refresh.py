"""`python -m serve.space.refresh`: crawl the feeds once and score new headlines, configured by the environment."""

import os
import sys
from datetime import UTC, datetime

import typer

from barometer.card import ArtifactError
from barometer.live.refresh import crawl_news, score_window
from barometer.live.settings import FeedsSettings, load_feeds
from barometer.live.store.engine import StoreError, open_engine, writing
from barometer.live.store.titles import delete_dropped
from barometer.live.summary import summary_lines
from barometer.predictor import Predictor
from barometer.scoring import scorer_of
from barometer.settings import SettingsError
from serve.api.settings import ApiSettingsError, read_environment
from serve.space.settings import SpaceSettings

_POLITE = 10  # pages have priority


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
