"""Whether the condition of an alert holds, from what was read, and what people are told if it does.

A rule with two sides has an alert for each, `mood/higher` and `mood/lower`: both can follow one another at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from barometer.coins import coin_titles
from barometer.live.alerts.settings import AnyRule, BandRule, JumpRule, LevelRule, StaleRule, VolumeRule, WindowRule
from barometer.live.records import BarometerReading
from barometer.live.usual import Standing, difference_margin, standing_of, usual_of
from barometer.live.volume import volume_score
from barometer.live.words import count_words, reading_words, span_words

_SIDES = {"band": ("higher", "lower"), "jump": ("up", "down")}
_BEYOND = {"higher": "above", "lower": "below", "up": "above", "down": "below"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of an alert.

    Attributes:
        holds: whether its condition holds; None if that cannot be told.
        title, text: for people, if it holds.
        facts: the same as plain data.
    """

    holds: bool | None
    title: str = ""
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def alerts_of(rule: AnyRule) -> dict[str, str]:
    """The alerts of a rule by name, each with a sentence that says when it is raised."""
    if isinstance(rule, BandRule | JumpRule):
        sides = _SIDES[rule.kind] if rule.side == "either" else (rule.side,)
        return {f"{rule.name}/{side}": _sided_words(rule, side) for side in sides}
    return {rule.name: _plain_words(rule)}


def _sided_words(rule: BandRule | JumpRule, side: str) -> str:
    if isinstance(rule, BandRule):
        than = "the mean of the 30 days before"
    else:
        than = f"the reading of the {span_words(rule.hours)} before, by more than the interval of the difference"
    whole = "with its whole 95% interval " if isinstance(rule, BandRule) else ""
    return f"{_subject(rule)} of the last {span_words(rule.hours)} lies {whole}{_BEYOND[side]} {than}"


def _plain_words(rule: LevelRule | VolumeRule | StaleRule) -> str:
    if isinstance(rule, StaleRule):
        return f"News was not crawled and scored for {span_words(rule.hours)}"
    if isinstance(rule, VolumeRule):
        return (
            f"{_headlines(rule)} of the last {span_words(rule.hours)} are many more than in the same hours and on the "
            f"same weekday of the {rule.weeks} weeks before (z-score of {rule.above:g} or more)"
        )
    side, level = _side(rule)
    return f"{_subject(rule)} of the last {span_words(rule.hours)} lies {side} {level:g}"


def _subject(rule: WindowRule) -> str:
    return "Barometer" if rule.coin is None else f"Barometer of {_name(rule.coin)}"


def _headlines(rule: WindowRule) -> str:
    return "The headlines" if rule.coin is None else f"The headlines about {_name(rule.coin)}"


def _name(coin: str) -> str:
    return coin_titles().get(coin, coin)


def _side(rule: LevelRule) -> tuple[str, float]:
    if rule.above is not None:
        return "above", rule.above
    assert rule.below is not None  # one of the two is given
    return "below", rule.below


def level(rule: LevelRule, now: BarometerReading, *, raised: bool) -> Finding:
    """Whether a reading lies beyond a level; a raised alert ends only when it came back by the margin."""
    if now.value is None or now.count < rule.least:
        return Finding(None)
    side, limit = _side(rule)
    beyond = 100 * now.value - limit if side == "above" else limit - 100 * now.value
    holds = beyond > (-rule.margin if raised else 0)
    title = f"{_subject(rule)} {side} {limit:g}"
    return Finding(holds, title, _text(rule, now), _facts(rule, now) | {"level": limit})


def band(rule: BandRule, now: BarometerReading, before: BarometerReading) -> dict[str, Finding]:
    """Whether a reading left its usual band, by side, as `standing_of` decides; `before` are the 30 days before it."""
    standing, usual = standing_of(now, before), usual_of(before)
    if usual is None or usual.value is None or standing is Standing.UNKNOWN:
        return {name: Finding(None) for name in alerts_of(rule)}
    text = f"{_text(rule, now)} Usual is {100 * usual.value:.1f}."
    title = f"{_subject(rule)}: {standing.words.lower()}"
    facts = _facts(rule, now) | {"usual": usual.value, "standing": standing.value}
    return {f"{rule.name}/{side}": Finding(standing == side, title, text, facts) for side in _named(rule)}


def jump(rule: JumpRule, now: BarometerReading, before: BarometerReading) -> dict[str, Finding]:
    """Whether a reading differs from the one before by more than the interval of the difference, by side."""
    if now.value is None or before.value is None:
        return {name: Finding(None) for name in alerts_of(rule)}
    moved, margin = now.value - before.value, difference_margin(now, before)
    title = f"{_subject(rule)} jumped {'up' if moved > 0 else 'down'} by {abs(100 * moved):.1f}"
    difference = f"the interval of the difference is ± {100 * margin:.1f}"
    text = f"{_text(rule, now)} Before it was {reading_words(before)}; {difference}."
    facts = _facts(rule, now) | {"change": moved, "margin": margin, "before": _reading_facts(before)}
    holds = {"up": moved > margin, "down": -moved > margin}
    return {f"{rule.name}/{side}": Finding(holds[side], title, text, facts) for side in _named(rule)}


def volume(rule: VolumeRule, count: int, usual: Sequence[int], until: datetime) -> Finding:
    """Whether a number of headlines is far above those of the same hours of past weeks."""
    score = volume_score(count, usual)
    if score is None:
        return Finding(None)
    mean = sum(usual) / len(usual)
    about = "" if rule.coin is None else f" about {_name(rule.coin)}"
    seen = f"{count_words(count)}{about} in {span_words(rule.hours)}"
    text = f"{seen}; usual at this time of the week are {mean:.1f} (z-score {score:.1f})."
    facts = {
        "coin": rule.coin, "hours": rule.hours, "until": until.isoformat(), "count": count, "usual_count": mean,
        "z_score": score, "weeks": len(usual),
    }  # fmt: skip
    return Finding(score >= rule.above, f"News{about}: far more than usual", text, facts)


def stale(rule: StaleRule, refreshed_at: datetime | None, now: datetime) -> Finding:
    """Whether the last refresh is longer ago than the rule allows, or never happened."""
    holds = refreshed_at is None or now - refreshed_at > timedelta(hours=rule.hours)
    at = "" if refreshed_at is None else f" at {refreshed_at:%Y-%m-%d %H:%M} UTC"
    text = f"News was {'last' if at else 'never'} crawled and scored{at}."
    facts = {"hours": rule.hours, "refreshed_at": refreshed_at and refreshed_at.isoformat()}
    return Finding(holds, "The barometer is stale", text, facts)


def _named(rule: BandRule | JumpRule) -> list[str]:
    return [alert.rpartition("/")[2] for alert in alerts_of(rule)]


def _text(rule: WindowRule, now: BarometerReading) -> str:
    return f"{_subject(rule)} of the last {span_words(rule.hours)}: {reading_words(now)}."


def _facts(rule: WindowRule, now: BarometerReading) -> dict[str, Any]:
    return {"coin": rule.coin, "hours": rule.hours, **_reading_facts(now)}


def _reading_facts(found: BarometerReading) -> dict[str, Any]:
    return found._asdict() | {"since": found.since.isoformat(), "until": found.until.isoformat()}
