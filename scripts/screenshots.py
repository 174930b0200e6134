"""Takes pictures of the app for reports/screenshots: `python -m scripts.screenshots`; `make screenshots` runs it.

Every page in light and dark, and as a phone shows it, over sample news of the last 30 days.
"""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from barometer.defaults import FAST, find_model
from scripts.browser import chromium
from scripts.processes import app_over_news, wait_until

# Name of the picture, the link to what it shows, and what is on the page once it is filled.
PAGES = {
    "barometer": ("tab=barometer", "#g-overview [role=img]"),
    "compare": ("coin=BTC&compare=ETH", "#g-plot .legendtext >> nth=1"),
    "news": ("tab=news", "#news-list .s-bar"),
    "outlets": ("tab=outlets", "#outlets-list table"),
    "predict": ("tab=predict", "#predict-answer .p-answer"),
    "model": ("tab=model", "#model-card dl"),
}
# Name, width, height, whether dark, dots for a pixel.
SHAPES = (("light", 1200, 900, False, 1), ("dark", 1200, 900, True, 1), ("phone", 390, 844, False, 2))
_TALLEST = 2400
_COLOURS = 256


def take(browser: Browser, url: str, folder: Path) -> list[Path]:
    """Take every picture, as far down as `_TALLEST` pixels of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for shape, width, height, dark, dots in SHAPES:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            device_scale_factor=dots,
            reduced_motion="reduce",
        )
        for name, (query, filled) in PAGES.items():
            page = context.new_page()
            page.goto(f"{url}/?{query}")
            page.locator(filled).first.wait_for()
            path = folder / f"{name}-{shape}.png"
            path.write_bytes(smaller(_picture(page, width)))
            taken.append(path)
            page.close()
        context.close()
    return taken


def smaller(png: bytes) -> bytes:
    """The same picture in 256 colours, about a third of the size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    # Without dithering: flat grounds stay flat, and compress better.
    reduced = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    stream = io.BytesIO()
    reduced.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _picture(page: Page, width: int) -> bytes:
    # Plots draw themselves after their numbers have come.
    page.wait_for_timeout(1500)
    height = min(page.evaluate("document.documentElement.scrollHeight"), _TALLEST)
    return page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


def main() -> None:
    """Take the pictures and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--headlines", type=Path, default=Path("data/demo/unlabelled.csv"), help="the sample news")
    parser.add_argument("--folder", type=Path, default=Path("reports/screenshots"), help="where the pictures go")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        app_over_news(Path(folder), options.headlines, options.model) as url,
        chromium() as browser,
    ):
        wait_until(url, "/health", '"model_ready":true')
        for path in take(browser, url, options.folder):
            print(f"{path} {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
