"""Undoes the content encodings of bodies: as declared where that is true, else as the bytes themselves tell."""

import zlib
from collections.abc import Callable

import brotli

_MOST = 3  # codings on top of each other
_MOST_MEMBERS = 1000
_STEP = 64 * 1024
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS  # zlib's documentation of `wbits`
_NONE = frozenset({"", "identity"})
# Registered with IANA, and not supported.
_OTHER = frozenset({"compress", "x-compress", "zstd", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"})
# The first bytes of what cannot be read.
_MAGIC = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x1f\x9d": "compress",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
}
_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\x00\x00\xfe\xff")
# Control characters that texts do not have; UTF-16 has NUL.
_CONTROL = frozenset(range(1, 32)) - frozenset(b"\t\n\x0b\x0c\r\x1b")
EXPECTED = "gzip, deflate or br"


class BodyError(ValueError):
    """A body is too large, broken, or in an encoding that cannot be undone."""


class TooLargeError(BodyError):
    """A body exceeds the limit once decompressed."""


def decode(body: bytes, encoding: str, limit: int, *, cut: bool = False) -> bytes:
    """Return a body without its content encodings.

    A header may list several, be wrong, or mean nothing (`utf-8`, `none`); a gzip that is not declared is undone too.

    Args:
        body: as received.
        encoding: the header's value; names separated by commas, in the order in which they were applied.
        limit: the most bytes that any step may give.
        cut: whether `body` is only the beginning, and the end of a longer text is cut off.

    Raises:
        TooLargeError: if a step exceeds `limit`, unless `cut`.
        BodyError: if the body is broken or in an encoding that cannot be undone; the message names it.
    """
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in _NONE]
    if len(names) > _MOST:
        raise BodyError(f"{len(names)} content encodings; expected at most {_MOST}")
    for name in reversed(names):
        body = _undo(name, body, limit, cut=cut) if body else body
    return _sniff(body, ", ".join(names), limit, cut=cut)


def _undo(name: str, body: bytes, limit: int, *, cut: bool) -> bytes:
    if name not in {"gzip", "x-gzip", "deflate", "br"}:
        if name in _OTHER and not (_is_gzip(body) or _is_zlib(body) or _is_markup(body)):
            raise BodyError(f"content encoding {name[:40]!r} is not supported; expected {EXPECTED}")
        return body  # a name that means nothing: the bytes tell
    problem = ""
    for decoder in _decoders(name, body):
        try:
            return decoder(body, limit, cut)
        except TooLargeError:
            raise
        except BodyError as error:
            problem = problem or str(error)
    if _is_markup(body) or (cut and _is_text(body)):
        return body  # the header claims too much
    raise BodyError(f"content encoding {name!r}: {problem}")


def _decoders(name: str, body: bytes) -> list["Decoder"]:
    """What to try, likeliest first; a body with a magic number is what that says, whatever the header."""
    if _is_gzip(body):
        return [_gunzip]
    if name == "br":
        return [_unbrotli, _unzlib] if _is_zlib(body) else [_unbrotli]
    if _is_zlib(body):
        return [_unzlib, _inflate]
    return [] if name != "deflate" and _is_markup(body) else [_inflate, _unbrotli]


def _sniff(body: bytes, declared: str, limit: int, *, cut: bool) -> bytes:
    """Undo what no header declared, as far as the bytes tell it beyond doubt."""
    for _ in range(_MOST):
        if not _is_gzip(body):
            break
        body = _gunzip(body, limit, cut)
    if _is_gzip(body):
        raise BodyError(f"more than {_MOST} layers of gzip")
    if magic := next((name for start, name in _MAGIC.items() if body.startswith(start)), None):
        raise BodyError(f"the body is in content encoding {magic!r}, which is not supported; expected {EXPECTED}")
    if _is_markup(body) or (_is_text(body) and not _is_zlib(body)):
        return body
    for decoder in (_unzlib, _inflate, _unbrotli):
        try:
            found = decoder(body, limit, False)
        except BodyError:
            continue
        if found and _is_markup(found):
            return found
    if declared and not _is_text(body):
        raise BodyError(f"content encoding {declared[:40]!r}, but the body is neither text nor {EXPECTED}")
    return body  # perhaps a text in an odd charset: the parser tells


def _is_gzip(body: bytes) -> bool:
    return body.startswith(b"\x1f\x8b")


def _is_zlib(body: bytes) -> bool:
    """Whether a body starts like zlib (RFC 1950): deflate, a window of at most 32 KiB, and a check sum."""
    return len(body) > 2 and body[0] & 15 == 8 and body[0] >> 4 <= 7 and (body[0] << 8 | body[1]) % 31 == 0


def _is_markup(body: bytes) -> bool:
    """Whether a body starts as XML, HTML or JSON do, in whatever charset."""
    start = body[:256]
    return start.startswith(_MARKS) or start.lstrip(b"\x00\t\r\n ")[:1] in {b"<", b"{", b"["}


def _is_text(body: bytes) -> bool:
    return _is_markup(body) or not _CONTROL & set(body[:256])


Decoder = Callable[[bytes, int, bool], bytes]


def _gunzip(body: bytes, limit: int, cut: bool) -> bytes:
    """Decompress gzip, of several members too, and ignore padding after the last."""
    out, at = bytearray(), 0
    for _ in range(_MOST_MEMBERS):
        part, at = _decompress(body, at, _GZIP, limit - len(out), cut)
        out += part
        if body[at : at + 2] != b"\x1f\x8b":
            return bytes(out)
    raise BodyError(f"more than {_MOST_MEMBERS:,} members of gzip")


def _unzlib(body: bytes, limit: int, cut: bool) -> bytes:
    return _decompress(body, 0, _ZLIB, limit, cut)[0]


def _inflate(body: bytes, limit: int, cut: bool) -> bytes:
    """Decompress raw deflate; as it has no check sum, bytes behind its end mean that it is none."""
    out, end = _decompress(body, 0, _RAW, limit, cut)
    if end < len(body) and not cut:
        raise BodyError("broken compression: bytes behind the end")
    return out


def _decompress(body: bytes, at: int, wbits: int, limit: int, cut: bool) -> tuple[bytes, int]:
    """Decompress the stream that begins at `at`; return its bytes and where it ends."""
    stream, out = zlib.decompressobj(wbits), bytearray()
    while at < len(body) and not stream.eof and len(out) <= limit:
        piece = body[at : at + _STEP]  # in steps, because zlib copies what follows the end
        try:
            out += stream.decompress(piece, limit + 1 - len(out))
        except zlib.error as error:
            raise BodyError(f"broken compression: {error}") from None
        at += len(piece) - len(stream.unused_data)
    _check(len(out) > limit, stream.eof, cut)
    return bytes(out[:limit]), len(body) if len(out) > limit else at


def _check(large: bool, complete: bool, cut: bool) -> None:
    if cut:
        return
    if large:
        raise TooLargeError("too large after decompression")
    if not complete:
        raise BodyError("compressed body ends early")


def _unbrotli(body: bytes, limit: int, cut: bool) -> bytes:
    stream, out, given = brotli.Decompressor(), bytearray(), body
    try:
        while not stream.is_finished() and len(out) <= limit:
            piece = stream.process(given, output_buffer_limit=_STEP)
            if not piece and stream.can_accept_more_data():
                break  # all is read, and the stream goes on
            out += piece
            given = b""
    except brotli.error as error:
        raise BodyError(f"broken compression: {error}") from None
    _check(len(out) > limit, stream.is_finished(), cut)
    return bytes(out[:limit])
