"""The one class order: every array, file and answer of the project follows it."""

from enum import IntEnum


class Label(IntEnum):
    """Sentiment of a headline for the market or the holder; the value is the column of a probability array."""

    NEGATIVE = 0
    NEUTRAL = 1
    POSITIVE = 2

    @property
    def title(self) -> str:
        """The name shown in APIs and files: Negative, Neutral or Positive."""
        return CLASS_NAMES[self]


CLASS_NAMES: tuple[str, str, str] = ("Negative", "Neutral", "Positive")
FIELD_NAMES: tuple[str, str, str] = ("negative", "neutral", "positive")
N_CLASSES = len(CLASS_NAMES)


def label_from_name(name: str) -> Label:
    """Return the label called `name`, in any case.

    Raises:
        ValueError: if no class has that name.
    """
    try:
        return Label[name.strip().upper()]
    except KeyError:
        raise ValueError(f"unknown class {name!r}; expected one of {', '.join(CLASS_NAMES)}") from None
