"""Messages through apprise: its own client of JSON, Telegram, Slack and Discord against a real receiver."""

import json
from typing import Any

import pytest

from barometer.live.alerts.errors import ChannelError
from barometer.live.alerts.services import notify

apprise = pytest.importorskip("apprise")
# One of its hundred services imports a module that Python 3.13 no longer has, where it is there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
PATH_OF_SLACK = "/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SLACK = f"slack:/{PATH_OF_SLACK}"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


def test_service_gets_title_and_text(receiver: Any, event: Any) -> None:
    notify(f"json://{receiver.address}/hook", "URL", event, 5)
    [message] = receiver.messages
    sent = json.loads(message.body)
    assert (sent["title"], sent["message"], sent["type"]) == ("Barometer: up", "It is 47.0 ± 4.", "warning")


@pytest.mark.parametrize(
    ("address", "plugin", "attribute", "path"),
    [
        (f"tgram://{TOKEN}/12345", "NotifyTelegram", "notify_url", f"/bot{TOKEN}/sendMessage"),
        (SLACK, "NotifySlack", "webhook_url", PATH_OF_SLACK),
        (f"https://hooks.slack.com/services{PATH_OF_SLACK}", "NotifySlack", "webhook_url", PATH_OF_SLACK),
        (DISCORD, "NotifyDiscord", "notify_url", "/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"),
    ],
)
def test_documented_addresses_reach_their_service(
    receiver: Any, event: Any, monkeypatch: pytest.MonkeyPatch, address: str, plugin: str, attribute: str, path: str
) -> None:
    """Only the host is another: what is sent is what the library sends to the service."""
    service = type(apprise.Apprise.instantiate(address))
    assert service.__name__ == plugin
    monkeypatch.setattr(service, attribute, receiver.url + ("/bot" if plugin == "NotifyTelegram" else ""))
    receiver.statuses.append(200)
    receiver.body = b"ok" if plugin == "NotifySlack" else b'{"ok": true}'
    notify(address, "URL", event, 5)
    [message] = receiver.messages
    assert message.path == path
    assert b"Barometer: up" in message.body and b"It is 47.0" in message.body


def test_refusal_says_why_without_address(receiver: Any, event: Any) -> None:
    receiver.statuses.append(503)
    with pytest.raises(ChannelError, match="503") as refused:
        notify(f"json://user:hidden@{receiver.address}/token-9", "URL", event, 5)
    assert "hidden" not in str(refused.value) and "token-9" not in str(refused.value)


def test_redirects_are_not_followed(receiver: Any, event: Any) -> None:
    receiver.statuses.append(307)
    with pytest.raises(ChannelError, match="307"):
        notify(f"json://{receiver.address}/hook", "URL", event, 5)
    assert [message.path for message in receiver.messages] == ["/hook"]


def test_silence_ends_after_timeout(receiver: Any, event: Any) -> None:
    receiver.statuses.append(0)
    with pytest.raises(ChannelError):
        notify(f"json://{receiver.address}/hook", "URL", event, 0.2)


@pytest.mark.parametrize("address", ["token-9", "nosuch://token-9", "discord://token-9", "http://[token-9"])
def test_unknown_addresses_are_not_shown(event: Any, address: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChannelError, match=r"^URL holds no address that apprise knows$"):
        notify(address, "URL", event, 5)
    assert "token-9" not in "".join(capfd.readouterr())
