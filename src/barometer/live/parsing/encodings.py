"""The encoding of an XML feed: from any that it may have to UTF-8."""

import re

from feedparser.encodings import convert_to_utf8

from barometer.live.parsing.raw_entries import ParseError

DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
# A byte order mark, or the zero bytes in the first character, which in XML is ASCII (XML 1.0, appendix F).
_WIDE = (
    (re.compile(rb"\0\0\xfe\xff|(?=\0\0\0[^\0])"), "utf-32-be"),
    (re.compile(rb"\xff\xfe\0\0|(?=[^\0]\0\0\0)"), "utf-32-le"),
    (re.compile(rb"\xfe\xff|(?=\0[^\0])"), "utf-16-be"),
    (re.compile(rb"\xff\xfe|(?=[^\0]\0)"), "utf-16-le"),
)
_UTF8_MARK = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"<\?xml\b[^>]*>")
_WIDE_NAME = re.compile(rb"(?i)u(?:tf)?[-_]?(?:16|32)|iso-10646-ucs|ucs-?[24]|csunicode")


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Return an XML document in UTF-8, with a declaration that says so.

    What the bytes show (a byte order mark, zero bytes) counts for more than what header and document say of them.

    Raises:
        ParseError: if the encoding that is named cannot be read.
    """
    for start, encoding in _WIDE:
        if match := start.match(body):
            return _declare(body[match.end() :].decode(encoding, "replace").encode("utf-8", "replace"))
    if body.startswith(_UTF8_MARK) and _is_utf8(body):
        return _declare(body[len(_UTF8_MARK) :])
    return _as_named(body.lstrip(), content_type)


def _declare(text: bytes) -> bytes:
    return DECLARATION + _DECLARED.sub(b"", text.lstrip(), count=1)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_named(body: bytes, content_type: str) -> bytes:
    """Read it as header or document say, except that what is written in single bytes is no UTF-16 or UTF-32."""
    kind, _, parameters = content_type.partition(";")
    if _WIDE_NAME.search(parameters.encode("utf-8", "replace")):
        content_type = kind
    declared = _DECLARED.match(body)
    if declared and _WIDE_NAME.search(declared[0]):
        body = body[declared.end() :]
    try:
        return bytes(convert_to_utf8({"content-type": content_type}, body, {}))
    except Exception as error:  # noqa: BLE001 - a document may name any codec, and each raises its own errors
        raise ParseError(f"encoding cannot be read: {type(error).__name__}: {error}") from None
