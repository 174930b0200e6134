"""Bodies of responses, decompressed no further than a limit: a bomb is refused before it unfolds."""

import zlib
from collections.abc import AsyncIterator

# gzip and zlib alike, told apart by their headers (zlib's documentation of `wbits`)
_AUTO = 32 + zlib.MAX_WBITS
ENCODINGS = "gzip, deflate"


class BodyError(ValueError):
    """A body is too large, broken, or in an encoding that was not asked for."""


class Inflater:
    """Decompresses gzip (also of several members), zlib and raw deflate, piece by piece."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_AUTO)
        self._started = False

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what `data` unfolds to.

        Raises:
            BodyError: as soon as that is more than `limit` bytes, or if the stream is broken.
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
        """Check that the stream came to its end.

        Raises:
            BodyError: if it did not.
        """
        if self._started and not self._stream.eof:
            raise BodyError("compressed body ends early")


async def read_body(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Return the decompressed body; where `cut` is set, a longer one is cut at the limit.

    Raises:
        BodyError: if it has more than `max_bytes` after decompression, is broken, or in an unknown encoding.
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
