"""The store of a Space: a copy of the snapshot it was built with, where it can be written."""

import shutil
from pathlib import Path

from barometer.live.store.engine import open_engine
from barometer.live.store.upgrade import upgrade
from serve.space.settings import SpaceSettings, data_folder

FILE = "barometer.db"


def place_store(settings: SpaceSettings) -> str:
    """Return the URL of the store: the one that `settings` give, else a file in the data folder.

    The file is a copy of the snapshot unless one is there from before a restart. Its tables are brought to this
    version of the code.

    Raises:
        StoreError: if the store is of a newer version, or the URL is not understood.
        OSError: if there is no snapshot, or the folder cannot be written.
    """
    if "database_url" in settings.model_fields_set:
        url = settings.database_url.get_secret_value()
    else:
        url = f"sqlite:///{_placed(settings.snapshot, data_folder(settings) / FILE)}"
    engine = open_engine(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    return url


def _placed(snapshot: Path, path: Path) -> Path:
    if not path.exists():
        partial = path.with_suffix(".partial")
        shutil.copyfile(snapshot, partial)  # without its mode, which may be read-only
        partial.replace(path)  # so that a Space killed meanwhile does not find half a store
    return path
