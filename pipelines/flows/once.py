"""`python -m pipelines.flows.once`: one refresh, its steps one after the other, without Prefect."""

import argparse
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from barometer.cli.flows import DEFAULT_SCHEDULE
from barometer.cli.store import said_plainly
from barometer.live.index import last_hours
from barometer.live.records import BarometerReading
from barometer.live.settings import load_feeds
from barometer.live.store.engine import reading
from barometer.live.store.standing import active_version
from barometer.live.store.upgrade import opened_store
from barometer.live.summary import summary_lines
from pipelines.flows import steps
from pipelines.flows.settings import Production, load_production

_HOURS = 24


def main(arguments: list[str] | None = None) -> None:
    """Refresh once with the settings that the arguments name, and print what it brought and the barometer."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.flows.once", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_SCHEDULE)
    with told_plainly():
        _refresh(load_production(parser.parse_args(arguments).config))


def told_plainly() -> AbstractContextManager[None]:
    """Errors that a person can mend, those of production included, end the program with one line and status 2."""
    return said_plainly(steps.ProductionError)


def _refresh(work: Production) -> None:
    feeds = load_feeds(work.settings.feeds)
    with typer.progressbar(length=len(feeds.addresses), label="feeds", file=sys.stderr) as bar:
        summary = steps.crawl(work, feeds, lambda _: bar.update(1))
    print("\n".join(summary_lines(summary)), flush=True)
    scored = steps.score(work)
    sampled = len(steps.sample(work))
    print(f"{scored:,} headlines scored\n{sampled:,} headlines sampled for annotation")
    print(barometer_line(_shown(work)), flush=True)
    steps.refreshed(summary, scored, sampled)


def _shown(work: Production) -> BarometerReading:
    with opened_store(work.database) as engine, reading(engine) as connection:
        version = active_version(connection)
        assert version is not None  # it was scored a moment ago
        return last_hours(connection, version, _HOURS, datetime.now(UTC))


def barometer_line(found: BarometerReading) -> str:
    """The barometer of some hours as a person reads it, from 0 to 100."""
    hours = round((found.until - found.since) / timedelta(hours=1))
    if found.value is None or found.low is None or found.high is None:
        return f"barometer of {hours} hours: no data"
    value, low, high = (f"{100 * share:.1f}" for share in (found.value, found.low, found.high))
    return f"barometer of {hours} hours: {value} of 100 (95 % interval {low} to {high}), {found.count:,} headlines"


if __name__ == "__main__":
    main()
