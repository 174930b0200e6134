"""A line as small as a word: how a number went, without axes."""

from collections.abc import Sequence

_WIDTH, _HEIGHT, _EDGE = 96, 26, 3


def sparkline(values: Sequence[float | None], low: float, high: float) -> str:
    """Draw values at even steps between `low` and `high` as an SVG that screen readers pass over; None is a gap."""
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    path: list[str] = []
    dots: list[str] = []
    pen_down = False
    for i, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        at = f"{_EDGE + i * step:.1f} {_height(value, low, high):.1f}"
        alone = not pen_down and (i + 1 == len(values) or values[i + 1] is None)
        (dots if alone else path).append(f"M{at}h0" if alone else f"{'L' if pen_down else 'M'}{at}")
        pen_down = True
    return (
        f'<svg class="g-spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" aria-hidden="true">'
        f'<path d="{"".join(path)}"/><path class="g-dots" d="{"".join(dots)}"/></svg>'
    )


def _height(value: float, low: float, high: float) -> float:
    share = 0.5 if high <= low else (min(max(value, low), high) - low) / (high - low)
    return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)
