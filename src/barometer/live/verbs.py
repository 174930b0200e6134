"""Whether a headline has a verb: by TextBlob's pattern tagger, which works offline, and by the verbs of headlines."""

import re
import warnings
from collections.abc import Callable
from functools import cache

# Verbs that headlines use in the third person and that the tagger takes for plural nouns.
_VERBS = """
adds aims approves backs bans bets blasts blocks bolsters boosts bounces breaks bucks buys calls ceases claims
climbs closes crashes cuts debuts declines delays demands dips doubles drops ends eyes faces falls fights
files fines flags flips flows forecasts freezes funds gains halts heads hikes hints hires hits holds inks
jumps keeps lags launches leads leaves lifts lists loads looks looms lures marks mints moves mulls names nears
offers opens orders pauses plans pledges plots plummets plunges posts probes prompts pumps pushes rallies
ramps ranks reaches rebounds refutes reigns releases reports reveals reverses rises roars rockets rocks
sanctions scores seeks sells shifts shows signals signs sinks skyrockets slams slashes slides slips slumps
soars spikes splits spooks stakes stalls starts steals strikes sues supports surges swings tanks targets taps
teams tests tightens tops touts trades trails triples tumbles turns unveils urges votes vows warns weighs wins
wipes
"""
_HEADLINE_VERBS = frozenset(_VERBS.split())
_WORD = re.compile(r"[^\W\d_]+")


def has_verb(title: str) -> bool:
    """Whether a word of the title is a verb (Penn tags VB*, MD), as written or in small letters.

    Titles In Capitals hide verbs from the tagger, so the small letters are tried too.
    """
    words = {word.casefold() for word in _WORD.findall(title)}
    return bool(words & _HEADLINE_VERBS) or _tagged_verb(title) or _tagged_verb(title.lower())


def _tagged_verb(text: str) -> bool:
    return any(tag == "MD" or tag.startswith("VB") for _, tag in _tagger()(text))


@cache
def _tagger() -> Callable[[str], list[tuple[str, str]]]:
    from textblob.en import tag  # noqa: PLC0415 - takes a second to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the files of its lexicon open for a moment
        tag("The price of Bitcoin rises.")
    return tag  # type: ignore[no-any-return, unused-ignore]
