"""Reads RSS, RDF, Atom and CDF, well-formed or not.

Entities are refused by what the XML parser itself sees, so that `<!ENTITY` is text in a comment or a CDATA section.
"""

import io
import re
import xml.sax
from typing import Any
from xml.parsers import expat

from barometer.live.parsing.encodings import DECLARATION, to_utf8
from barometer.live.parsing.links import own_link, safe_link
from barometer.live.parsing.raw_entries import ParseError, RawEntry
from barometer.live.parsing.xml_reader import LooseReader, Notes, StrictReader

_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_TEXTS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))
# A feed burner links to itself, and says here what it stands for.
_ORIGINAL = ("feedburner_origlink", "pheedo_origlink")


def read_xml_feed(body: bytes, content_type: str, base: str) -> list[RawEntry]:
    """Return the entries of a feed in their order.

    Args:
        body: its bytes, in any encoding.
        content_type: of the response; it may name an encoding.
        base: the address that answered, for relative links.

    Raises:
        ParseError: if it is not a feed, declares entities (which may expand without end), or breaks the parser.
    """
    data = _without_prolog(to_utf8(body, content_type))
    try:
        reader, problem = _read(data, base)
    except Exception as error:  # noqa: BLE001 - hostile bytes make a parser raise errors of many kinds
        raise ParseError(f"cannot be parsed: {type(error).__name__}: {error}") from None
    if not reader.version and not reader.entries:
        reason = f" ({problem})" if problem and body.lstrip()[:1] == b"<" else ""
        raise ParseError(f"not a feed: {_kind(body, content_type)}{reason}")
    return [_entry(entry, notes) for entry, notes in zip(reader.entries, reader.notes, strict=True)]


def _kind(body: bytes, content_type: str) -> str:
    if not body.strip():
        return "empty response"
    return "HTML page" if b"<html" in body[:2000].lower() else content_type[:80]


class _Found(Exception):  # noqa: N818 - stops a parser that has seen enough
    """The first element, at this byte."""


def _without_prolog(data: bytes) -> bytes:
    """Return a document without what stands before its first element, once that is found to declare no entity.

    Without the document type, `&nbsp;` and the like are errors to the strict parser, and text to the other.
    """
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity

    def stop(*_: object) -> None:
        raise _Found(parser.CurrentByteIndex)

    parser.StartElementHandler = stop
    try:
        parser.Parse(data, True)
    except _Found as found:
        return DECLARATION + data[found.args[0] :]
    except expat.ExpatError:
        if _ENTITY.search(_markup(data)):
            _refuse_entity()
    return data


def _refuse_entity(*_: object) -> None:
    raise ParseError("declares XML entities")


def _markup(data: bytes) -> bytes:
    """Return a document without comments and CDATA sections, as far as they are closed."""
    kept, at = [], 0
    while (start := data.find(b"<!", at)) >= 0:
        end = next((data.find(close, start) for sign, close in _TEXTS if data.startswith(sign, start)), start + 1)
        if end < 0:
            break
        kept.append(data[at : start + 1 if end == start + 1 else start])
        at = end
    return b"".join([*kept, data[at:]])


def _read(data: bytes, base: str) -> tuple[Any, str]:
    """Return the parser that has read a document, and why it is not well-formed, if so."""
    strict = StrictReader(base, None, "utf-8")
    parser = xml.sax.make_parser()  # noqa: S317 - a document that declares entities has been refused
    parser.setFeature(xml.sax.handler.feature_namespaces, True)
    parser.setContentHandler(strict)
    parser.setErrorHandler(strict)
    source = xml.sax.InputSource()
    source.setByteStream(io.BytesIO(data))
    try:
        parser.parse(source)
    except xml.sax.SAXException as error:
        loose = LooseReader(base, None, "utf-8", {})
        loose.feed(data.decode("utf-8", "replace"))
        return loose, str(error)
    return strict, ""


def _entry(entry: Any, notes: Notes) -> RawEntry:  # noqa: ANN401 - feedparser is untyped
    links = dict.get(entry, "links")
    original = (safe_link(_text(entry, name)) for name in _ORIGINAL)
    url = next(filter(None, original), "") or own_link(links if isinstance(links, list) else [], "")
    dates = tuple(date for _, date in sorted(notes.dates, key=lambda row: row[0]))
    return RawEntry(_text(entry, "title"), url or safe_link(notes.permalink), notes.guid, dates)


def _text(entry: Any, name: str) -> str:  # noqa: ANN401 - feedparser is untyped
    value = dict.get(entry, name)
    return value if isinstance(value, str) else ""
