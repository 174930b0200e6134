"""The barometer as a picture for previews of links: 1200 by 630 pixels, the size that sites ask of `og:image`."""

import io
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore, Lock

from PIL import Image, ImageColor, ImageDraw, ImageFont

from barometer.labels import Label
from serve.api.drawing import LIGHT
from serve.api.errors import NotReadyError

WIDTH, HEIGHT = 1200, 630
_EDGE = 72
_INNER = WIDTH - 2 * _EDGE
_CHART_TOP, _CHART_HEIGHT = 388, 150
_FINER = 3  # shapes are drawn so many times larger, then reduced: Pillow draws them with jagged edges
_LEAST_SPAN = 0.1  # of the scale, so that noise does not look like news
_Colour = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A day of the line: where it is from left to right, in [0, 1], its value and 95% interval, in [0, 1]."""

    x: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture shows; equal cards are one picture.

    Attributes:
        subject: what the headlines are about.
        date: the day of the reading.
        number: the reading, or that there is none.
        standing: how it compares with what is usual; `tone` is the class in whose colour it is written.
        facts: further lines beside the number, at most two.
        runs: the days of the line, oldest first; a run has no day without headlines in it.
        caption: what the line is, and its extremes.
    """

    subject: str
    date: str
    number: str
    standing: str
    tone: Label
    facts: tuple[str, ...]
    runs: tuple[tuple[Point, ...], ...]
    caption: tuple[str, str]


def draw(card: Card) -> bytes:
    """Draw a card; PNG."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), LIGHT.background)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 12), fill=LIGHT.accent)
    _write(pen, (_EDGE, 52), "Crypto news barometer", 30, LIGHT.muted)
    _write(pen, (WIDTH - _EDGE, 52), card.date, 30, LIGHT.muted, anchor="ra")
    _write(pen, (_EDGE, 100), card.subject, 54, LIGHT.text, bold=True)
    size = 168 if len(card.number) < 6 else 104
    end = _write(pen, (_EDGE, 344), card.number, size, LIGHT.text, bold=True, anchor="ls")
    _write(pen, (end + 40, 214), card.standing, 44, LIGHT.classes[card.tone], bold=True)
    for line, fact in enumerate(card.facts):
        _write(pen, (end + 40, 276 + 40 * line), fact, 30, LIGHT.muted)
    picture.paste(_chart(card.runs), (_EDGE, _CHART_TOP))
    _write(pen, (_EDGE, 562), card.caption[0], 24, LIGHT.muted)
    _write(pen, (WIDTH - _EDGE, 562), card.caption[1], 24, LIGHT.muted, anchor="ra")
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=3)  # the default takes a third longer to save a tenth
    return stream.getvalue()


@lru_cache(maxsize=256)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)  # Aileron, which Pillow carries: no file of the system is needed


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, colour: str, *, bold: bool = False,
    anchor: str = "la",
) -> float:  # fmt: skip
    """Write a line, smaller if it would not fit, and return where it ends."""
    room = (at[0] if anchor == "ra" else WIDTH - at[0]) - _EDGE / 2
    while size > 12 and pen.textlength(text, _font(size)) > room:
        size -= 2
    stroke = max(1, size // 44) if bold else 0  # the font has one weight
    pen.text(at, text, colour, _font(size), anchor, stroke_width=stroke, stroke_fill=colour)
    return at[0] + pen.textlength(text, _font(size)) + 2 * stroke


def _chart(runs: Sequence[Sequence[Point]]) -> Image.Image:
    width, height = _INNER * _FINER, _CHART_HEIGHT * _FINER
    ground = Image.new("RGB", (width, height), LIGHT.background)
    pen = ImageDraw.Draw(ground)
    points = [point for run in runs for point in run]
    bottom, top = _scale(points)

    def place(x: float, share: float) -> tuple[float, float]:
        edge = 6 * _FINER  # marks at the ends are whole
        return edge + x * (width - 2 * edge), edge + (top - share) / (top - bottom) * (height - 2 * edge)

    for level in (0, height - _FINER):
        pen.line((0, level, width, level), LIGHT.grid, _FINER)
    for run in runs:
        _band(pen, [place(p.x, p.high) for p in run] + [place(p.x, p.low) for p in reversed(run)])
        pen.line([place(p.x, p.value) for p in run], LIGHT.accent, 4 * _FINER, joint="curve")
        if len(run) == 1:
            _mark(pen, place(run[0].x, run[0].value), 4)
    if points:
        _mark(pen, place(points[-1].x, points[-1].value), 6)
    return ground.reduce(_FINER)


def _scale(points: Sequence[Point]) -> tuple[float, float]:
    bottom = min((point.low for point in points), default=0.0)
    top = max((point.high for point in points), default=1.0)
    wider = max(0.0, _LEAST_SPAN - (top - bottom)) / 2
    return bottom - wider, top + wider


def _band(pen: ImageDraw.ImageDraw, outline: Sequence[tuple[float, float]]) -> None:
    faint = _between(LIGHT.background, LIGHT.accent, 0.18)
    if len(outline) == 2:
        pen.line(outline, faint, 6 * _FINER)  # the interval of a day alone
    else:
        pen.polygon(outline, faint)


def _mark(pen: ImageDraw.ImageDraw, centre: tuple[float, float], radius: int) -> None:
    pen.circle(centre, radius * _FINER, LIGHT.accent)


def _between(ground: str, colour: str, share: float) -> _Colour:
    pairs = zip(ImageColor.getrgb(ground), ImageColor.getrgb(colour), strict=True)
    return tuple(round(one + share * (other - one)) for one, other in pairs)


class Pictures:
    """Draws cards: the newest pictures are kept, one is drawn at a time, and few may wait for it."""

    def __init__(self, draw: Callable[[Card], bytes] = draw, kept: int = 64, waiting: int = 8) -> None:
        self._draw, self._most = draw, kept
        self._kept: OrderedDict[Card, bytes] = OrderedDict()
        self._turn, self._waiting = Lock(), BoundedSemaphore(waiting)

    def of(self, card: Card) -> bytes:
        """The picture of a card as PNG.

        Raises:
            NotReadyError: if too many others are being drawn.
        """
        found = self._kept.get(card)
        if found is not None:
            return found
        # Each that waits holds a thread of the service.
        if not self._waiting.acquire(blocking=False):
            raise NotReadyError("too many pictures are being drawn; try again later")
        try:
            with self._turn:
                return self._drawn(card)
        finally:
            self._waiting.release()

    def _drawn(self, card: Card) -> bytes:
        found = self._kept.get(card) or self._draw(card)
        self._kept[card] = found
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found
