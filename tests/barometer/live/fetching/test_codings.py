"""Content encodings: what the header says is believed as far as the bytes agree."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.fetching.codings import BodyError, TooLargeError, decode

XML = b"<?xml version='1.0'?><rss version='2.0'>" + b"<item>Bitcoin rises</item>" * 40 + b"</rss>"
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "items": []}'
LIMIT = 100_000


def raw(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "x-gzip": gzip.compress, "br": brotli.compress}


@pytest.mark.parametrize("body", [XML, JSON, XML.decode().encode("utf-16")], ids=["xml", "json", "utf-16"])
@pytest.mark.parametrize("header", ["", "UTF8", "none", "8bit", "identity, identity", "gzip", "zstd"])
def test_plain_bodies_need_no_header(body: bytes, header: str) -> None:
    assert decode(body, header, LIMIT) == body
    assert decode(body, "br", LIMIT) == decode(body, "deflate", LIMIT) == body


@pytest.mark.parametrize("header", ["", "utf-8", "none", "GZip", "deflate", "br", "zstd", "gzip, gzip"])
def test_gzip_is_told_by_its_bytes(header: str) -> None:
    assert decode(gzip.compress(XML), header, LIMIT) == XML


@pytest.mark.parametrize("coder", [zlib.compress, raw, brotli.compress], ids=["zlib", "raw deflate", "brotli"])
@pytest.mark.parametrize("header", ["", "none", "gzip", "deflate", "utf-8"])
def test_other_codings_are_told_too(coder: "type[bytes]", header: str) -> None:
    assert decode(coder(XML), header, LIMIT) == XML


@given(st.lists(st.sampled_from(sorted(CODERS)), max_size=3), st.sampled_from([XML, JSON]), st.booleans())
def test_layers_are_undone_in_reverse(names: list[str], body: bytes, spaced: bool) -> None:
    coded = body
    for name in names:
        coded = CODERS[name](coded)
    assert decode(coded, (" , " if spaced else ",").join(names).upper(), LIMIT) == body


@given(st.binary(max_size=400), st.sampled_from([*CODERS, "", "zstd", "gzip, br", "nonsense"]), st.booleans())
def test_any_bytes_end_within_the_limit(body: bytes, header: str, cut: bool) -> None:
    for coded in (body, gzip.compress(body)[:-3], brotli.compress(body * 900)):
        try:
            assert len(decode(coded, header, 500, cut=cut)) <= max(500, len(coded))
        except BodyError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(("body", "header", "problem"), [
    (b"\x28\xb5\x2f\xfd" + XML, "zstd", "'zstd' is not supported; expected gzip, deflate or br"),
    (b"\x28\xb5\x2f\xfd" + XML, "", "'zstd', which is not supported"),
    (b"\x1f\x9d\x90" + XML, "compress", "'compress' is not supported"),
    (bytes(range(200)), "snappy", "'snappy', but the body is neither text nor gzip"),
    (brotli.compress(XML)[:-4], "br", "'br': compressed body ends early"),
    (gzip.compress(XML)[:-4], "gzip", "'gzip': compressed body ends early"),
    (gzip.compress(b"") * 1500, "gzip", "more than 1,000 members"),
    (XML, "gzip, gzip, gzip, gzip", "4 content encodings; expected at most 3"),
], ids=["zstd", "bare zstd", "compress", "snappy", "short br", "short gzip", "members", "layers"])  # fmt: skip
def test_what_cannot_be_told_is_named(body: bytes, header: str, problem: str) -> None:
    with pytest.raises(BodyError, match=problem):
        decode(body, header, LIMIT)


@pytest.mark.parametrize("header", ["gzip", "br", "deflate", "gzip, gzip", "gzip, br", "deflate, gzip"])
def test_every_layer_has_the_limit(header: str) -> None:
    bomb = bytes(30_000_000)
    for name in header.split(", "):
        bomb = CODERS[name](bomb)
    with pytest.raises(TooLargeError, match="too large after decompression"):
        decode(bomb, header, LIMIT)
    assert len(decode(CODERS["br" if header == "br" else "gzip"](XML), "", len(XML))) == len(XML)


def test_a_cut_text_keeps_its_beginning() -> None:
    rules = b"User-agent: *\nDisallow: /private\n" * 50
    assert decode(gzip.compress(rules)[:-10], "gzip", 60, cut=True) == rules[:60]
    assert decode(rules, "gzip", 60, cut=True) == rules
