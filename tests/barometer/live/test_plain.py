import re

from hypothesis import given
from hypothesis import strategies as st

from barometer.headline import normalise_title
from barometer.live.parse import plain_title, safe_link

MARKUP = st.lists(
    st.sampled_from(
        ["<", ">", "&", "lt;", "gt;", "amp;", "#60;", "b", "/", "script", "<b>", "</b>", "<!--", "-->", " ", "\0"]
    )
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@given(MARKUP)
def test_a_plain_title_is_normalised_and_stays_as_it_is(raw: str) -> None:
    plain = plain_title(raw)
    assert plain == normalise_title(plain) == plain_title(plain)
    assert not re.search(r"</?script\b[^<>]*>", plain, re.IGNORECASE)


@given(MARKUP.map(lambda text: text * 60))
def test_a_plain_title_is_at_most_511_characters(raw: str) -> None:
    assert len(plain_title(raw)) <= 511


def test_a_huge_title_takes_no_time() -> None:
    import time

    started = time.process_time()
    for piece in ("<", "<!--", "<script ", "&lt;", "&amp;", "<a "):
        plain_title(piece * 1_000_000)
    assert time.process_time() - started < 2


@given(st.text(max_size=40))
def test_a_safe_link_is_http_with_a_host(raw: str) -> None:
    for text in (raw, f"http://{raw}", f"https://example.org/{raw}"):
        link = safe_link(text)
        assert link == "" or (link.lower().startswith(("http://", "https://")) and not set(link) & set(" \0\n\r\t"))
