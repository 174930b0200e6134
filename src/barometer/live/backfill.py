"""Adds old headlines to the store by the rules of the crawl, whatever their age. Running again changes nothing."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Engine

from barometer.live.crawl import dropped_titles, news_titles
from barometer.live.filters import Sieve
from barometer.live.history import OldTitle
from barometer.live.records import DroppedTitle, NewsTitle
from barometer.live.settings import FilterSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.statements import chunks
from barometer.live.store.titles import dated_titles, save_dropped, save_titles
from barometer.live.summary import table_lines

BATCH = 1000
_ANY_AGE = "recent"  # the one filter of the crawl that would drop what a backfill is for


@dataclass(slots=True)
class Backfill:
    """How many headlines were new, known before, or dropped, by the filter that dropped them."""

    new: int = 0
    known: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def backfill(
    engine: Engine,
    rules: FilterSettings,
    history: Sequence[OldTitle],
    now: datetime,
    progress: Callable[[int], object] = lambda rows: None,
) -> Backfill:
    """Store the headlines that pass every filter but that of age, oldest first, in batches.

    Near-duplicates are sought among what was published within about `near_duplicate_days`, in the files and in the
    store: what comes back every year is news every year.

    Args:
        engine: of the store.
        rules: of the crawl.
        history: in any order.
        now: when the headlines are said to be fetched, with zone.
        progress: hears the size of each batch that is stored.

    Raises:
        SettingsError: if the rules name a filter that is not there.
    """
    ageless = rules.model_copy(update={"order": tuple(name for name in rules.order if name != _ANY_AGE)})
    reach = timedelta(days=rules.near_duplicate_days)
    done = Backfill()
    for window in _windows(sorted(history, key=lambda old: old.entry.pub_time), max(reach, timedelta(days=1))):
        with reading(engine) as connection:
            near = dated_titles(connection, window[0].entry.pub_time - reach, window[-1].entry.pub_time + reach)
        sieve = Sieve(ageless, now, [title for _, title in near])
        for batch in chunks(window, BATCH):
            _store(engine, sieve, batch, now, done)
            progress(len(batch))
    return done


def _windows(ordered: Sequence[OldTitle], length: timedelta) -> Iterator[Sequence[OldTitle]]:
    """Cut headlines, oldest first, into spans of time of at most `length`."""
    start = 0
    while start < len(ordered):
        end = bisect_left(ordered, ordered[start].entry.pub_time + length, lo=start, key=lambda old: old.entry.pub_time)
        yield ordered[start:end]
        start = end


def _store(engine: Engine, sieve: Sieve, batch: Sequence[OldTitle], now: datetime, done: Backfill) -> None:
    titles: list[NewsTitle] = []
    dropped: list[DroppedTitle] = []
    for source, olds in groupby(batch, key=attrgetter("source")):
        sorted_ = sieve.sort([old.entry for old in olds])
        titles += news_titles(sorted_.kept, source, now)
        dropped += dropped_titles(sorted_, source, now)
        done.known += sorted_.known
        done.dropped += sorted_.counts
    with writing(engine) as connection:
        new = save_titles(connection, titles)
        save_dropped(connection, dropped)
    done.new += new
    done.known += len(titles) - new


def backfill_lines(done: Backfill, bad: int) -> list[str]:
    """Return the table that a backfill ends with; `bad` rows could not be read."""
    rows = [("rows", done.new + done.known + done.dropped.total() + bad), ("  new", done.new), ("  known", done.known)]
    rows += [(f"  dropped: {name}", n) for name, n in done.dropped.most_common()]
    return table_lines([*rows, ("  bad", bad)])
