"""feedparser's two parsers of XML, strict and forgiving, made to note what a feed says rather than what it may mean."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.mixin import _FeedParserMixin

# The elements whose text is used, by feedparser's names; that of the others, such as whole articles, is not kept.
_USED = {"title", "link", "id", "published", "date", "created", "updated", "feedburner_origlink", "pheedo_origlink"}


class DateKind(IntEnum):
    """What a date of an entry is the date of; the best first."""

    PUBLISHED = 0
    DATE = 1  # Dublin Core and others: `date`, which is nearly always of publication
    CREATED = 2
    UPDATED = 3


@dataclass(slots=True)
class Notes:
    """What an entry says where feedparser keeps a guess.

    Attributes:
        dates: as text, with their kinds.
        guid: the identifier as written; feedparser makes an address of it.
        permalink: the identifier, where the format says that it is the article's address.
    """

    dates: list[tuple[DateKind, str]] = field(default_factory=list)
    guid: str = ""
    permalink: str = ""


class _Noting(_FeedParserMixin):  # type: ignore[misc]  # feedparser is untyped
    """The methods that both parsers share; feedparser calls them by the names of elements.

    What is not used is not worked on: authors and tags cost quadratic time, dates and embedded HTML regular
    expressions that backtrack.
    """

    resolve_relative_uris = False
    sanitize_html = False

    def __init__(self, *options: Any) -> None:  # noqa: ANN401 - feedparser is untyped
        self.notes: list[Notes] = []
        self._is_permalink = False
        super().__init__(*options)

    def _note(self) -> Notes:
        """The notes on the entry that is being read; elsewhere, as in an entry's source, ones to throw away."""
        return self.notes[-1] if self.inentry and not self.insource else Notes()

    def handle_data(self, text: str, escape: int = 1) -> None:
        if self.elementstack and self.elementstack[-1][0] in _USED:
            super().handle_data(text, escape)

    def _start_item(self, attributes: dict[str, str]) -> None:
        self.notes.append(Notes())
        # RSS 1.0: the identifier of an item is its address.
        about = self._get_attribute(attributes, "rdf:about") or ""
        self.notes[-1].guid = self.notes[-1].permalink = about
        super()._start_item(attributes)

    _start_entry = _start_item

    def _start_guid(self, attributes: dict[str, str]) -> None:
        self._is_permalink = attributes.get("ispermalink", "true").strip().lower() == "true"
        self._start_id(attributes)

    def _end_guid(self) -> None:
        value = self._take_id()
        if self._is_permalink:
            self._note().permalink = value

    def _start_id(self, _: dict[str, str]) -> None:
        self.guidislink = 0  # else feedparser makes an address of it
        self.push("id", 1)

    def _end_id(self) -> None:
        self._take_id()

    def _take_id(self) -> str:
        value: str = self.pop("id") or ""
        self._note().guid = value or self._note().guid
        return value

    def _take_date(self, name: str, kind: DateKind) -> None:
        self._note().dates.append((kind, self.pop(name) or ""))

    def _end_published(self) -> None:
        self._take_date("published", DateKind.PUBLISHED)

    _end_issued = _end_pubdate = _end_published

    def _end_created(self) -> None:
        self._take_date("created", DateKind.CREATED)

    def _end_updated(self) -> None:
        self._take_date("updated", DateKind.UPDATED)

    _end_modified = _end_lastbuilddate = _end_updated

    def _start_date(self, _: dict[str, str]) -> None:
        self.push("date", 1)

    _start_dc_date = _start_dcterms_date = _start_prism_publicationdate = _start_date

    def _end_date(self) -> None:
        self._take_date("date", DateKind.DATE)

    _end_dc_date = _end_dcterms_date = _end_prism_publicationdate = _end_date

    def _end_expirationdate(self) -> None:
        self.pop("expired")

    def _start_category(self, _: dict[str, str]) -> None:
        self.push("category", 1)

    _start_keywords = _start_category

    def _end_category(self) -> None:
        self.pop("category")

    _end_keywords = _end_category

    def _add_tag(self, *_: object) -> None:
        pass

    def _sync_author_detail(self, *_: object) -> None:
        pass


class StrictReader(_Noting, StrictFeedParser):  # type: ignore[misc]
    """Reads well-formed XML; a SAX handler. Built with the feed's address, its language and `utf-8`."""


class LooseReader(_Noting, LooseFeedParser):  # type: ignore[misc]
    """Reads anything that looks like XML. Built as `StrictReader`, and with its entities, of which we allow none."""
