"""The whole index as files: every hour or day that is over, of all headlines and every coin, as CSV and as Parquet.

A file is built once in five minutes, whoever asks, on disk and part by part: neither many readers nor a long history
take memory, and a reader who is slow holds no connection of the database.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import Any
from weakref import finalize

import anyio
import anyio.to_thread
from fastapi import FastAPI, HTTPException, Request
from starlette.responses import Response, StreamingResponse

from barometer.live.history_files import FileFormat, write_history
from serve.api.caching import DIGEST_BYTES, cache_headers, etag_of, is_known, start_of_step, texts
from serve.api.errors import ErrorAnswer, NotReadyError
from serve.api.parameters import FileBucket
from serve.api.ports import Bucket, DataStore

MEDIA_TYPES: dict[FileFormat, str] = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
NO_PARQUET = "this server writes no Parquet: it lacks pyarrow, the extra parquet; /v1/history.csv has the same rows"
_CHUNK = 1 << 18  # bytes of a file that are read at once
_NO_PARQUET: dict[int | str, dict[str, Any]] = {
    501: {"model": ErrorAnswer, "description": "The server lacks pyarrow, the extra `parquet`"}
}


class BuiltFile:
    """A file without a name, which goes when nobody reads it any more, even if the process is killed.

    Attributes:
        step: the moment, in UTC, for which it was built.
        etag: from its content.
        size: in bytes.
    """

    def __init__(self, step: datetime, write: Callable[[Any], None]) -> None:
        """Build the file with `write`, which takes a binary file."""
        with TemporaryFile() as file:
            write(file)
            file.flush()
            self._descriptor = os.dup(file.fileno())
        finalize(self, os.close, self._descriptor)
        self.step = step
        self.size = os.fstat(self._descriptor).st_size
        digest = blake2b(digest_size=DIGEST_BYTES)
        for chunk in self.chunks():
            digest.update(chunk)
        self.etag = etag_of(digest)

    def chunks(self) -> Iterator[bytes]:
        """The content; several may read at once."""
        for start in range(0, self.size, _CHUNK):
            yield os.pread(self._descriptor, _CHUNK, start)


class HistoryFiles:
    """The newest file of each format and bucket; one is built at a time."""

    def __init__(self, store: Callable[[], DataStore], clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._found: dict[tuple[FileFormat, Bucket], BuiltFile] = {}
        self._building = anyio.Lock()  # those who wait take no thread from other routes

    async def get(self, form: FileFormat, bucket: Bucket) -> BuiltFile:
        """The file of the five minutes that it is.

        Raises:
            NotReadyError: if it cannot be built, for example because the disk is full.
            StoreUnavailableError: if the store does not answer.
        """
        step = start_of_step(self._clock())
        if (known := self._known(form, bucket, step)) is not None:
            return known
        async with self._building:
            if (known := self._known(form, bucket, step)) is not None:
                return known
            built = await anyio.to_thread.run_sync(self._built, form, bucket, step)
            self._found[form, bucket] = built
            return built

    def _known(self, form: FileFormat, bucket: Bucket, step: datetime) -> BuiltFile | None:
        found = self._found.get((form, bucket))
        return found if found is not None and found.step >= step else None

    def _built(self, form: FileFormat, bucket: Bucket, step: datetime) -> BuiltFile:
        store = self._store()
        try:
            return BuiltFile(step, lambda file: write_history(store.whole_history(bucket, step), file, form))
        except OSError as error:
            raise NotReadyError(f"the file cannot be built: {error.strerror}") from error


def add_history_file_routes(app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime]) -> None:
    """Add the files to the data API.

    Args:
        app: the data API.
        store: returns the open store.
        clock: the current time in UTC.
    """
    files = HistoryFiles(store, clock)

    @app.get("/v1/history.csv", response_class=Response, responses=texts(MEDIA_TYPES["csv"]), tags=["barometer"])
    async def history_csv(request: Request, bucket: FileBucket = "day") -> Response:
        """The whole index as CSV, oldest first: start (UTC), coin, value, low, high, headlines, model_version.

        A row for each day or hour that is over and has headlines, of all headlines (coin is empty) and of every coin.
        """
        return _answer(request, await files.get("csv", bucket), "csv", bucket)

    documented = texts(MEDIA_TYPES["parquet"]) | _NO_PARQUET

    @app.get("/v1/history.parquet", response_class=Response, responses=documented, tags=["barometer"])
    async def history_parquet(request: Request, bucket: FileBucket = "day") -> Response:
        """The rows of `/v1/history.csv` as Parquet; coin is null for all headlines."""
        if find_spec("pyarrow") is None:
            raise HTTPException(501, NO_PARQUET)
        return _answer(request, await files.get("parquet", bucket), "parquet", bucket)


def _answer(request: Request, file: BuiltFile, form: FileFormat, bucket: Bucket) -> Response:
    name = f"barometer-{bucket}.{form}"
    headers = cache_headers(file.etag, {"Content-Disposition": f'attachment; filename="{name}"'})
    if is_known(request, file.etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(file.size)
    return StreamingResponse(file.chunks(), headers=headers, media_type=MEDIA_TYPES[form])
