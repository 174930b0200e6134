from pathlib import Path

import pytest

from barometer.live.settings import FeedAddress, FeedsSettings, load_feeds
from barometer.settings import SettingsError


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- https://example.org", "expected a mapping with `addresses`, found list"),
        ("addresses: [", "is not YAML"),
        ("fetch: {}", r"addresses = .*Field required"),
        ("addresses: [https://a.example, https://a.example]", "each address once; repeated: https://a.example"),
        ("addresses: []\nfetch: {timeout: 3}", r"fetch\.timeout = 3: Extra inputs"),
        ("addresses: []\nfilters: {near_duplicate_similarity: 1.5}", r"filters\.near_duplicate_similarity = 1\.5"),
        ("addresses: []\npoll: {interval_minutes: -1}", r"poll\.interval_minutes = -1"),
        ("addresses: []\nstories: {count: twice}", r"stories\.count = 'twice': Input should be 'once' or 'every'"),
    ],
)
def test_errors_name_file_key_and_expectation(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=problem) as caught:
        load_feeds(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no feeds file .*missing\.yaml"):
        load_feeds(tmp_path / "missing.yaml")


def test_feed_name_defaults_to_its_host() -> None:
    values = {"addresses": ["https://www.example.org/feed", {"url": "http://a.example/rss", "source": "The A"}]}
    assert [feed.name for feed in FeedsSettings.model_validate(values).addresses] == ["example.org", "The A"]
    assert FeedAddress(url="file:///tmp/feed.xml").name == "file:///tmp/feed.xml"
