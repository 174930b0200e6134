"""The address of an article: absolute, http or https, and the article's own."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

MAX_LINK = 2048
# Ways to say in `rel` that a link is the entry itself; the best first. The long one is how Atom 1.0 spells the short.
_OWN = ("alternate", "http://www.iana.org/assignments/relation/alternate", "canonical", "bookmark")
_PAGES = {"text/html", "application/xhtml+xml", "html", "xhtml"}
_FEEDS = re.compile(r"(?:atom|rss|rdf)\+xml|feed\+json|oembed|/(?:rss|atom|json)\b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"[\t\r\n]+ *")  # an address that was wrapped; browsers remove it, too
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AS_IS = "!#$%&'()*+,/:;=?@[]~"


def safe_link(raw: str, base: str = "") -> str:
    """Return a link as an absolute http or https address in ASCII, else nothing.

    A relative one is resolved against `base`. Spaces and other characters that an address may not have are
    percent-encoded, host names by IDNA.
    """
    link = _BREAK.sub("", raw.strip())
    if len(link) > MAX_LINK or link[:1] in {"", "#"} or _CONTROL.search(link):
        return ""
    try:
        if (own := urlsplit(link)).scheme and not own.netloc:
            return ""  # relative to a scheme, as `https:gold`: clients differ in what that is
        parts = urlsplit(urljoin(base, link) if base else link)
        place = _place(parts.netloc, parts.hostname or "", parts.port)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not place:
        return ""
    rest = parts._replace(scheme="", netloc="").geturl()
    whole = f"{parts.scheme}://{place}{_encoded(rest)}"
    return whole if len(whole) <= MAX_LINK else ""


def _place(place: str, host: str, port: int | None) -> str:
    """Return host and port as they are sent, with the user name, if any; nothing if the host is none.

    Raises:
        ValueError: if the host cannot be encoded.
    """
    user, at, _ = place.rpartition("@")
    name = f"[{host}]" if ":" in host else host if host.isascii() else host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(name) or _encoded(user) != user or "\\" in place:
        return ""
    return f"{user}{at}{_as_written(place, name)}{'' if port is None else f':{port}'}"


def _as_written(place: str, name: str) -> str:
    """Return the host with the capitals that it was written with: an address that needs no change gets none."""
    start = place.lower().rfind(name)
    return place[start : start + len(name)] if start >= 0 else name


def _encoded(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_AS_IS, errors="replace")


def own_link(links: Iterable[Mapping[str, Any]], base: str) -> str:
    """Return the address of the entry that has these links, else nothing.

    `links` have `rel`, `type` and `href`, any of which may be missing. Web pages are preferred to other files; a
    feed, an enclosure, the comments or the entry's own XML is no article.
    """
    found = []
    for link in links:
        rel, kind = (str(link.get(name) or "").strip().lower() for name in ("rel", "type"))
        address = safe_link(str(link.get("href") or ""), base)
        rel = rel or _OWN[0]
        if address and rel in _OWN and not _FEEDS.search(kind):
            found.append((bool(kind) and kind.partition(";")[0].strip() not in _PAGES, _OWN.index(rel), address))
    return min(found, key=lambda row: row[:2])[2] if found else ""
