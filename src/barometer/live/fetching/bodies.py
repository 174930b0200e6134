"""Bytes of a feed, bounded: response bodies, decompressed up to a limit, and files for `file:` addresses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from barometer.live.fetching.addresses import AddressRefusedError
from barometer.live.fetching.codings import BodyError, decode

ENCODINGS = "gzip, deflate"


async def read_body(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Return the decompressed body; with `cut`, truncate a longer one at the limit.

    Raises:
        BodyError: if it exceeds `max_bytes`, before or after decompression, or as `decode` does.
    """
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            if not cut:
                raise BodyError(f"larger than {max_bytes} bytes")
            break
    # In a thread: a bomb of a few megabytes must not hold up the other feeds.
    return await asyncio.to_thread(decode, bytes(body[:max_bytes]), encoding, max_bytes, cut=cut)


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
