"""Keeps the news of parsed feeds: filters entries, finds edits of stored headlines, and stores both."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from barometer.coins import find_coins
from barometer.headline import headline_id, normalised_id
from barometer.live.filtering.filters import Dropped, FilterChain, Filtered
from barometer.live.identity import entry_ids, link_id, sort_entries
from barometer.live.parsing.parse import Entry
from barometer.live.records import DroppedTitle, FeedEntry, FoundCopy, KnownEntry, NewsTitle
from barometer.live.settings import Count, FeedAddress, FilterSettings
from barometer.live.store.entries import News
from barometer.live.store.feeds import CrawlStore

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many entries of a feed were new headlines, edits of stored ones, known, and dropped by which filter."""

    new: int
    edited: int
    known: int
    dropped: Counter[str]


class Keeper:
    """Keeps the news of one crawl, feed after feed, so that one of two near-duplicates is kept."""

    def __init__(
        self, settings: FilterSettings, store: CrawlStore, clock: Callable[[], datetime], count: Count = "once"
    ) -> None:
        """Read the recent titles of the store.

        Raises:
            SettingsError: if the settings name an unknown filter.
        """
        self._store = store
        self._clock = clock
        self._reach = timedelta(days=settings.near_duplicate_days)
        recent = store.recent_titles(clock() - self._reach)
        firsts = [stored.title for stored in recent if not stored.is_copy]
        copies = [stored.title for stored in recent if stored.is_copy]
        self._filters = FilterChain(settings, clock(), firsts, count, copies)
        # Newest first, so that the newest of those with the same title remains.
        self._headlines = {headline_id(stored.title): stored.title_id for stored in reversed(recent)}
        self._one_feed = asyncio.Lock()

    async def keep(self, feed: FeedAddress, entries: Sequence[Entry]) -> Kept:
        """Store the news among the entries of a feed."""
        ids = entry_ids(feed.url, entries)
        async with self._one_feed:
            known = self._store.read_entries([id_ for id_ in ids if id_ is not None])
            same, changed, others = sort_entries(entries, ids, known, self._reach)
            filtered = await asyncio.to_thread(self._filters.apply, others)
            edits, refused = self._edits(changed)
            dropped = (*filtered.dropped, *refused)
            now = self._clock()
            before = set(same)
            seen = self._seen(entries, ids, known, before, {entry for entry, _ in dropped}, now)
            due = {entry.entry_id for entry in seen}
            again = [entry for entry, id_ in zip(entries, ids, strict=True) if id_ in due and entry in before]
            news = News(
                news_titles(filtered.kept, feed.name, now),
                [(old.title_id, _edited(old, entry, feed.name, now)) for old, entry in edits],
                seen,
                # Once a day also what was known before: stores of earlier versions have no copies.
                [*found_copies(filtered, feed.name, now), *_same_titles(again, feed.name, now)],
            )
            new = self._save(news)
            if dropped:
                self._store.save_dropped(dropped_titles(dropped, feed.name, now))
        known_before = len(same) + len(filtered.known) + len(filtered.kept) - new
        return Kept(new, len(edits), known_before, Counter(name for _, name in dropped))

    def _edits(
        self, changed: Iterable[tuple[KnownEntry, Entry]]
    ) -> tuple[list[tuple[KnownEntry, Entry]], list[Dropped]]:
        edits: list[tuple[KnownEntry, Entry]] = []
        refused: list[Dropped] = []
        for old, entry in changed:
            if reason := self._filters.refuse_edit(entry):
                refused.append((entry, reason))
            else:
                edits.append((old, entry))
        return edits, refused

    def _seen(
        self,
        entries: Sequence[Entry],
        ids: Sequence[int | None],
        known: Mapping[int, KnownEntry],
        same: Collection[Entry],
        dropped: Collection[Entry],
        now: datetime,
    ) -> list[FeedEntry]:
        """Return the entries to remember: those that are not dropped, and differ from what is stored."""
        seen: list[FeedEntry] = []
        for entry, id_ in zip(entries, ids, strict=True):
            if id_ is None or entry in dropped:
                continue
            text_id, link = normalised_id(entry.title), link_id(entry.url)
            before = known.get(id_) if entry in same else None
            if before and before.link_id == link and now - before.seen_at <= _DAY:
                continue
            title_id = before.title_id if before else self._headlines.get(text_id, text_id)
            seen.append(FeedEntry(id_, title_id, text_id, link, now))
        return seen

    def _save(self, news: News) -> int:
        """Store the news, remember which headline stands for each title, and return how many are new."""
        if not (news.titles or news.edits or news.entries or news.copies):
            return 0
        saved = self._store.save_news(news, self._reach)
        replaced = {old: saved.title_ids[title.title_id] for old, title in news.edits}
        self._headlines |= saved.title_ids
        if replaced:
            self._headlines = {text: replaced.get(title_id, title_id) for text, title_id in self._headlines.items()}
        return saved.new


def _edited(old: KnownEntry, entry: Entry, source: str, now: datetime) -> NewsTitle:
    """Return the headline that replaces an edited one: it keeps the time of publication."""
    (title,) = news_titles([entry], source, now)
    return replace(title, pub_time=old.pub_time)


def news_titles(entries: Iterable[Entry], source: str, now: datetime) -> list[NewsTitle]:
    """Entries of one source as headlines to store, with the coins they mention."""
    return [
        NewsTitle(
            normalised_id(entry.title), entry.title, source, entry.url, entry.pub_time, now, find_coins(entry.title)
        )
        for entry in entries
    ]


def found_copies(filtered: Filtered, source: str, now: datetime) -> list[FoundCopy]:
    """Entries of one source that tell the story of a headline: near-duplicates, and titles that are known."""
    kept = set(filtered.kept)
    likes = [
        FoundCopy(entry.title, source, entry.url, entry.pub_time, like, now, entry in kept)
        for entry, like in filtered.likes
    ]
    return [*likes, *_same_titles(filtered.known, source, now)]


def _same_titles(entries: Iterable[Entry], source: str, now: datetime) -> list[FoundCopy]:
    """Entries whose title is a headline's, of this source or, which makes them copies, of another."""
    return [FoundCopy(entry.title, source, entry.url, entry.pub_time, entry.title, now) for entry in entries]


def dropped_titles(dropped: Iterable[Dropped], source: str, now: datetime) -> list[DroppedTitle]:
    """Entries of one source that a filter dropped, kept for audit."""
    return [DroppedTitle(entry.title, source, entry.url, reason, now) for entry, reason in dropped]
