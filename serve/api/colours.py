"""The colours of the classes, in light and in dark mode: the same in the app and in what other sites embed."""

from barometer.labels import Label

# White text on the first, and the second on near black, have a contrast of 4.5:1 or more.
CLASS_COLOURS: dict[Label, tuple[str, str]] = {
    Label.NEGATIVE: ("#c2410c", "#fb923c"),
    Label.NEUTRAL: ("#64748b", "#94a3b8"),
    Label.POSITIVE: ("#0f766e", "#2dd4bf"),
}
