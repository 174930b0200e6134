"""Bytes of a feed, bounded: response bodies, decompressed up to a limit, and files for `file:` addresses."""

import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from barometer.live.addresses import AddressRefusedError

# gzip and zlib alike, told apart by their headers (zlib's documentation of `wbits`)
_AUTO = 32 + zlib.MAX_WBITS
ENCODINGS = "gzip, deflate"


class BodyError(ValueError):
    """A body is too large, broken, or in an encoding that was not requested."""


class Inflater:
    """Decompresses gzip (of several members, too), zlib and raw deflate incrementally."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_AUTO)
        self._started = False

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return `data` decompressed.

        Raises:
            BodyError: as soon as it exceeds `limit` bytes, or if the stream is broken.
        """
        out = bytearray()
        while data:
            try:
                out += self._stream.decompress(data, limit - len(out) + 1)
            except zlib.error as error:
                if self._started:
                    raise BodyError(f"broken compression: {error}") from None
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers call raw deflate `deflate`
                self._started = True
                continue
            self._started = True
            if len(out) > limit:
                raise BodyError("too large after decompression")
            data = self._next_member() if self._stream.eof else b""
        return bytes(out)

    def _next_member(self) -> bytes:
        rest = self._stream.unused_data
        if rest[:2] != b"\x1f\x8b":
            return b""  # padding after the last member
        self._stream = zlib.decompressobj(_AUTO)
        return rest

    def finish(self) -> None:
        """Raise `BodyError` unless the stream is complete."""
        if self._started and not self._stream.eof:
            raise BodyError("compressed body ends early")


async def read_body(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Return the decompressed body; with `cut`, truncate a longer one at the limit.

    Raises:
        BodyError: if it exceeds `max_bytes` after decompression, is broken, or in an unknown encoding.
    """
    name = encoding.strip().lower()
    if name not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise BodyError(f"content encoding {name[:40]!r}; expected one of identity, {ENCODINGS}")
    inflater = None if name in {"", "identity"} else Inflater()
    body = bytearray()
    async for chunk in chunks:
        room = max_bytes - len(body)
        body += chunk if inflater is None else inflater.feed(chunk, room)
        if len(body) > max_bytes:
            if cut:
                return bytes(body[:max_bytes])
            raise BodyError(f"larger than {max_bytes} bytes")
    if inflater:
        inflater.finish()
    return bytes(body)


def read_file(url: str, folder: str, max_bytes: int, last_modified: str | None) -> tuple[str, bytes | None]:
    """Return the file's modification time as an HTTP date, and its bytes, or None if it has not changed.

    Raises:
        AddressRefusedError: if no folder is allowed, or the file, symbolic links resolved, is outside of it.
        BodyError: if the file is larger than `max_bytes`.
        OSError: if it cannot be read.
    """
    if not folder:
        raise AddressRefusedError(f"{url!r} is a file; expected http or https, unless fetch.file_folder is set")
    parts = urlsplit(url)
    try:
        path = Path(url2pathname(parts.path)).resolve()
    except ValueError as error:
        raise AddressRefusedError(f"broken address {url!r}: {error}") from None
    if parts.netloc not in {"", "localhost"} or not path.is_relative_to(Path(folder).resolve()):
        raise AddressRefusedError(f"{url!r} is outside of fetch.file_folder")
    status = path.stat()
    modified = format_datetime(datetime.fromtimestamp(int(status.st_mtime), UTC), usegmt=True)
    if last_modified == modified:
        return modified, None
    if status.st_size > max_bytes:
        raise BodyError(f"larger than {max_bytes} bytes")
    return modified, path.read_bytes()
