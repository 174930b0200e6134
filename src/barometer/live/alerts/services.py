"""Messages to the services that apprise knows, such as Telegram, Slack and Discord, by an address of its own form."""

import logging
from threading import get_ident

from barometer.live.alerts.errors import ChannelError
from barometer.live.records import AlertEvent

_APP = "Crypto news barometer"
_LONGEST = 200


class _Said(logging.Handler):
    """Keeps what is logged in this thread: apprise says there, and nowhere else, why it failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.thread == self._thread:
            self.lines.append(" ".join(record.getMessage().split()))


def notify(url: str, variable: str, event: AlertEvent, timeout: float) -> None:
    """Send an event to the service at an address of apprise. Redirects are not followed.

    Raises:
        ChannelError: if apprise is missing, does not know the address, or could not deliver. The address is not named.
    """
    try:
        import apprise  # noqa: PLC0415 - an extra, and a third of a second
    except ModuleNotFoundError:
        raise ChannelError("needs the extra `alerts`: pip install 'crypto-news-barometer[alerts]'") from None
    logger, said = logging.getLogger("apprise"), _Said()
    logger.addHandler(said)
    try:
        # No pictures from elsewhere, nothing stored, and no threads besides this one.
        asset = apprise.AppriseAsset(
            app_id=_APP, app_desc=_APP, app_url="", image_url_mask="", image_url_logo="", async_mode=False,
            http_redirects=False, pgp_autogen=False, pem_autogen=False,
        )  # fmt: skip
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:  # what it says of that may hold a part of the address
            raise ChannelError(f"{variable} holds no address that apprise knows")
        service.socket_connect_timeout = service.socket_read_timeout = timeout
        manager = apprise.Apprise(asset=asset)
        manager.add(service)
        if not manager.notify(
            title=event.title, body=event.text, notify_type=apprise.NotifyType.WARNING,
            body_format=apprise.NotifyFormat.TEXT,
        ):  # fmt: skip
            raise ChannelError(said.lines[-1][:_LONGEST] if said.lines else "apprise could not deliver it")
    finally:
        logger.removeHandler(said)
