"""Files that visitors upload: few, small, one at a time, and deleted soon; Gradio's own endpoint has no such limits."""

import re
import secrets
import shutil
import tempfile
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from gradio.utils import get_upload_folder
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

_KEPT_SECONDS = 600.0  # a page uses a file at once
_SHARE = 8
_BLOCK = 4_096  # bytes on disk of the smallest file: a million empty ones are not nothing
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class Uploads:
    """Uploaded files in a folder of their own, which goes when the process ends.

    The oldest are deleted when there are too many bytes; files are no older than ten minutes when another is added.
    """

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep at most `max_bytes`, and an eighth of them for one client; a single file is kept in any case."""
        self._max_bytes, self._clock = max_bytes, clock
        self._files: OrderedDict[str, tuple[str, int, float]] = OrderedDict()
        self._folder: Path | None = None

    def __contains__(self, path: object) -> bool:
        """Whether `path` is an uploaded file."""
        return path in self._files

    def add(self, client: str, name: str, content: bytes) -> Path:
        """Write a file of `client`; of its name only the ending is kept."""
        self._folder = self._folder or self._make_folder()
        suffix = Path(name).suffix.lower()
        path = self._folder / f"{secrets.token_hex(16)}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        size = max(len(content), _BLOCK)
        self._make_room(client, size)
        path.write_bytes(content)
        self._files[str(path)] = (client, size, self._clock())
        return path

    def _make_room(self, client: str, size: int) -> None:
        for path in [path for path, (_, _, added) in self._files.items() if added < self._clock() - _KEPT_SECONDS]:
            self._delete(path)
        own = [path for path, (owner, _, _) in self._files.items() if owner == client]
        while own and self._size(own) + size > self._max_bytes // _SHARE:
            self._delete(own.pop(0))
        while self._files and self._size(list(self._files)) + size > self._max_bytes:
            self._delete(next(iter(self._files)))

    def _size(self, paths: list[str]) -> int:
        return sum(self._files[path][1] for path in paths)

    def _delete(self, path: str) -> None:
        del self._files[path]
        Path(path).unlink(missing_ok=True)

    def _make_folder(self) -> Path:
        # Within Gradio's folder, as Gradio takes files from nowhere else.
        outer = Path(get_upload_folder())
        outer.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="barometer-", dir=outer))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder


async def take_upload(uploads: Uploads, client: str, max_bytes: int, request: Request) -> Response:
    """Store the one file of a form, as Gradio's page sends it; answer with its path in a list, or say what is wrong."""
    if not (await request.body()).rstrip().endswith(b"--"):
        return PlainTextResponse("The form was cut off", 400)  # its parser would leave a file open
    try:
        async with request.form(max_files=1, max_fields=0) as form:
            file = form.get("files")
            if not isinstance(file, UploadFile):
                return PlainTextResponse("Send one file", 400)
            content, name = await file.read(), file.filename or ""
    except (HTTPException, MultiPartException):
        return PlainTextResponse("Send one file at a time, as a form", 400)
    if len(content) > max_bytes:
        return PlainTextResponse(f"The file is larger than {max_bytes} bytes", 413)
    return JSONResponse([str(uploads.add(client, name, content))])
