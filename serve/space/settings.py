"""Settings of the Space: those of the app with suitable defaults, read from its variables and secrets."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from serve.api.settings import AppSettings

ROOT = Path(__file__).resolve().parents[2]  # where app.py is; nothing is written below it


class SpaceSettings(AppSettings):
    """Settings of a Space besides those of `AppSettings`.

    Attributes:
        data: folder for data; by default persistent storage if the Space has it, else a temporary folder.
        snapshot: the store that a Space starts with; unused if `database_url` is given or `data` holds a store.
        feeds: YAML file of the feeds to crawl.
        refresh_hours: time between a refresh and the next.
        space_host: host name of the Space, given to feeds as the contact address.
    """

    host: str = "0.0.0.0"  # noqa: S104 - the platform's proxy asks from outside the container
    trusted_proxies: str = "*"  # nothing else reaches the port
    log_format: Literal["json", "console"] = "console"
    model: Path = ROOT / "model"
    reports: Path = ROOT / "reports"
    market: Path = ROOT / "market"
    data: Path | None = None
    snapshot: Path = ROOT / "snapshot.db"
    feeds: Path = ROOT / "feeds.yaml"
    refresh_hours: Annotated[float, Field(gt=0, le=24 * 7)] = 6.0
    space_host: str = Field("", validation_alias="SPACE_HOST")
