"""The card on top of the first page: the gauge, what its number means, and what it was earlier. HTML."""

from datetime import datetime, timedelta
from html import escape

from barometer.live.records import BarometerReading
from serve.api.ports import State
from serve.api.standing import Standing
from serve.api.words import age_words, count_words, moment_words
from serve.app.figures.gauge import gauge_svg
from serve.app.format import change, interval, points
from serve.app.overview import MONTH, YEAR, Overview
from serve.app.states import note

SKELETON = '<div class="g-card g-skeleton" role="status">Reading the news …</div>'


def overview_card(found: Overview, subject: str) -> str:
    """The card of an overview; `subject` is the heading, such as "All crypto news"."""
    usual = None if found.standing is Standing.UNKNOWN else found.usual.value
    tiles = "".join(_tile(words, reading, found.now) for words, reading in found.earlier)
    return f"""<section class="g-card" aria-labelledby="g-title">
<div class="g-now"><h2 id="g-title">{escape(subject)}, last 24 hours</h2>{gauge_svg(found.now, usual)}{_legend(found, usual)}</div>
<div class="g-said">{_said(found)}<dl class="g-earlier">{tiles}</dl>{_fresh(found)}</div></section>"""  # noqa: E501


def stale_note(state: State, now: datetime, stale_hours: float) -> str:
    """What to say where news was last refreshed too long ago, or never; empty where it is fresh."""
    if state.refreshed_at is None:
        return note("It is not known when news was last fetched and scored, so this may be out of date.")
    if now - state.refreshed_at <= timedelta(hours=stale_hours):
        return ""
    return note(f"Stale: no news was fetched and scored since {moment_words(state.refreshed_at)}.")


def _legend(found: Overview, usual: float | None) -> str:
    if found.now.value is None:
        return ""
    items = f'<li><span class="g-key g-key-interval"></span>95 % interval {interval(found.now)}</li>'
    if usual is not None:
        items += f'<li><span class="g-key g-key-usual"></span>Usual, 30 days before: {points(usual)}</li>'
    return f'<ul class="g-legend">{items}</ul>'


def _said(found: Overview) -> str:
    if found.now.value is None:
        return '<p class="g-verdict">No data</p><p>No headline was published in the last 24 hours.</p>'
    return f'<p class="g-verdict">{found.standing.words}</p><p>{_explained(found)}</p>'


def _explained(found: Overview) -> str:
    below, days = found.days_below(MONTH)
    said = f"The share of positive headlines among {count_words(found.now.count)}, estimated, in per cent."
    if days >= 7:
        said += f" Higher than on {below} of the last {days} days with news"
        below_year, days_of_year = found.days_below(YEAR)
        said += (
            f", and on {100 * below_year / days_of_year:.0f} % of those of the last year."
            if days_of_year > days
            else "."
        )
    return said


def _tile(words: str, reading: BarometerReading, now: BarometerReading) -> str:
    if reading.value is None:
        return f'<div><dt>{words}</dt><dd class="g-none">no data</dd></div>'
    moved = "" if now.value is None else f"<small>{' '.join(change(now, reading))} since</small>"
    return f"<div><dt>{words}</dt><dd><b>{points(reading.value)}</b>{moved}</dd></div>"


def _fresh(found: Overview) -> str:
    now, newest, refreshed = found.now.until, found.state.newest_pub_time, found.state.refreshed_at
    said = [f"Last refreshed {_moment(refreshed, now)}"] if refreshed else []
    said += [f"newest headline {_moment(newest, now)}"] if newest else []
    return f'<p class="g-fresh">{" · ".join(said)}</p>' if said else ""


def _moment(moment: datetime, now: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}" title="{moment_words(moment)}">{age_words(now - moment)}</time>'
