"""Titles of feeds as plain text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barometer.headline import normalise_title
from barometer.live.parsing.plain_title import MAX_TITLE, clean, plain_title

PIECES = st.sampled_from(
    ["<", ">", "&", "lt;", "gt;", "amp;", "#60;", "b", "/", "script", "<b>", "</b>", "<!--", "-->", " ", "\0"]
)
MARKUP = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)


@given(MARKUP)
def test_plain_title_is_normalised_and_stable(raw: str) -> None:
    plain = plain_title(raw)
    assert plain == normalise_title(plain) == plain_title(plain)
    assert not re.search(r"</?script\b[^<>]*>", plain, re.IGNORECASE)


@given(MARKUP.map(lambda text: text * 60))
def test_plain_title_has_limited_length(raw: str) -> None:
    assert len(plain_title(raw)) <= MAX_TITLE


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.lists(PIECES, max_size=4).map("".join))
@example("<", "b>")
@example("&lt;", "p>")
@example("<script ", "")
@example("</script  ", "")
@example("&am<i>p;", "lt;")
def test_work_grows_with_the_length(first: str, second: str) -> None:
    steps = [clean(first * n + second * n)[1] for n in (50, 100, 200)]
    assert all(size <= 20 * n * (len(first) + len(second)) for size, n in zip(steps, (50, 100, 200), strict=True))
    # Rounds end earlier in a short text than in a long one, but never later.
    assert steps[2] <= 2.5 * max(steps[1], 100 * len(first + second))


@pytest.mark.parametrize("times", [1, 10, 1000])
def test_nested_tags_and_escapes_go(times: int) -> None:
    assert plain_title("Gold" + "<" * times + "i>" * times + " up") == "Gold up"
    assert plain_title("A &" + "amp;" * times + " B &" + "amp;" * times + "lt;b>up") == "A & B up"
    assert plain_title("A &" + "amp" * times + " B") == "A & B"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Gold <scr<i></i>ipt>alert(1)</script >rises", "Gold rises"),
        ("Gold <STYLE>p{}</style><iframe>x</iframe> rises", "Gold rises"),
        ("Gold rises<template>hidden", "Gold rises"),
        ("<h1>Gold</h1><h2>rises</h2>", "Gold rises"),
        ("Gold<br>rises<BR/>again", "Gold rises again"),
        ("Gold <!-- not shown -->rises<?php x ?>", "Gold rises"),
        ("<![CDATA[Gold]]> &lt;![CDATA[rises]]&gt;", "Gold rises"),
        ("Gold < 50 > 40 & rising", "Gold < 50 > 40 & rising"),
        ("Go<b>ld</b> r<i>is</i>es", "Gold rises"),
        ("&lt;b&gt;Gold&lt;/b&gt; &amp;amp;lt;3", "Gold <3"),
    ],
)
def test_only_what_is_shown_stays(raw: str, title: str) -> None:
    assert plain_title(raw) == title


def test_endless_escapes_lose_their_marks() -> None:
    raw = "Gold <i>"
    for _ in range(30):  # every level is another way to write the one below
        # Only the beginning counts, and grows from the beginning alone; the whole would be gigabytes.
        raw = raw.replace("&", "&am<b>p;").replace("<", "&lt;")[:100_000]
    assert not set("<>&") & set(plain_title(raw))
