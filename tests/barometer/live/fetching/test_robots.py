import pytest

from barometer.live.fetching.robots import parse_robots

SITE = "https://example.org"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/feed", True),
        ("User-agent: *\nDisallow: /", "/feed", False),
        ("User-agent: *\nDisallow:", "/feed", True),
        ("User-agent: *\nDisallow: /\nAllow: /feed", "/feed", True),  # the longest match wins, not the first
        ("User-agent: *\nDisallow: /*/feed/$", "/category/feed/", False),
        ("User-agent: *\nDisallow: /*/feed/$", "/category/feed/atom", True),
        ("User-agent: *\nDisallow: /*?", "/feed?format=rss", False),
        ("User-agent: *\nDisallow: *.php$", "/index.php", False),
        ("User-agent: *\nDisallow: *.php$", "/index.php5", True),
        ("User-agent: *\nDisallow: /feed$", "/feed", False),
        ("User-agent: *\nDisallow: /feed$", "/feed/", True),
        ("User-agent: *\nAllow: /feed\nDisallow: /feed", "/feed", True),
        ("User-agent: Googlebot\nDisallow: /", "/feed", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Crypto-News-Barometer/2.0\nDisallow: /x", "/feed", True),
        ("User-agent: *\nAllow: /\nUser-agent: crypto-news-barometer\nDisallow: /", "/feed", False),
        ("User-agent: other\nUser-agent: *\nDisallow: /feed # why\n", "/feed", False),
        ("\ufeffUSER-AGENT: *\r\nDISALLOW: /feed\r\n", "/feed", False),
        ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/feed", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /übung", "/%C3%BCbung", False),
        ("Disallow: /", "/feed", True),  # a rule without a robot
        ("<html>not found</html>", "/feed", True),
    ],
)
def test_rules_follow_rfc_9309(rules: str, path: str, allowed: bool) -> None:
    assert parse_robots(rules, "crypto-news-barometer").allow(SITE + path) is allowed


def test_many_stars_take_no_time() -> None:
    import time

    rules = parse_robots("User-agent: *\nDisallow: /" + "*a" * 2000 + "$", "x")
    started = time.process_time()
    assert rules.allow(SITE + "/" + "a" * 1990 + "b")
    assert time.process_time() - started < 0.5
