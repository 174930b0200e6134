"""One refresh, its steps one after the other, without Prefect."""

import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import typer
from sqlalchemy.exc import DatabaseError

from barometer.live.annotation.studio import StudioError
from barometer.live.index import last_hours
from barometer.live.records import BarometerReading
from barometer.live.settings import load_feeds
from barometer.live.store.annotation import BusyError
from barometer.live.store.engine import StoreError, describe_error, reading
from barometer.live.store.standing import active_version
from barometer.live.store.upgrade import opened_store
from barometer.live.summary import summary_lines
from barometer.live.words import reading_words
from barometer.settings import SettingsError
from pipelines.flows import annotation, steps
from pipelines.flows.settings import Production

_HOURS = 24


def refresh_once(work: Production) -> None:
    """Refresh once, and print a summary and the barometer.

    Raises:
        ArtifactError, SettingsError, StoreError: for the model, the feeds or the store.
        NoFeedAnsweredError: at the end, if every feed failed.
    """
    feeds = load_feeds(work.settings.feeds)
    shown = sys.stderr if sys.stderr.isatty() else StringIO()  # elsewhere an error is the one line
    with typer.progressbar(length=len(feeds.addresses), label="feeds", file=shown) as bar:
        summary = steps.crawl(work, feeds, lambda _: bar.update(1))
    print("\n".join(summary_lines(summary)), flush=True)
    scored = steps.score(work)
    sampled = len(steps.sample(work))
    print(f"{scored:,} headlines scored\n{sampled:,} headlines sampled for annotation")
    if annotation.has_server(work):
        try:
            print(annotation.pushed_line(annotation.push(work)))
        except (BusyError, SettingsError, StudioError) as error:
            print(f"headlines were not pushed: {error}", file=sys.stderr)
    _alert(work)
    print(barometer_line(_active_reading(work)), flush=True)
    steps.refreshed(summary, scored, sampled)


def _alert(work: Production) -> None:
    """Look at the alerts; what goes wrong with them is reported and fails no refresh."""
    try:
        done = steps.alerts(work)
    except (SettingsError, StoreError) as error:
        print(f"alerts were not looked at: {error}", file=sys.stderr)
    except DatabaseError as error:
        print(f"alerts were not looked at: {describe_error(error)}", file=sys.stderr)
    else:
        print("".join(f"{line}\n" for line in (done.lines() if done else [])), end="")


def _active_reading(work: Production) -> BarometerReading:
    with opened_store(work.database) as engine, reading(engine) as connection:
        version = active_version(connection)
        assert version is not None  # `score` has just activated it
        return last_hours(connection, version, _HOURS, datetime.now(UTC))


def barometer_line(found: BarometerReading) -> str:
    """The barometer of a window as a line of text, from 0 to 100."""
    hours = round((found.until - found.since) / timedelta(hours=1))
    return f"barometer of {hours} hours: {reading_words(found)}"
