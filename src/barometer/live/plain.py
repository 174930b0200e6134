"""Titles and links of feeds as plain text: no markup, no control characters, bounded."""

import re
from urllib.parse import urlsplit

from barometer.headline import normalise_title

MAX_TITLE = 511
MAX_LINK = 2048
# Nothing beyond this can be within the first 511 characters of a sane title; it bounds the work on an insane one.
_MAX_RAW = 8192
_HIDDEN = re.compile(r"<(script|style|template|iframe)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|p|/p|div|/div|li|/li|hr|td|/td|h[1-6]|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[a-z][^<>]*|![^<>]*|\?[^<>]*)>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f]")


def plain_title(raw: str) -> str:
    """Return a title as text: tags stripped, entities decoded, control characters removed, at most 511 characters.

    Markup that was escaped, however often, is markup all the same. A lone `<` as in `BTC < $60K` stays.
    """
    text = raw[:_MAX_RAW]
    while (stripped := normalise_title(_strip(text))) != text:
        text = stripped
    # A cut may end in white space, which the normal form does not.
    return normalise_title(text[:MAX_TITLE])


def _strip(text: str) -> str:
    visible = _HIDDEN.sub(" ", _CDATA.sub("", text))
    return _TAG.sub("", _BREAK.sub(" ", visible))


def safe_link(raw: str) -> str:
    """Return a link if it is http or https with a host, else nothing."""
    link = raw.strip()
    if len(link) > MAX_LINK or _UNSAFE.search(link):
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme.lower() in {"http", "https"} and parts.hostname else ""
