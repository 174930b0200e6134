"""Which titles are news worth scoring: named filters, applied in a configured order.

A new filter is a function, a line in FILTERS, its name in `conf/feeds/default.yaml`, and a test.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from barometer.live.filtering.duplicates import NearDuplicates
from barometer.live.filtering.language import is_english_title
from barometer.live.parsing.parse import Entry
from barometer.live.settings import Count, FilterSettings
from barometer.settings import SettingsError

_WORD = re.compile(r"[^\W_](?:[^\W_]|['.,&/-](?=[^\W_]))*")
_QUESTION_END = re.compile(r"\?[\"')\]]*(?:\s*[-|]\s*[^?]{1,40})?$")
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
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Context:
    """What filters may use besides the entry: settings, the current time, and the titles kept before."""

    settings: FilterSettings
    now: datetime
    kept: NearDuplicates


Filter = Callable[[Entry, Context], bool]


def is_recent(entry: Entry, context: Context) -> bool:
    """Whether the entry is not older than `max_age_days`."""
    return context.now - entry.pub_time <= timedelta(days=context.settings.max_age_days)


def has_enough_words(entry: Entry, context: Context) -> bool:
    """Whether the title has at least `min_words` words; numbers count as words, dashes do not."""
    return len(_WORD.findall(entry.title)) >= context.settings.min_words


def is_not_question(entry: Entry, context: Context) -> bool:
    """Whether the title does not end with a question mark, alone or followed by the name of an outlet."""
    return not _QUESTION_END.search(entry.title)


def is_english(entry: Entry, context: Context) -> bool:
    """Whether the title is English (`barometer.live.filtering.language`)."""
    return is_english_title(entry.title)


def has_verb(entry: Entry, context: Context) -> bool:
    """Whether a word of the title is a verb (Penn tags VB*, MD), as written or in small letters.

    Titles In Capitals hide verbs from the tagger, so the small letters are tried too.
    """
    words = [word.casefold() for word in _LETTERS.findall(entry.title)]
    if not _HEADLINE_VERBS.isdisjoint(words) or _has_infinitive(words):
        return True
    return _has_tagged_verb(entry.title) or _has_tagged_verb(entry.title.lower())


def is_not_duplicate(entry: Entry, context: Context) -> bool:
    """Whether no title kept before, from any feed, is a near-duplicate."""
    return not context.kept.has_like(entry.title)


FILTERS: dict[str, Filter] = {
    "recent": is_recent,
    "words": has_enough_words,
    "not_question": is_not_question,
    "english": is_english,
    "verb": has_verb,
    "near_duplicate": is_not_duplicate,
}
NEAR_DUPLICATE = "near_duplicate"


Dropped = tuple[Entry, str]  # with the name of the filter
Like = tuple[Entry, str]  # with the title whose story it tells


@dataclass(frozen=True, slots=True)
class Filtered:
    """Entries that passed, those dropped with the name of the filter, and those known before.

    `likes` are the near-duplicates among those kept or dropped, each with the title that was kept before.
    """

    kept: tuple[Entry, ...]
    dropped: tuple[Dropped, ...]
    known: tuple[Entry, ...]
    likes: tuple[Like, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many entries each filter dropped, by its name."""
        return Counter(name for _, name in self.dropped)


class FilterChain:
    """Applies the configured filters to entries; remembers what it kept, and what the store kept lately."""

    def __init__(
        self,
        settings: FilterSettings,
        now: datetime,
        recent_titles: Iterable[str] = (),
        count: Count = "once",
        recent_copies: Iterable[str] = (),
    ) -> None:
        """Prepare the filters.

        Args:
            settings: which filters.
            now: the current time.
            recent_titles: what the store kept lately.
            count: `every` keeps near-duplicates, too.
            recent_copies: near-duplicates that it kept: known, but only the first of a story is compared with others.

        Raises:
            SettingsError: if `settings.order` names an unknown filter.
        """
        unknown = [name for name in settings.order if name not in FILTERS]
        if unknown:
            raise SettingsError(f"filters.order: unknown {', '.join(unknown)}; expected some of {', '.join(FILTERS)}")
        self._filters = [(name, FILTERS[name]) for name in settings.order]
        self._context = Context(settings, now, NearDuplicates(settings.near_duplicate_similarity, recent_titles))
        self._keeps_copies = count == "every"
        for title in recent_copies:
            self._context.kept.add(title, compared=False)

    def apply(self, entries: Iterable[Entry]) -> Filtered:
        """Apply the filters to each entry in order; the first that fails drops it.

        A title that was kept before, by this run or an earlier one, is known and not filtered again.
        """
        kept: list[Entry] = []
        dropped: list[Dropped] = []
        known: list[Entry] = []
        likes: list[Like] = []
        for entry in entries:
            if self._context.kept.knows(entry.title):
                known.append(entry)
                continue
            reason = self._reason(entry)
            like = self._context.kept.find_like(entry.title) if reason == NEAR_DUPLICATE else None
            if like is not None and self._keeps_copies:
                reason = self._reason(entry, but=NEAR_DUPLICATE)
            if like is not None and reason in (None, NEAR_DUPLICATE):
                likes.append((entry, like))
            if reason:
                dropped.append((entry, reason))
            else:
                self._context.kept.add(entry.title, compared=like is None)
                kept.append(entry)
        return Filtered(tuple(kept), tuple(dropped), tuple(known), tuple(likes))

    def refuse_edit(self, entry: Entry) -> str | None:
        """Return the name of the filter that drops an edited title, or None and remember the title.

        An edit may be like its own earlier title, so near-duplicates pass.
        """
        reason = self._reason(entry, but=NEAR_DUPLICATE)
        if reason is None:
            self._context.kept.add(entry.title)
        return reason

    def _reason(self, entry: Entry, but: str = "") -> str | None:
        return next((name for name, passes in self._filters if name != but and not passes(entry, self._context)), None)


def _has_infinitive(words: list[str]) -> bool:
    """Whether "to" or a plural stands before the bare form of such a verb: "to host", "miners score"."""
    return any(word in _BASES and (before == "to" or before.endswith("s")) for before, word in pairwise(words))


def _has_tagged_verb(text: str) -> bool:
    return any(tag == "MD" or tag.startswith("VB") for _, tag in _tagger()(text))


@cache
def _tagger() -> Callable[[str], list[tuple[str, str]]]:
    from textblob.en import tag  # noqa: PLC0415 - takes a second to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the files of its lexicon open for a moment
        tag("The price of Bitcoin rises.")
    return tag  # type: ignore[no-any-return, unused-ignore]
