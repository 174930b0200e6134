"""A feed's title as plain text, in time that grows with its length, however markup is nested and escaped in it."""

import re

from barometer.headline import normalise_title

MAX_TITLE = 511
# No sane title needs more raw characters for its first 511; the limit bounds the work on hostile ones.
_MAX_RAW = 8192
# Markup inside escapes inside markup: what is deeper than this is no mistake of a publisher's software.
_ROUNDS = 6
_TOKEN = re.compile(r"[<>]|[^<>]+")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_MARKS = re.compile(r"[<>&]")
_TAG = re.compile(r"(/?[a-z]\w*)|[!?]", re.IGNORECASE)
_LONGEST_NAME = 10
_HIDDEN = re.compile(r"(script|style|template|iframe)\b", re.IGNORECASE)
_END = {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE | re.ASCII) for name in ("script", "style", "template", "iframe")
}
_BLOCKS = ("p", "div", "li", "td", "h1", "h2", "h3", "h4", "h5", "h6")
_BREAKS = {"br", "hr", *_BLOCKS, *(f"/{name}" for name in _BLOCKS)}


def plain_title(raw: str) -> str:
    """Return a title as text: tags stripped, entities decoded, control characters removed, at most 511 characters.

    Markup is stripped however often it was escaped. A lone `<` as in `BTC < $60K` stays.
    """
    # A cut may end in white space, which the normal form does not.
    return normalise_title(clean(raw[:_MAX_RAW])[0][:MAX_TITLE])


def clean(raw: str) -> tuple[str, int]:
    """Return a text without markup, in normal form, and how many characters were examined: a multiple of its length.

    Where decoding brings ever more markup to light, all signs of markup are removed in the end.
    """
    text, steps = raw, 0
    for _ in range(_ROUNDS):
        scanner = _Scanner(_CDATA.sub("", text))
        stripped = normalise_title(scanner.strip())
        steps += scanner.steps
        if stripped == text:
            return text, steps
        text = stripped
    return normalise_title(_MARKS.sub(" ", text)), steps


class _Scanner:
    """Strips tags in one pass: a `>` closes the last `<` that is still open, so that nested tags go from the inside."""

    def __init__(self, text: str) -> None:
        self.steps = 0
        self._text = text
        self._at = 0
        self._kept: list[str] = []
        self._open: list[int] = []  # where in `_kept` a `<` stands that no `>` has followed

    def strip(self) -> str:
        """Return the text without tags, and without what browsers do not show."""
        while match := _TOKEN.match(self._text, self._at):
            self._go(match.end())
            if match[0] == "<":
                self._begin()
            elif match[0] == ">":
                self._close()
            else:
                self._kept.append(match[0])
        return "".join(self._kept)

    def _go(self, end: int) -> None:
        self.steps += end - self._at
        self._at = end

    def _begin(self) -> None:
        if hidden := _HIDDEN.match(self._text, self._at):
            self._hide(hidden[1])
        else:
            self._open.append(len(self._kept))
            self._kept.append("<")

    def _close(self) -> None:
        tag = _TAG.match(self._head(self._open[-1])) if self._open else None
        if not tag:
            self._kept.append(">")
            self._open.clear()  # no tag reaches over a `>`
            return
        del self._kept[self._open.pop() :]
        name = (tag[1] or "").lower()
        if name in _END:
            self._hide(name)
        elif name in _BREAKS:
            self._kept.append(" ")

    def _head(self, start: int) -> str:
        """The first characters of what follows an open `<`; none of the parts is empty."""
        parts = [part[:_LONGEST_NAME] for part in self._kept[start + 1 : start + 1 + _LONGEST_NAME]]
        head = "".join(parts)[:_LONGEST_NAME]
        self.steps += len(head)
        return head

    def _hide(self, name: str) -> None:
        """Skip an element with its text, which ends with the title if it is not closed."""
        self._kept.append(" ")
        end = _END[name.lower()].search(self._text, self._at)
        self._go(end.end() if end else len(self._text))
