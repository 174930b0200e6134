"""Webhooks: the signature of the specification, and a receiver over real HTTP."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from barometer.live.alerts.channels import senders
from barometer.live.alerts.errors import ChannelError
from barometer.live.alerts.webhook import body_of, keys_of, post, signed_headers

SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"


def test_signature_of_the_specification() -> None:
    # The example of Standard Webhooks 1.0.0.
    body = b'{"event_type":"ping","data":{"success":true}}'
    moment = datetime.fromtimestamp(1731705121, UTC)
    headers = signed_headers("msg_loFOjxBNrRLzqYUf", body, keys_of(SECRET, "S"), moment)
    assert headers["webhook-id"] == "msg_loFOjxBNrRLzqYUf" and headers["webhook-timestamp"] == "1731705121"
    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_receiver_verifies_what_arrives(receiver: Any, environment: Any, alerts_with: Any, event: Any) -> None:
    new = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    send = senders(alerts_with(), environment | {"SECRET": f"{SECRET} {new}"})["ops"]
    send(event)
    [message] = receiver.messages
    assert (message.path, message.headers["content-type"], message.headers["webhook-id"]) == (
        "/ops", "application/json", "e1",
    )  # fmt: skip
    signed = b"e1." + message.headers["webhook-timestamp"].encode() + b"." + message.body
    expected = [hmac.digest(key, signed, "sha256") for key in keys_of(f"{SECRET} {new}", "S")]
    found = [base64.b64decode(part.removeprefix("v1,")) for part in message.headers["webhook-signature"].split()]
    assert found == expected
    sent = json.loads(message.body)
    assert (sent["type"], sent["timestamp"]) == ("alert.raised", "2026-08-17T12:00:00+00:00")
    assert sent["data"] == {
        "event_id": "e1", "alert": "mood/higher", "rule": "mood", "title": "Barometer: up", "text": "It is 47.0 ± 4.",
        "value": 0.47,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "it answered 500"), (404, "it answered 404"), (307, "it answered 307, and redirects are not followed")],
)
def test_other_answers_are_refusals(receiver: Any, event: Any, status: int, reason: str) -> None:
    receiver.statuses.append(status)
    with pytest.raises(ChannelError) as refused:
        post(receiver.url, "URL", {}, body_of(event), 5)
    assert str(refused.value) == reason and len(receiver.messages) == 1


def test_answers_are_not_read(receiver: Any, event: Any) -> None:
    receiver.statuses.append(200)
    receiver.body = b"x" * 50_000_000
    post(receiver.url, "URL", {}, body_of(event), 5)


def test_silence_ends_after_timeout(receiver: Any, event: Any) -> None:
    receiver.statuses.append(0)
    with pytest.raises(ChannelError, match=r"^no answer within 0.2 s$"):
        post(receiver.url, "URL", {}, body_of(event), 0.2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"OPS_URL": ""}, "OPS_URL is not set"),
        ({"SECRET": " "}, "SECRET is not set"),
        ({"SECRET": "whsec_c2hvcnQ="}, "SECRET: expected whsec_ and the base64 of 16 to 64 random bytes"),
        ({"SECRET": "pass word"}, "SECRET: expected whsec_"),
        ({"OPS_URL": "ops.example/token-9"}, "OPS_URL holds no http or https address"),
        ({"OPS_URL": "ftp://ops.example/token-9"}, "OPS_URL holds no http or https address"),
        ({"OPS_URL": "http://ops.example:token-9/"}, "OPS_URL holds no http or https address"),
        ({"OPS_URL": "http://127.0.0.1:1/token-9"}, "cannot be reached: "),
        ({"OPS_URL": "http://nowhere.invalid/token-9"}, "cannot be reached: "),
    ],
)
def test_unusable_channels_name_no_secret(
    environment: Any, alerts_with: Any, event: Any, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(ChannelError) as refused:
        senders(alerts_with(), environment | changes)["ops"](event)
    assert str(refused.value).startswith(reason)
    assert "token-9" not in str(refused.value) and "\n" not in str(refused.value)
