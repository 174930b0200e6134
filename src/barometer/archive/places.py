"""Where archives lie: files of this machine or of S3. What is written appears whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

import botocore.session
import pyarrow as pa
from pyarrow import fs

S3 = "s3://"
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_CONNECT_S, _REQUEST_S, _TRIES = 5, 60, 4


class ArchiveError(ValueError):
    """An archive cannot be read, scored or loaded; the message is one line for a person."""


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Turn errors of files, of S3 and of what is in a file into one line that names it."""
    try:
        yield
    except ArchiveError:
        raise
    except (OSError, pa.ArrowException) as error:  # Arrow's own are partly ValueErrors
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ArchiveError(f"{what}: {' '.join(said.split())}") from None


class Place:
    """A file or folder by its address: a path of this machine, or `s3://BUCKET/KEY`; may be sent to other machines.

    Where S3 is and with which keys is said by AWS's own variables and files; `AWS_ENDPOINT_URL` names another server.
    """

    def __init__(self, address: str) -> None:
        """Check the address; nothing is opened.

        Raises:
            ArchiveError: if it has another scheme.
        """
        self.on_s3 = address.startswith(S3)
        if not self.on_s3 and "://" in address:
            raise ArchiveError(f"{address}: expected a path or {S3}BUCKET/KEY")
        self.address = address.rstrip("/") or "/"
        self.path = self.address.removeprefix(S3) if self.on_s3 else str(Path(self.address).absolute())

    def __truediv__(self, name: str) -> "Place":
        return Place(f"{self.address}/{name}")

    @property
    def files(self) -> Any:  # noqa: ANN401 - pyarrow has no types
        """The file system.

        Raises:
            ArchiveError: if there are no keys for S3.
        """
        return _s3() if self.on_s3 else fs.LocalFileSystem()

    def find(self) -> dict[str, Any]:
        """The files at or below this place, by name relative to it ('' for itself), in alphabetical order."""
        with reported(self.address):
            info = self.files.get_file_info(self.path)
            if info.type == fs.FileType.File:
                return {"": info}
            below = fs.FileSelector(self.path, recursive=True, allow_not_found=True)
            found = [item for item in self.files.get_file_info(below) if item.type == fs.FileType.File]
        return {item.path.removeprefix(self.path).lstrip("/"): item for item in sorted(found, key=lambda i: i.path)}

    def open(self) -> Any:  # noqa: ANN401 - pyarrow has no types
        """The file for reading at any position."""
        return self.files.open_input_file(self.path)

    def read(self) -> bytes | None:
        """The content of a small file; None if there is none."""
        with reported(self.address):
            if self.files.get_file_info(self.path).type != fs.FileType.File:
                return None
            with self.open() as file:
                return bytes(file.read())

    @contextmanager
    def written(self) -> Iterator[Any]:
        """A stream whose content becomes the file at the end, in place of an older one; nothing on an exception.

        S3 shows an object when it is complete; here a file is renamed, and is on the disk before that.
        """
        with reported(self.address):
            if self.on_s3:
                with self.files.open_output_stream(self.path) as stream:
                    yield stream
                return
            path = Path(self.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
            try:
                with unfinished.open("wb") as file:
                    yield file
                    _flush(file)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)

    def delete(self) -> None:
        """Delete a folder and all in it, if it is there."""
        with reported(self.address):
            if self.find():
                self.files.delete_dir(self.path)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


@cache
def _s3() -> Any:  # noqa: ANN401 - pyarrow has no types
    if botocore.session.get_session().get_credentials() is None:
        raise ArchiveError(
            f"no credentials for {S3}: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of AWS, give them"
        )
    given = {name: value for name in (*_ENDPOINTS, *_REGIONS) if (value := os.environ.get(name))}
    endpoint = urlsplit(next((given[name] for name in _ENDPOINTS if name in given), ""))
    where = {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme} if endpoint.netloc else {}
    region = next((given[name] for name in _REGIONS if name in given), None)
    return fs.S3FileSystem(
        **where,
        region=region,
        connect_timeout=_CONNECT_S,
        request_timeout=_REQUEST_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
    )
