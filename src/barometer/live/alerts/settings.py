"""Typed settings of alerts (`conf/alerts/`): rules, channels, quiet hours, and when deliveries are tried again."""

import re
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from barometer.coins import coin_titles
from barometer.defaults import ALERTS
from barometer.settings import Positive, Section, load

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def _clock(value: object) -> object:
    # Without quotes YAML reads 22:00 as the number 1320, of minutes or of seconds.
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('expected a time of day in quotes, such as "22:00"')
    return time(int(found[1]), int(found[2]))


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):  # a name that is a folder or leaves it, is too long, or is unknown
        raise ValueError("unknown time zone; expected one such as Europe/Berlin or UTC") from None
    return value


def _known_coin(value: str) -> str:
    if value not in coin_titles():
        raise ValueError("unknown coin; expected a ticker such as BTC")
    return value


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]{0,99}$")]
Coin = Annotated[str, AfterValidator(_known_coin)]
Points = Annotated[float, Field(ge=0, le=100)]
Hours = Annotated[float, Field(gt=0, le=366 * 24)]
Clock = Annotated[time, BeforeValidator(_clock)]


class Rule(Section):
    """What all rules have: a name, by which its state is known, and the channels that are told; all by default."""

    name: Name
    channels: tuple[Name, ...] | None = None


class WindowRule(Rule):
    """A rule about the last `hours` hours, of all headlines or of those that mention a coin."""

    coin: Coin | None = None
    hours: Hours = 24


class LevelRule(WindowRule):
    """The reading (0 to 100) lies above or below a level.

    Attributes:
        above, below: the level; one of the two.
        margin: how many points it has to come back for the alert to end.
        least: with fewer headlines nothing is said.
    """

    kind: Literal["level"]
    above: Points | None = None
    below: Points | None = None
    margin: Points = 1.0
    least: Positive = 10

    @model_validator(mode="after")
    def _one_of_two(self) -> "LevelRule":
        if (self.above is None) == (self.below is None):
            raise ValueError("give either above or below")
        return self


class BandRule(WindowRule):
    """The reading leaves its usual band: its 95% interval leaves out the mean of the 30 days before, on this side."""

    kind: Literal["band"]
    side: Literal["either", "higher", "lower"] = "either"


class JumpRule(WindowRule):
    """The reading differs from that of as many hours before it by more than the 95% interval of the difference."""

    kind: Literal["jump"]
    side: Literal["either", "up", "down"] = "either"


class VolumeRule(WindowRule):
    """There are many more headlines than in the same hours and on the same weekday of past weeks.

    Attributes:
        hours: length of the window.
        above: the least z-score (`barometer.live.volume`).
        weeks: how many weeks back are compared.
    """

    kind: Literal["volume"]
    hours: Annotated[float, Field(gt=0, le=7 * 24)] = 6
    above: Annotated[float, Field(gt=0, le=100)] = 4.0
    weeks: Annotated[int, Field(ge=4, le=52)] = 8


class StaleRule(Rule):
    """News was not crawled and scored for `hours` hours."""

    kind: Literal["stale"]
    hours: Hours = 12


AnyRule: TypeAlias = Annotated[LevelRule | BandRule | JumpRule | VolumeRule | StaleRule, Field(discriminator="kind")]


class WebhookChannel(Section):
    """An address that gets signed JSON by POST; environment variables hold it and the secrets of the signature."""

    kind: Literal["webhook"]
    name: Name
    url_from: Variable
    secret_from: Variable


class AppriseChannel(Section):
    """A service that apprise knows, such as Telegram, Slack or Discord; an environment variable holds its address."""

    kind: Literal["apprise"]
    name: Name
    url_from: Variable


AnyChannel: TypeAlias = Annotated[WebhookChannel | AppriseChannel, Field(discriminator="kind")]


class QuietHours(Section):
    """Hours of the day in which nothing is sent, as the clocks of a zone show them; `from` may be after `until`."""

    since: Clock = Field(alias="from")
    until: Clock
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @model_validator(mode="after")
    def _not_empty(self) -> "QuietHours":
        if self.since == self.until:
            raise ValueError("from and until are the same; leave quiet_hours out to send at any time")
        return self

    def cover(self, moment: datetime) -> bool:
        """Whether a moment (with a zone) is quiet: what the clock shows decides, also when it is put back."""
        shown = moment.astimezone(ZoneInfo(self.zone)).time()
        if self.since < self.until:
            return self.since <= shown < self.until
        return shown >= self.since or shown < self.until


class RetrySettings(Section):
    """How deliveries are tried.

    Attributes:
        timeout_seconds: limit for a try, for each of connecting and waiting for an answer.
        budget_seconds: limit for all tries of a refresh together.
        tries: after so many failed ones a delivery is given up.
        minutes: the wait after the first failure; it doubles with each further one.
        max_hours: the longest such wait.
    """

    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    budget_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    tries: Annotated[int, Field(ge=1, le=100)] = 10
    minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 5.0
    max_hours: Annotated[float, Field(gt=0, le=7 * 24)] = 6.0


class AlertsSettings(Section):
    """The rules, and who is told.

    Attributes:
        rules: what is watched; with no channels, events are only stored and shown.
        channels: who is told.
        quiet_hours: when nothing is sent; None sends at any time.
        pause_hours: how long after the end of an alert it is not raised again.
        retry: how deliveries are tried.
        keep_days: how long events are kept.
    """

    rules: tuple[AnyRule, ...] = ()
    channels: tuple[AnyChannel, ...] = ()
    quiet_hours: QuietHours | None = None
    pause_hours: Annotated[float, Field(ge=0, le=366 * 24)] = 6.0
    retry: RetrySettings = RetrySettings()
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 366

    @field_validator("rules", "channels")
    @classmethod
    def _distinct(cls, value: tuple[AnyRule | AnyChannel, ...]) -> tuple[AnyRule | AnyChannel, ...]:
        names = [item.name for item in value]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"each name once; repeated: {', '.join(repeated)}")
        return value

    @model_validator(mode="after")
    def _known_channels(self) -> "AlertsSettings":
        known = {channel.name for channel in self.channels}
        for rule in self.rules:
            if unknown := sorted(set(rule.channels or ()) - known):
                there = ", ".join(sorted(known)) or "none"
                raise ValueError(f"rule {rule.name} names unknown channels {', '.join(unknown)}; there are: {there}")
        return self

    def told(self, rule: Rule) -> tuple[str, ...]:
        """The names of the channels that are told of a rule."""
        return tuple(channel.name for channel in self.channels) if rule.channels is None else rule.channels


def load_alerts(path: Path = ALERTS) -> AlertsSettings:
    """Read and check a file of alerts; raises as `barometer.settings.load` does."""
    missing = f"no alerts file {path}; expected YAML such as {ALERTS}"
    return load(AlertsSettings, path, missing, "with `rules` and `channels`")
