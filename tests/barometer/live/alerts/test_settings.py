from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.alerts.conditions import alerts_of
from barometer.live.alerts.settings import AlertsSettings, QuietHours, load_alerts
from barometer.settings import SettingsError, validate

ROOT = Path(__file__).resolve().parents[4]
HOUR = timedelta(hours=1)


def test_shipped_file_tells_nobody() -> None:
    settings = load_alerts(ROOT / "conf" / "alerts" / "default.yaml")
    assert settings.channels == () and settings.quiet_hours is None
    assert settings == AlertsSettings(rules=settings.rules)  # what it spells out are the defaults
    assert {rule.kind for rule in settings.rules} == {"band", "jump", "volume", "stale"}


def test_examples_of_shipped_file_are_valid(tmp_path: Path) -> None:
    text = (ROOT / "conf" / "alerts" / "default.yaml").read_text()
    text = text.replace("\n# - ", "\n  - ").replace("channels: []", "channels:")
    text = text.replace("quiet_hours: null # such as", "quiet_hours:").replace("Berlin}:", "Berlin} #")
    (tmp_path / "alerts.yaml").write_text(text)
    settings = load_alerts(tmp_path / "alerts.yaml")
    assert [channel.name for channel in settings.channels] == ["ops", "team"]
    assert settings.quiet_hours is not None and settings.quiet_hours.zone == "Europe/Berlin"
    low = settings.rules[-1]
    assert settings.told(low) == ("ops",) and settings.told(settings.rules[0]) == ("ops", "team")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"rules": [{"name": "x", "kind": "level"}]}, "give either above or below"),
        ({"rules": [{"name": "x", "kind": "level", "above": 1, "below": 2}]}, "give either above or below"),
        ({"rules": [{"name": "x", "kind": "level", "above": 101}]}, "rules.0.level.above = 101: .*less than or equal"),
        ({"rules": [{"name": "x", "kind": "crossed"}]}, "'level', 'band', 'jump', 'volume', 'stale'"),
        ({"rules": [{"name": "A b", "kind": "stale"}]}, "rules.0.stale.name = 'A b'"),
        ({"rules": [{"name": "x", "kind": "stale"}] * 2}, "each name once; repeated: x"),
        ({"rules": [{"name": "x", "kind": "band", "coin": "btc"}]}, "coin = 'btc': .*expected a ticker such as BTC"),
        ({"rules": [{"name": "x", "kind": "stale", "coin": "BTC"}]}, "rules.0.stale.coin = 'BTC': Extra inputs"),
        ({"rules": [{"name": "x", "kind": "stale", "channels": ["a"]}]}, "x names unknown channels a; there are: none"),
        ({"channels": [{"name": "a", "kind": "webhook", "url_from": "A"}]}, "channels.0.webhook.secret_from"),
        ({"channels": [{"name": "a", "kind": "apprise", "url_from": "tgram://b"}]}, "channels.0.apprise.url_from"),
        ({"quiet_hours": {"from": 1320, "until": "07:00"}}, 'quiet_hours.from = 1320: .*in quotes, such as "22:00"'),
        ({"quiet_hours": {"from": "22:00", "until": "24:00"}}, "quiet_hours.until = '24:00'"),
        ({"quiet_hours": {"from": "07:00", "until": "07:00"}}, "from and until are the same"),
        ({"quiet_hours": {"from": "22:00", "until": "07:00", "zone": "../x"}}, "zone = '../x': .*unknown time zone"),
        ({"quiet_hours": {"from": "22:00", "until": "07:00", "zone": "Mars/Base"}}, "unknown time zone"),
        ({"pause": 3}, "pause = 3: Extra inputs"),
    ],
)
def test_invalid_settings_are_reported(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        validate(AlertsSettings, values, "alerts.yaml")


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no alerts file .*; expected YAML such as conf/alerts/default.yaml"):
        load_alerts(tmp_path / "none.yaml")


def test_sides_have_alerts_of_their_own(alerts_with: Callable[..., AlertsSettings]) -> None:
    rules = [{"name": "a", "kind": "band"}, {"name": "b", "kind": "jump", "side": "down", "coin": "BTC", "hours": 168}]
    found = [alerts_of(rule) for rule in alerts_with(rules=rules).rules]
    assert [list(alerts) for alerts in found] == [["a/higher", "a/lower"], ["b/down"]]
    assert found[0]["a/lower"] == (
        "Barometer of the last 24 hours lies with its whole 95% interval below the mean of the 30 days before"
    )
    assert found[1]["b/down"].startswith("Barometer of Bitcoin")
    assert "of the last 7 days lies below the reading of the 7 days before" in found[1]["b/down"]


def quiet(start: str, end: str, zone: str) -> QuietHours:
    return QuietHours.model_validate({"from": start, "until": end, "zone": zone})


def ends_of_quiet(hours: QuietHours, first: datetime, last: datetime) -> list[str]:
    """When quiet begins and ends, in UTC, to five minutes."""
    step, shown, before = timedelta(minutes=5), [], hours.cover(first)
    while first < last:
        first += step
        if hours.cover(first) != before:
            before = not before
            shown.append(f"{first:%d %H:%M}")
    return shown


def test_quiet_hours_follow_summer_time() -> None:
    night = quiet("22:00", "07:00", "Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    # The clocks are put forward in the first night and back in the second: it lasts 8 hours, then 10.
    assert ends_of_quiet(night, spring, spring + 48 * HOUR) == ["28 21:00", "29 05:00", "29 20:00", "30 05:00"]
    assert ends_of_quiet(night, autumn, autumn + 48 * HOUR) == ["24 20:00", "25 06:00", "25 21:00", "26 06:00"]


def test_skipped_and_repeated_hours_end_quiet() -> None:
    early = quiet("00:00", "02:30", "Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 21, tzinfo=UTC)
    # 02:30 is never shown in spring: quiet ends when the clock jumps from 02:00 to 03:00. In autumn it is shown twice.
    assert ends_of_quiet(early, spring, spring + 6 * HOUR) == ["28 23:00", "29 01:00"]
    assert ends_of_quiet(early, autumn, autumn + 6 * HOUR) == ["24 22:00", "25 00:30", "25 01:00", "25 01:30"]


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.booleans())
def test_swapped_hours_cover_the_rest(moment: datetime, berlin: bool) -> None:
    zone = "Europe/Berlin" if berlin else "America/St_Johns"
    assert quiet("22:15", "06:45", zone).cover(moment) != quiet("06:45", "22:15", zone).cover(moment)
