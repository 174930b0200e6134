"""What sends an event to a channel. Addresses and secrets come from the environment, by name, and are never stored."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from barometer.live.alerts.errors import ChannelError
from barometer.live.alerts.services import notify
from barometer.live.alerts.settings import AlertsSettings, AnyChannel, WebhookChannel
from barometer.live.alerts.webhook import body_of, keys_of, post, signed_headers
from barometer.live.records import AlertEvent

Send: TypeAlias = Callable[[AlertEvent], None]


def senders(settings: AlertsSettings, environment: Mapping[str, str]) -> dict[str, Send]:
    """For each channel, by name, a function that sends an event and raises `ChannelError` if it was not accepted."""
    timeout = settings.retry.timeout_seconds
    return {channel.name: _sender(channel, environment, timeout) for channel in settings.channels}


def _sender(channel: AnyChannel, environment: Mapping[str, str], timeout: float) -> Send:
    def value_of(variable: str) -> str:
        if value := environment.get(variable, "").strip():
            return value
        raise ChannelError(f"{variable} is not set")

    def send(event: AlertEvent) -> None:
        url = value_of(channel.url_from)
        if not isinstance(channel, WebhookChannel):
            notify(url, channel.url_from, event, timeout)
            return
        keys, body = keys_of(value_of(channel.secret_from), channel.secret_from), body_of(event)
        # The time of this try, so that a receiver can refuse old messages that somebody kept and sends again.
        headers = signed_headers(event.event_id, body, keys, datetime.now(UTC))
        post(url, channel.url_from, headers, body, timeout)

    return send


def error_of(send: Send, event: AlertEvent) -> str | None:
    """Send an event; why it was not accepted, without a secret, or None if it was."""
    try:
        send(event)
    except ChannelError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever a channel's library raises is a failure of this channel alone
        return f"unexpected {type(error).__name__}"  # its text might hold the address
    return None
