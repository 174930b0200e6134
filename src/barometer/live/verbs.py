"""Whether a headline has a verb: by TextBlob's pattern tagger, which works offline, and by the verbs of headlines."""

import re
import warnings
from collections.abc import Callable
from functools import cache
from itertools import pairwise

# Verbs that headlines use in the third person and that the tagger takes for plural nouns.
_VERBS = """
adds aims approves backs bans becomes bets blasts bleeds blocks blows bolsters boosts bounces breaks bridges
bucks burns buys calls ceases charges claims climbs closes consults counts crashes curbs custodies cuts debuts
declines delays demands dips doubles drafts drops eases ends expands experiments eyes faces falls fights files
fines flags flashes flips flows forecasts freezes fuels funds gains gets gives goes grants halts halves heads
hikes hints hires hits holds hosts idles ignites inks intensifies invests joins jumps keeps kickstarts lags
lands launches leads leaves lifts lists loads looks looms lures makes marks mints moves mulls nabs names nears
needs nets offers opens orders outlines outruns pauses pays pens plans plays pledges plots plummets plunges
postpones posts preps probes prompts pumps purchases pushes raises rakes rallies ramps ranks reaches rebounds
refutes reigns relaunches releases reports returns reveals reverses rises roars rockets rocks rolls sanctions
says scores secures seeks seems sees sells sets shifts ships shows signals signs sinks skyrockets slams
slashes slides slips slumps soars sparks spikes splits spooks stakes stalls starts steals steps sticks strikes
strips studies sues suffers supports surges swallows swaps swings takes talks tanks taps targets teams tests
ticks tightens tops touts trades trails triples tumbles turns unveils upgrades urges votes vouches vows wants
warns weighs wins wipes works
"""
_HEADLINE_VERBS = frozenset(_VERBS.split())
_BASES = frozenset(
    re.sub(r"ie$", "y", re.sub(r"(?:(?<=[cs]h)|(?<=ss)|(?<=[xo]))es$|s$", "", verb)) for verb in _HEADLINE_VERBS
)
_WORD = re.compile(r"[^\W\d_]+")


def has_verb(title: str) -> bool:
    """Whether a word of the title is a verb (Penn tags VB*, MD), as written or in small letters.

    Titles In Capitals hide verbs from the tagger, so the small letters are tried too.
    """
    words = [word.casefold() for word in _WORD.findall(title)]
    if not _HEADLINE_VERBS.isdisjoint(words) or _has_infinitive(words):
        return True
    return _tagged_verb(title) or _tagged_verb(title.lower())


def _has_infinitive(words: list[str]) -> bool:
    """Whether "to" or a plural stands before the bare form of such a verb: "to host", "miners score"."""
    return any(word in _BASES and (before == "to" or before.endswith("s")) for before, word in pairwise(words))


def _tagged_verb(text: str) -> bool:
    return any(tag == "MD" or tag.startswith("VB") for _, tag in _tagger()(text))


@cache
def _tagger() -> Callable[[str], list[tuple[str, str]]]:
    from textblob.en import tag  # noqa: PLC0415 - takes a second to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the files of its lexicon open for a moment
        tag("The price of Bitcoin rises.")
    return tag  # type: ignore[no-any-return, unused-ignore]
