"""Commands about feeds, `barometer feeds`, and about the titles that filters dropped, `barometer dropped`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer import defaults
from barometer.cli.common import LIVE, Database, Feeds, fail, needs_extra, open_store, reported_errors
from barometer.live.records import FeedStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from barometer.live.add_feeds import Sorted
    from barometer.live.feed_states import ListedFeed
    from barometer.live.records import DroppedTitle
    from barometer.live.settings import FeedsSettings

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON lines.")]
Urls = Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses as `barometer feeds list` shows them.")]

app = typer.Typer()
feeds = typer.Typer(no_args_is_help=True)
dropped = typer.Typer(no_args_is_help=True)
app.add_typer(
    feeds, name="feeds", help="Check, list, revive and drop feeds; exchange them as OPML.", rich_help_panel=LIVE
)
app.add_typer(dropped, name="dropped", help="List the titles that a filter dropped.", rich_help_panel=LIVE)


@feeds.command("check")
def feeds_check(config: Feeds = defaults.FEEDS) -> None:
    """Request every feed and report those that are dead, stale, moved, or answer 304 whatever has changed.

    A feed with validators is asked twice; nothing is stored. The crawl asks a stuck feed in full once a week.
    """
    with needs_extra("live"):
        from barometer.live.check_feeds import check_feeds, check_lines  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
    with reported_errors():
        checks = check_feeds(load_feeds(config))
    typer.echo("\n".join(check_lines(checks, datetime.now(UTC))))


@feeds.command("list")
def feeds_list(
    config: Feeds = defaults.FEEDS,
    database: Database = defaults.DATABASE_URL,
    state: Annotated[FeedStatus | None, typer.Option(help="Only feeds in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the feeds of the configuration and of the store: state, failures in a row, next poll (UTC), last error."""
    with open_store(database) as engine:
        from barometer.live.feed_states import list_feeds  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415

        settings = load_feeds(config)
        with reading(engine) as connection:
            found = list_feeds(connection, settings, state)
    if as_json:
        for feed in found:
            typer.echo(json.dumps(_facts(feed), ensure_ascii=False, default=datetime.isoformat))
    elif found:
        typer.echo("\n".join(_feed_lines(found)))


def _facts(feed: "ListedFeed") -> dict[str, object]:
    return asdict(feed.state) | {"configured": feed.configured}


def _feed_lines(found: Sequence["ListedFeed"]) -> list[str]:
    lines = [f"{'state':<8} {'failures':>8} {'next poll':<16} feed"]
    for feed in found:
        state = feed.state
        next_poll = f"{state.next_poll_at:%Y-%m-%d %H:%M}" if state.next_poll_at else "-"
        line = f"{state.state.value:<8} {state.failures:>8} {next_poll:<16} {_shown(state.url)}"
        line += f" -> {_shown(state.moved_to)}" if state.moved_to else ""
        line += "" if feed.configured else " (not in the configuration)"
        lines.append(line + (f": {_shown(state.last_error)}" if state.last_error else ""))
    return lines


def _shown(text: str) -> str:
    """A text of others as a terminal may show it."""
    return text if text.isprintable() else ascii(text)


@contextmanager
def _deciding(config: Path, database: str) -> Iterator[tuple["Connection", "FeedsSettings"]]:
    """The store, to change states of feeds in one transaction, and the configuration."""
    with open_store(database) as engine:
        from barometer.live.feed_states import FeedChoiceError  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
        from barometer.live.store.engine import writing  # noqa: PLC0415

        settings = load_feeds(config)
        with reported_errors(FeedChoiceError), writing(engine) as connection:
            yield connection, settings


@feeds.command("revive")
def feeds_revive(urls: Urls, config: Feeds = defaults.FEEDS, database: Database = defaults.DATABASE_URL) -> None:
    """Ask parked or retired feeds again, at the next crawl."""
    with _deciding(config, database) as (connection, settings):
        from barometer.live.feed_states import revive_feeds  # noqa: PLC0415

        lines = revive_feeds(connection, settings, urls, datetime.now(UTC))
    typer.echo("\n".join(lines))


@feeds.command("drop")
def feeds_drop(urls: Urls, config: Feeds = defaults.FEEDS, database: Database = defaults.DATABASE_URL) -> None:
    """Never ask feeds again, though the configuration lists them; their headlines stay, and `revive` takes it back."""
    with _deciding(config, database) as (connection, settings):
        from barometer.live.feed_states import drop_feeds  # noqa: PLC0415

        lines = drop_feeds(connection, settings, urls, datetime.now(UTC))
    typer.echo("\n".join(lines))
    if listed := {feed.url for feed in settings.addresses}.intersection(urls):
        typer.echo(f"{config} still lists {len(listed)} of them under `addresses`; delete the lines to forget them")


@feeds.command("export")
def feeds_export(
    file: Annotated[str, typer.Argument(help="File to write; - is standard output.")] = "-",
    config: Feeds = defaults.FEEDS,
) -> None:
    """Write the addresses of the configuration as OPML 2.0, which feed readers import."""
    with needs_extra("live"):
        from barometer.live.opml import write_opml  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
    with reported_errors(OSError):
        text, refused = write_opml(load_feeds(config).addresses, "Feeds of the crypto news barometer")
        if file == "-":
            typer.echo(text.encode(), nl=False)
        else:
            Path(file).write_bytes(text.encode())
    for reason in refused:
        typer.echo(f"left out: {reason}", err=True)


@feeds.command("import")
def feeds_import(
    file: Annotated[Path, typer.Argument(help="OPML file, as feed readers export it.")],
    config: Feeds = defaults.FEEDS,
) -> None:
    """Add the feeds of an OPML file to the end of the configuration's list; the rest of its file stays as it is."""
    with needs_extra("live"):
        from barometer.live.add_feeds import sort_feeds  # noqa: PLC0415
        from barometer.live.opml import MAX_BYTES, OpmlError, read_opml  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
    with reported_errors(OSError):
        try:
            with file.open("rb") as stream:
                outlines = read_opml(stream.read(MAX_BYTES + 1))
        except OpmlError as error:
            fail(f"{file}: {error}")
        found = sort_feeds(outlines, load_feeds(config))
        for reason in found.refused:
            typer.echo(f"refused: {reason}", err=True)
        _add(found, config)
    typer.echo(f"{len(found.new)} added, {found.known} known, {len(found.refused)} refused")


def _add(found: "Sorted", config: Path) -> None:
    from barometer.live.add_feeds import extended, replace_file, yaml_lines  # noqa: PLC0415

    if not found.new:
        return
    changed = extended(config.read_bytes().decode(), found.new)
    if changed is None:
        typer.echo("\n".join(yaml_lines(found.new)))
        fail(f"{config}: `addresses` is not a list with an item on each line; add the lines above yourself")
    replace_file(config, changed)


@dropped.command("list")
def dropped_list(
    database: Database = defaults.DATABASE_URL,
    reason: Annotated[str | None, typer.Option(help="The filter that dropped them, such as english.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many titles.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List titles that a filter dropped, newest first; without a reason, also how many each one dropped."""
    with open_store(database) as engine:
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.titles import count_dropped, list_dropped  # noqa: PLC0415

        with reading(engine) as connection:
            counts = count_dropped(connection)
            if reason is not None and reason not in counts:
                there = ", ".join(counts) or "no title is kept"
                fail(f"--reason {reason}: no title was dropped for it; there are: {there}")
            found = list_dropped(connection, reason, limit)
    for title in found:
        typer.echo(
            json.dumps(asdict(title), ensure_ascii=False, default=datetime.isoformat) if as_json else _line(title)
        )
    if reason is None:
        total = f"{sum(counts.values()):,} dropped: " + ", ".join(
            f"{name} {number:,}" for name, number in counts.items()
        )
        typer.echo(total.removesuffix(": "), err=as_json)


def _line(title: "DroppedTitle") -> str:
    return f"{title.dropped_at:%Y-%m-%d %H:%M} {title.reason:<14} {_shown(title.title)} ({_shown(title.source)})"
