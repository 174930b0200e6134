"""What the reader of a feed's format gives: entries as they are written, before titles are cleaned and dates read."""

from dataclasses import dataclass


class ParseError(ValueError):
    """The bytes are not a feed, or not safe to parse."""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the feed writes it.

    Attributes:
        title: with its markup; empty where there is none.
        url: the article's address, absolute, http or https; empty where there is none.
        guid: the feed's own identifier; empty where there is none.
        dates: as text, the best first: of publication, of creation, of the last change.
    """

    title: str = ""
    url: str = ""
    guid: str = ""
    dates: tuple[str, ...] = ()
