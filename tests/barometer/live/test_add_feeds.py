"""Feeds added to a file of feeds, which keeps all that a person wrote in it."""

from pathlib import Path

import pytest
import yaml

from barometer.live.add_feeds import extended, replace_file, sort_feeds
from barometer.live.opml import Outline
from barometer.live.settings import FeedAddress, FeedsSettings, FetchSettings

ADDED = [FeedAddress(url="https://n.example/?a=1#b"), FeedAddress(url="https://m.example", source="M: it, 'yes'")]
LINES = "- https://n.example/?a=1#b\n{0}- {{url: 'https://m.example', source: 'M: it, ''yes'''}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "addresses:\n  - https://a.example # mine\n\n# end\nmax_entries: 5\n",
            "addresses:\n  - https://a.example # mine\n  {}\n\n# end\nmax_entries: 5\n",
        ),
        (
            "addresses:\n- url: https://a.example\n  source: A\n# end",
            "addresses:\n- url: https://a.example\n  source: A\n{}\n# end",
        ),
        (
            "addresses:\n    - {url: https://a.example,\n       source: A}",
            "addresses:\n    - {url: https://a.example,\n       source: A}\n    {}",
        ),
        ("addresses: []\nmax_entries: 5\n", "addresses:\n  {}\nmax_entries: 5\n"),
    ],
)
def test_rest_of_file_stays(before: str, after: str) -> None:
    indent = after[: after.index("{}")].rpartition("\n")[2]
    assert extended(before, ADDED) == after.replace("{}", LINES.format(indent))


def test_line_ends_stay_those_of_windows() -> None:
    changed = extended("addresses:\r\n  - https://a.example\r\nmax_entries: 5\r\n", ADDED[:1])
    assert changed == "addresses:\r\n  - https://a.example\r\n  - https://n.example/?a=1#b\r\nmax_entries: 5\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "addresses: [https://a.example]\n",
        "{addresses: [], max_entries: 5}\n",
        "addresses:\n  - >-\n    https://a.example\n",
        "other: &list [https://a.example]\naddresses: *list\n",
        "other: &list\n  - https://a.example\naddresses: *list\n",
    ],
)
def test_other_shapes_are_never_damaged(text: str) -> None:
    changed = extended(text, ADDED)
    assert changed is None or yaml.safe_load(changed)["addresses"][:1] == ["https://a.example"]


def test_feeds_are_sorted_by_guard() -> None:
    have = FeedsSettings(
        addresses=(FeedAddress(url="https://a.example"),), fetch=FetchSettings(allow_hosts=("127.0.0.2",))
    )
    urls = [
        "https://a.example", "https://A.example", "http://127.0.0.2/f", "http://127.0.0.1/f", "http://[::1]/f",
        "file:///etc/passwd", "ftp://a.example", "https://u:p@a.example", "", "https://a.example/" + "x" * 2000,
    ]  # fmt: skip
    found = sort_feeds([Outline(url, "a.example" if url == "https://A.example" else "") for url in urls], have)
    assert [feed.url for feed in found.new] == ["https://A.example", "http://127.0.0.2/f"]
    assert found.new[0].source == ""  # the host says as much
    assert found.known == 1
    assert [reason.partition("'")[2].partition("'")[0][:20] for reason in found.refused] == [
        url[:20] for url in urls[3:]
    ]
    assert "127.0.0.1 is not public" in found.refused[0]


def test_replaced_file_keeps_link_and_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, "new\r\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"new\r\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [link, real]
