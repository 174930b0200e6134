"""Words of headlines that change nothing, mean the same, turn the news round, or tell of an event with a sum of money.

Curated from headlines of 2013 to 2026; all are looked up by their stem.
"""

from functools import cache

from barometer.live.filtering.wording import stem, stems

# Words that change nothing: of grammar, and of who reports when.
STOP = stems("""
a an and as at be been being by for from had has have he her his in into is it its of on or our over s she that
the their them they this to was were will with are just now today currently officially reportedly say report
according per via still also amid
""")
# One word put for another of its row is no difference. A row with "!" is one to which a word may not be added, either.
_SYNONYMS = """
!up: rise rising climb jump surge soar rally gain rocket skyrocket spike advance uptick
!down: fall drop plunge tumble slump sink slide dip decline crash plummet tank slip nosedive
launch: unveil introduce debut release reveal
buy: purchase acquire
reach: hit touch
pause: halt suspend freeze
big: huge massive major large
warn: caution
worth: valued
firm: company
crypto: cryptocurrency
!not: not no never none neither nor without cannot
!may: may might could would should can
"""
# A word of these on one side only turns the news round or puts it in doubt.
TURNING = stems("""
deny refuse fail reject abandon cancel stop end drop reverse overturn block avoid delay postpone resist oppose
lack unlikely likely false fake hoax rumor rumored debunk dispute doubt reconsider withdraw scrap dismiss plan
consider mull want seek hope expect if before after until recover return refund reimburse foil thwart prevent
almost nearly yet again partly up down high low more less above below under behind ahead against dead alive former
ex fear threaten alleged allegedly possible possibly potential potentially prepare propose predict forecast
""")
# Events with a sum of money: words that tell of one, and words that may stand beside them.
_EVENTS = """
hack: hack hacker exploit exploiter drain steal theft heist breach siphon loot cyberattack / lose loss suffer hit attack
  attacker take victim security flash loan incident million worth away thief thieves
funding: raise funding fundraise fundraising / secure close bag land round series seed capital in venture a b c
fine: fine penalty settle settlement / pay slap hit agree million
buy: buy / add scoop spend worth another more
sale: sell dump offload / worth
liquidation: liquidate liquidation / trader position leverage wipe out
seizure: seize confiscate seizure / authority worth
transfer: move transfer / worth
"""
# Nouns of the trade: beside a name they add nothing.
GENERIC = stems("""
protocol platform exchange lending lender defi crypto cryptocurrency token fund user wallet bridge project firm
company startup network blockchain dapp asset digital finance financial investor customer trader giant maker
provider app market million billion worth decentralized out off up
""")


@cache
def classes() -> dict[str, str]:
    """The class of each word that has one, by its stem."""
    rows = [line.partition(":") for line in _SYNONYMS.strip().splitlines()]
    return {word: name for name, _, words in rows for word in {*stems(words), stem(name)} if name[0] == "!" or word}


@cache
def event_cores() -> dict[str, frozenset[str]]:
    """The words that tell of each event."""
    return {name: frozenset(map(_class_of, stems(core))) for name, core, _ in _event_rows()}


@cache
def event_words() -> dict[str, frozenset[str]]:
    """The words that tell of each event, or may stand beside those."""
    return {name: frozenset(map(_class_of, stems(f"{core} {more}"))) for name, core, more in _event_rows()}


@cache
def all_event_words() -> frozenset[str]:
    """The words of all events."""
    return frozenset().union(*event_words().values())


def _event_rows() -> list[tuple[str, str, str]]:
    rows = [line.partition(":") for line in _EVENTS.strip().replace("\n  ", " ").splitlines()]
    return [(name, *words.partition("/")[::2]) for name, _, words in rows]


def _class_of(word: str) -> str:
    return classes().get(word, word)
