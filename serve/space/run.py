"""Runs the Space: the app over its own store, with a refresh at startup and every few hours in a process of its own."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import structlog
from pydantic import SecretStr

from barometer.live.store.engine import StoreError, open_engine
from barometer.live.store.upgrade import upgrade
from barometer.predictor import Predictor
from serve.api.run import opener, run
from serve.api.settings import PREFIX, ApiSettingsError, read_environment
from serve.app.application import create_app
from serve.space.refresh import ROOT, SpaceSettings

FILE = "barometer.db"
PERSISTENT = Path("/data")  # persistent storage, in a Space that has it
_log = structlog.get_logger()


def main() -> None:
    """Serve the Space until SIGTERM or Ctrl-C; an unusable setting ends it with one line."""
    try:
        serve_space(read_environment(SpaceSettings))
    except (ApiSettingsError, StoreError, OSError) as error:
        sys.exit(f"barometer: {error}")


def serve_space(settings: SpaceSettings) -> None:
    """Place the store and serve the app on `settings.app_port`; raises as `place_store` does."""
    url = place_store(settings)
    changes: dict[str, object] = {"database_url": SecretStr(url)}
    if "stale_hours" not in settings.model_fields_set:
        changes["stale_hours"] = 2 * settings.refresh_hours
    settings = settings.model_copy(update=changes)
    # The refresh process finds the code and the store by these.
    environment = os.environ | {"PYTHONPATH": str(ROOT), f"{PREFIX}DATABASE_URL": url}
    command = (sys.executable, "-m", "serve.space.refresh")
    background = partial(repeated, command, environment, settings.refresh_hours * 3600)
    run(create_app(settings, opener(settings), Predictor.load, background=background), settings.app_port, settings)


def place_store(settings: SpaceSettings) -> str:
    """Return the URL of the store: the one in `settings`, else a file in the data folder.

    The file is a copy of the snapshot unless one remains from before a restart. Its tables are upgraded.

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
        partial.replace(path)  # so that a Space killed meanwhile does not find an incomplete store
    return path


def data_folder(settings: SpaceSettings) -> Path:
    """The folder for data, created if needed; without persistent storage a new one each time."""
    if settings.data is not None:
        settings.data.mkdir(parents=True, exist_ok=True)
        return settings.data
    if PERSISTENT.is_dir() and os.access(PERSISTENT, os.W_OK):
        return PERSISTENT
    return Path(tempfile.mkdtemp(prefix="barometer-"))


@asynccontextmanager
async def repeated(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> AsyncIterator[None]:
    """Run `command` at once and `seconds` after each end, until the block is left; then stop a running one.

    A process, because crawling and scoring would delay the answers of a service in the same interpreter. One that
    fails, or takes longer than `seconds`, is logged and repeated in its turn.
    """
    task = asyncio.create_task(_repeat(command, environment, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
    while True:
        try:
            async with asyncio.timeout(seconds):
                status = await _run(command, environment)
        except TimeoutError:
            _log.error("background program stopped", command=list(command), after_seconds=seconds)
        except OSError as error:  # such as too little memory for a process
            _log.error("background program did not start", command=list(command), error=str(error))
        else:
            if status:
                _log.error("background program failed", command=list(command), status=status)
        await asyncio.sleep(seconds)


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
