"""Commands about alerts, `barometer alerts`: send a test message, list what was seen, look at the rules now."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from barometer import defaults
from barometer.cli.common import LIVE, Database, fail, needs_extra, open_store, reported_errors
from barometer.live.records import AlertEvent, Delivery, DeliveryState

if TYPE_CHECKING:
    from barometer.live.alerts.channels import Send

Alerts = Annotated[Path, typer.Option(help="YAML file of rules and channels.")]

app = typer.Typer()
alerts = typer.Typer(no_args_is_help=True)
app.add_typer(
    alerts, name="alerts", help="Test the channels of alerts, list what was raised, look now.", rich_help_panel=LIVE
)


@alerts.command("test")
def alerts_test(
    config: Alerts = defaults.ALERTS,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
) -> None:
    """Send a test message to each channel; write one JSON object for each, and exit with 2 if one did not accept it."""
    with needs_extra("live"):
        from barometer.live.alerts.channels import senders  # noqa: PLC0415
        from barometer.live.alerts.settings import load_alerts  # noqa: PLC0415
    with reported_errors():
        send = senders(load_alerts(config), os.environ)
    if not send:
        fail(f"{config} names no channels; see docs/alerts.md")
    if channel is not None and channel not in send:
        fail(f"--channel {channel}: unknown channel; expected one of {', '.join(send)}")
    chosen = {name: each for name, each in send.items() if channel in (None, name)}
    refused = [name for name, each in chosen.items() if not _try(name, each)]
    if refused:
        fail(f"{len(refused)} of {len(chosen)} channels did not accept the test message: {', '.join(refused)}")


def _try(name: str, send: "Send") -> bool:
    from barometer.live.alerts.channels import error_of  # noqa: PLC0415

    text = "This is a test of the alerts of the crypto news barometer; nothing has happened."
    # Programs that act on alerts tell it by `test`.
    event = AlertEvent(f"test-{uuid4().hex}", "test", "test", datetime.now(UTC), "Test message", text, {"test": True})
    error = error_of(send, event)
    typer.echo(json.dumps({"channel": name, "accepted": error is None, "error": error}, ensure_ascii=False))
    return error is None


@alerts.command("list")
def alerts_list(
    database: Database = defaults.DATABASE_URL,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many events.")] = 20,
    state: Annotated[DeliveryState | None, typer.Option(help="Only events with such a delivery.")] = None,
) -> None:
    """Write the newest alerts as JSON lines, newest first, each with its deliveries."""
    with open_store(database) as engine:
        from barometer.live.store.alerts import read_events  # noqa: PLC0415
        from barometer.live.store.deliveries import read_deliveries  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415

        with reading(engine) as connection:
            events = read_events(connection, limit, state)
            deliveries = read_deliveries(connection, events)
    for event in events:
        typer.echo(_line(event, deliveries))


def _line(event: AlertEvent, deliveries: Mapping[str, Sequence[Delivery]]) -> str:
    told = [{name: value for name, value in asdict(each).items() if name != "event_id"}
            for each in deliveries.get(event.event_id, ())]  # fmt: skip
    return json.dumps(asdict(event) | {"deliveries": told}, ensure_ascii=False, default=datetime.isoformat)


@alerts.command("check")
def alerts_check(config: Alerts = defaults.ALERTS, database: Database = defaults.DATABASE_URL) -> None:
    """Look at every rule now and deliver what is due, as a refresh does at its end."""
    with open_store(database) as engine:
        from barometer.live.alerts.run import run_alerts  # noqa: PLC0415
        from barometer.live.alerts.settings import load_alerts  # noqa: PLC0415

        lines = run_alerts(engine, load_alerts(config), os.environ).lines()
    typer.echo("\n".join(lines) if lines else "nothing new")
