"""What lets browsers install the app: a manifest and icons.

Gradio serves a manifest, too, but mounted in another application it names an icon at the root of the host, whatever
the prefix, and none that phones can use.
"""

from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.responses import FileResponse, JSONResponse

from serve.app.theme import LIGHT_BACKGROUND, STATIC

NAME = "Crypto news barometer"
# Purpose by file: what is maskable may be cut to a circle by the system.
ICONS = {"icon-192.png": ("192x192", "any"), "icon-512.png": ("512x512", "any"),
         "icon-maskable.png": ("512x512", "maskable")}  # fmt: skip


def manifest() -> dict[str, Any]:
    """The web application manifest; its addresses are relative to its own, so that they hold below any prefix."""
    icons = [
        {"src": f"./{file}", "sizes": sizes, "type": "image/png", "purpose": purpose}
        for file, (sizes, purpose) in ICONS.items()
    ]
    return {
        "name": NAME, "short_name": "Barometer", "start_url": "./", "scope": "./", "display": "standalone",
        "background_color": LIGHT_BACKGROUND, "theme_color": LIGHT_BACKGROUND, "icons": icons,
        "description": "How positive is crypto news right now?",
    }  # fmt: skip


def add_install_routes(app: FastAPI) -> None:
    """Add `/manifest.json` and the icons, before Gradio is mounted."""

    @app.get("/manifest.json")
    def manifest_json() -> JSONResponse:
        return JSONResponse(manifest(), media_type="application/manifest+json")

    @app.get("/icon-{name}.png")
    def icon(name: str) -> FileResponse:
        file = f"icon-{name}.png"
        if file not in ICONS:
            raise HTTPException(404)
        return FileResponse(STATIC / file, headers={"Cache-Control": "public, max-age=86400"})
