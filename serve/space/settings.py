"""Settings of the Space: those of the app with defaults that fit one, read from its variables and secrets."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from serve.api.settings import read_environment
from serve.app.settings import AppSettings

ROOT = Path(__file__).resolve().parents[2]  # where app.py is; nothing is written below it
PERSISTENT = Path("/data")  # where a Space that has persistent storage finds it


class SpaceSettings(AppSettings):
    """What the owner of a Space may choose besides what `AppSettings` lists.

    Attributes:
        data: folder for what is written; persistent storage where the Space has it, else a temporary folder.
        snapshot: the store that a Space starts with; not read where `database_url` is given or `data` holds a store.
        feeds: YAML file of the feeds that are crawled.
        refresh_hours: how long after a refresh the next one begins.
        space_host: name under which the platform serves the Space, told to the feeds as whom to complain to.
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


def load_space_settings() -> SpaceSettings:
    """Read the settings of the Space from the environment; raises as `read_environment` does."""
    return read_environment(SpaceSettings)


def data_folder(settings: SpaceSettings) -> Path:
    """The folder for what is written, made if need be; without persistent storage a new one each time."""
    if settings.data is not None:
        settings.data.mkdir(parents=True, exist_ok=True)
        return settings.data
    if PERSISTENT.is_dir() and os.access(PERSISTENT, os.W_OK):
        return PERSISTENT
    return Path(tempfile.mkdtemp(prefix="barometer-"))
