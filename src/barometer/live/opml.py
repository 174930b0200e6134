"""Lists of feeds as feed readers exchange them: OPML 2.0 (opml.org), written, and read as it is found in the wild."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ElementTree, ParseError, SubElement, indent, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from barometer.headline import normalise_title
from barometer.live.fetching.addresses import AddressRefusedError, check_feed_url
from barometer.live.settings import FeedAddress

MAX_BYTES = 2_000_000  # some 10,000 feeds
_MAX_NAME = 100
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class OpmlError(ValueError):
    """A file is not OPML, or none that is read; the message says why."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of an OPML file: its address and its title, in the form of a headline, both perhaps empty."""

    url: str
    title: str


def write_opml(feeds: Iterable[FeedAddress], title: str = "Feeds") -> tuple[str, list[str]]:
    """Return an OPML 2.0 document of feeds, in order, and why each address that no feed can have is left out."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = title
    body = SubElement(root, "body")
    refused = []
    for feed in feeds:
        if reason := _unwritable(feed.url):
            refused.append(reason)
            continue
        name = _NOT_XML.sub("\ufffd", feed.name)
        SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=feed.url)
    indent(ElementTree(root))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n", refused


def _unwritable(url: str) -> str:
    try:
        check_feed_url(url)
    except AddressRefusedError as error:
        return str(error)
    return f"broken address: {url!a}" if _NOT_XML.search(url) else ""


def read_opml(content: bytes) -> list[Outline]:
    """The feeds of an OPML document, each address once, in order; folders and the case of names do not matter.

    Raises:
        OpmlError: if it is larger than `MAX_BYTES`, is not well-formed XML, declares entities or is no OPML.
    """
    if len(content) > MAX_BYTES:
        raise OpmlError(f"larger than {MAX_BYTES // 1_000_000} MB")
    try:
        root = fromstring(content)
    except DefusedXmlException:
        raise OpmlError("it declares XML entities, which are refused") from None
    except (ParseError, LookupError, ValueError) as error:  # the latter two for encodings that expat cannot read
        raise OpmlError(f"not OPML: {error}") from None
    if _local(root.tag) != "opml":
        raise OpmlError(f"not OPML: the first element is <{_local(root.tag)[:40]}>")
    found = (_outline(element) for element in root.iter() if _local(element.tag) == "outline")
    return list({outline.url: outline for outline in found if outline is not None}.values())


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _outline(element: Element) -> Outline | None:
    """The feed of an outline; None if it is a folder or anything else."""
    values = {_local(name): value for name, value in element.attrib.items()}
    if "xmlurl" not in values:
        return None
    title = normalise_title((values.get("title") or values.get("text") or "")[: 4 * _MAX_NAME])
    return Outline(values["xmlurl"].strip(), title[:_MAX_NAME].strip())
