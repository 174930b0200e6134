from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.labels import Label
from serve.api.data_schemas import Barometer, Interval, WindowVolume
from serve.api.drawing import DARK, LIGHT
from serve.api.embeds import LABEL_COLOUR, NO_DATA_COLOUR, badge, text_width
from serve.api.words import Standing

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def barometer(value: float | None, standing: Standing = Standing.UNKNOWN) -> Barometer:
    return Barometer(
        value=value, score=None if value is None else 100 * value, interval=Interval(low=value, high=value), count=3,
        since=NOW, until=NOW, newest_pub_time=NOW, age_seconds=0, model_version="v", refreshed_at=NOW, stale=False,
        usual=None, standing=standing, volume=WindowVolume.compared(3, ()),
    )  # fmt: skip


# What the parameter of the API lets through.
labels = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=40
)


@given(label=labels, value=st.none() | st.floats(0, 1))
def test_any_label_is_valid_svg_text(label: str, value: float | None) -> None:
    root = ET.fromstring(badge(barometer(value), 24, "", label))
    shown, number = root.iter(f"{SVG}text")
    assert shown.text == label
    assert number.text == ("no data" if value is None else f"{round(100 * value)} / 100")
    halves = [int(rect.attrib["width"]) for rect in root.findall(f"{SVG}g/{SVG}rect")]
    assert sum(halves) == int(root.attrib["width"])
    assert all(half > int(text.attrib["textLength"]) for half, text in zip(halves, (shown, number), strict=True))


@pytest.mark.parametrize("value", [0.05, 0.95])
def test_badge_colour_follows_the_standing(value: float) -> None:
    for standing, label in (("lower", 0), ("usual", 1), ("unknown", 1), ("higher", 2)):
        assert LIGHT.classes[Label(label)] in badge(barometer(value, Standing(standing)), 24, "", "a")
    assert NO_DATA_COLOUR in badge(barometer(None), 24, "", "a")


def test_widths_follow_the_letters() -> None:
    # Measured in DejaVu Sans at 11 pixels.
    assert text_width("crypto news") == pytest.approx(66.5, abs=1)
    assert text_width("iiii") < text_width("WWWW") / 3
    assert text_width("e\u0301") == text_width("e")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_white_contrasts_with_every_colour() -> None:
    for colour in (LABEL_COLOUR, NO_DATA_COLOUR, *LIGHT.classes.values()):
        assert contrast("#ffffff", colour) >= 4.5
    assert all(contrast(DARK.background, dark) >= 4.5 for dark in DARK.classes.values())
