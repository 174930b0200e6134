"""The barometer as a page to embed in another: gauge, standing, interval, count, age; nothing is loaded, no script."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html import escape
from string import Template
from typing import Literal

from serve.api.colours import CLASS_COLOURS
from serve.api.data_schemas import Barometer
from serve.api.words import age_words, count_words, interval_points, moment_words, summary, window_words

Theme = Literal["auto", "light", "dark"]

_STYLE = """
:root{color-scheme:light dark}
:root[data-theme=light]{color-scheme:light}
:root[data-theme=dark]{color-scheme:dark}
body{--line:light-dark(#e2e8f0,#334155);--text:light-dark(#0f172a,#f1f5f9);--muted:light-dark(#475569,#a8b3c4);\
margin:0;background:light-dark(#fff,#111827);color:var(--text);\
font:14px/1.45 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{box-sizing:border-box;max-width:340px;margin:auto;padding:12px 16px;text-align:center}
h1{margin:0 0 6px;font-size:15px;font-weight:600}
svg{display:block;width:100%;max-width:240px;margin:auto}
svg *{fill:none}
.track{stroke:var(--line)}
.band{stroke:var(--muted)}
.usual{stroke:var(--text)}
svg text{fill:var(--muted);font-size:11px}
svg .none{fill:var(--text);font-size:24px;font-weight:600}
svg .number{fill:var(--text);font-size:44px;font-weight:700}
.negative{stroke:light-dark(NEGATIVE)}
.neutral{stroke:light-dark(NEUTRAL)}
.positive{stroke:light-dark(POSITIVE)}
p{margin:1px 0 0;color:var(--muted)}
.standing{margin:0;color:var(--text);font-weight:600}
.stale{color:var(--text);font-weight:600}
"""
# Arcs are 100 long, so a dash of 57 ends at 57; the thin outer one is the interval, the mark across is the usual.
_GAUGE = Template("""<svg viewBox="0 12 200 108" role="img" aria-label="$summary">
<path class="track" d="M24 104A76 76 0 0 1 176 104" stroke-width="14"/>
$arcs<text class="$kind" x="100" y="96" text-anchor="middle">$number</text>
<text x="24" y="118" text-anchor="middle">0</text><text x="176" y="118" text-anchor="middle">100</text>
</svg>""")
_ARCS = Template("""<path class="$tone" d="M24 104A76 76 0 0 1 176 104" stroke-width="14" pathLength="100" \
stroke-dasharray="$score 200"/>
<path class="band" d="M12 104A88 88 0 0 1 188 104" stroke-width="3" pathLength="100" \
stroke-dasharray="0 $low $width 200"/>
""")
_USUAL = Template("""<path class="usual" d="M24 104A76 76 0 0 1 176 104" stroke-width="20" pathLength="100" \
stroke-dasharray="0 $usual 1 200" stroke-dashoffset=".5"/>
""")
_PAGE = Template("""<!doctype html>
<html lang="en" data-theme="$theme">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<h1>$title</h1>
$gauge
$lines
</main>
</body>
</html>
""")


def _style() -> str:
    style = _STYLE
    for label, colours in CLASS_COLOURS.items():
        style = style.replace(label.name, ",".join(colours))
    return style


def content_security_policy() -> str:
    """The policy of the page: its own style sheet and nothing else, on whatever page it is embedded."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def widget(found: Barometer, now: datetime, hours: int, coin: str, theme: Theme) -> str:
    """The page of a barometer.

    Args:
        found: the barometer of a window.
        now: the moment to which ages are told, in UTC.
        hours: the length of the window.
        coin: the ticker of the coin that is meant; empty for all headlines.
        theme: light, dark, or as the reader's system has it.
    """
    title = escape(f"Crypto news barometer{f': {coin}' if coin else ''}")
    gauge, lines = _gauge(found, hours, coin), [*_reading_lines(found, hours), *_age_lines(found, now)]
    return _PAGE.substitute(theme=theme, title=title, style=_style(), gauge=gauge, lines="\n".join(lines))


def _gauge(found: Barometer, hours: int, coin: str) -> str:
    shown = {"summary": escape(summary(found, hours, coin)), "kind": "none", "number": "No data", "arcs": ""}
    if found.score is not None:
        low, high = interval_points(found)
        tone = found.standing.label.name.lower()
        arcs = _ARCS.substitute(tone=tone, score=found.score, low=low, width=high - low)
        if found.usual is not None:
            arcs += _USUAL.substitute(usual=found.usual)
        shown |= {"kind": "number", "number": str(round(found.score)), "arcs": arcs}
    return _GAUGE.substitute(shown)


def _reading_lines(found: Barometer, hours: int) -> list[str]:
    if found.score is None:
        return [f"<p>No headlines in the {window_words(hours)}</p>"]
    low, high = interval_points(found)
    usual = "" if found.usual is None else f", usual {round(found.usual)}"
    return [
        f'<p class="standing">{found.standing.words}</p>',
        f"<p>95 % interval {low} to {high}{usual}</p>",
        f"<p>{count_words(found.count)}, {window_words(hours)}</p>",
    ]


def _age_lines(found: Barometer, now: datetime) -> list[str]:
    lines = []
    if found.newest_pub_time is not None:
        lines.append(f"<p>Newest headline {_ago(found.newest_pub_time, now)}</p>")
    if found.stale:
        last = "never refreshed" if found.refreshed_at is None else f"last refreshed {_ago(found.refreshed_at, now)}"
        lines.append(f'<p class="stale">Stale: {last}</p>')
    return lines


def _ago(moment: datetime, now: datetime) -> str:
    words = age_words(now - moment)
    return f'<time datetime="{moment.isoformat(timespec="seconds")}" title="{moment_words(moment)}">{words}</time>'
