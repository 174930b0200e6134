"""Webhooks as Standard Webhooks 1.0.0 (https://www.standardwebhooks.com) has them: JSON, signed with HMAC-SHA256.

The signature covers id, time and body, so that a receiver can tell who sent a message, that it is whole and that it is
new. The id is that of the event and the same in every try: a receiver drops what it has already.
"""

import base64
import binascii
import hmac
import json
from datetime import datetime

import httpx

from barometer.live.alerts.errors import ChannelError
from barometer.live.records import AlertEvent

_PREFIX = "whsec_"
# Bytes of a secret: the specification asks for 24 to 64, and its own example has 18.
_LEAST, _MOST = 16, 64


def body_of(event: AlertEvent) -> bytes:
    """The body of a message: `type`, `timestamp` and `data`, in UTF-8."""
    data = {
        "event_id": event.event_id, "alert": event.alert, "rule": event.rule, "title": event.title, "text": event.text,
        **event.facts,
    }  # fmt: skip
    message = {"type": "alert.raised", "timestamp": event.raised_at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()


def keys_of(secret: str, variable: str) -> list[bytes]:
    """The keys of one or more secrets, separated by spaces: while one replaces another, messages are signed with both.

    Raises:
        ChannelError: naming the variable, if one is not `whsec_` and the base64 of 16 to 64 bytes.
    """
    keys = []
    for part in secret.split():
        try:
            key = base64.b64decode(part.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not _LEAST <= len(key) <= _MOST:
            raise ChannelError(f"{variable}: expected {_PREFIX} and the base64 of {_LEAST} to {_MOST} random bytes")
        keys.append(key)
    return keys


def signed_headers(event_id: str, body: bytes, keys: list[bytes], moment: datetime) -> dict[str, str]:
    """The headers of a message that is sent at a moment."""
    timestamp = str(int(moment.timestamp()))
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def post(url: str, variable: str, headers: dict[str, str], body: bytes, timeout: float) -> None:
    """Post a message; any answer of 2xx has accepted it. Redirects are not followed, and the answer is not read.

    Private addresses are allowed, other than for feeds: this one is the operator's own.

    Raises:
        ChannelError: if it was not accepted.
    """
    try:
        with httpx.stream(
            "POST", url, content=body, headers=headers, timeout=timeout, follow_redirects=False
        ) as answer:
            status = answer.status_code
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise ChannelError(f"{variable} holds no http or https address") from None
    except httpx.TimeoutException:
        raise ChannelError(f"no answer within {timeout:g} s") from None
    except httpx.HTTPError as error:
        raise ChannelError(f"cannot be reached: {' '.join(str(error).split()) or type(error).__name__}") from None
    if 300 <= status < 400:
        raise ChannelError(f"it answered {status}, and redirects are not followed")
    if not 200 <= status < 300:
        raise ChannelError(f"it answered {status}")
