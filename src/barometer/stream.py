"""Headlines in, predictions out: one line each, in order, in constant memory for any input."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from barometer.headline import normalise_title
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.predictor import Predictor

MAX_CHARACTERS = 2000
_BLOCK = 1 << 16
# A UTF-8 character has at most four bytes, so the rest of a longer line is never needed.
_KEPT_BYTES = 4 * (MAX_CHARACTERS + 1)


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line as read: its text, and what was changed in it."""

    text: str
    warnings: tuple[str, ...] = ()


def decode_line(raw: bytes) -> InputLine:
    """Turn the bytes of a line into text of at most 2,000 characters, replacing invalid UTF-8.

    The end of a line that has more than `_KEPT_BYTES` may be missing: no flag depends on it.
    """
    warnings = []
    whole = raw.decode("utf-8", errors="replace").removesuffix("\r")
    text = whole[:MAX_CHARACTERS]
    if not raw.startswith(text.encode()):
        warnings.append("bytes that are not UTF-8 were replaced")
    if len(whole) > MAX_CHARACTERS:
        warnings.append(f"cut to {MAX_CHARACTERS} characters")
    return InputLine(text, tuple(warnings))


def read_lines(stream: IO[bytes], most: int) -> Iterator[list[InputLine]]:
    """Yield lists of up to `most` lines as soon as they arrive; never wait to fill a list.

    Only the head of a line is kept in memory, so that an endless line does no harm.
    """
    read = getattr(stream, "read1", stream.read)
    head = b""
    while block := read(_BLOCK):
        *ended, last = block.split(b"\n")
        if ended:
            ended[0] = head + ended[0]
            head = b""
            lines = [decode_line(raw[:_KEPT_BYTES]) for raw in ended]
            yield from (lines[i : i + most] for i in range(0, len(lines), most))
        head = (head + last)[:_KEPT_BYTES]
    if head:
        yield [decode_line(head)]


def predict_lines(predictor: Predictor, batches: Iterable[list[InputLine]]) -> Iterator[str]:
    """Yield one JSON object for each line, in order; a line without text gets null probabilities and an error."""
    for lines in batches:
        scored = [i for i, line in enumerate(lines) if normalise_title(line.text)]
        probabilities, news = predictor.score([lines[i].text for i in scored])
        by_line = dict(zip(scored, zip(probabilities.tolist(), news.tolist(), strict=True), strict=True))
        for i, line in enumerate(lines):
            yield json.dumps(_answer(line, by_line.get(i), predictor.version), ensure_ascii=False)


def _answer(line: InputLine, scores: tuple[list[float], float] | None, version: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"text": line.text}
    if scores is None:
        answer |= dict.fromkeys((*FIELD_NAMES, "news", "label")) | {"model_version": version, "error": "empty line"}
    else:
        probabilities, news = scores
        answer |= {name: round(p, 6) for name, p in zip((*FIELD_NAMES, "news"), (*probabilities, news), strict=True)}
        answer |= {"label": CLASS_NAMES[probabilities.index(max(probabilities))], "model_version": version}
    if line.warnings:
        answer["warnings"] = list(line.warnings)
    return answer
