"""Scored headlines whose titles contain words, newest first: the newest are looked through, the rest by the index.

A frequent word is in some of the newest titles, and the index would find too many; so each way is taken where it is the
shorter. The index knows three characters in a row. For shorter words alone, the newest titles are all that is searched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    func,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barometer.live.store.newest import CLASSES, newest_since, since
from barometer.live.store.rollups import ALL_COINS, published
from barometer.live.store.schema import DAY_NUMBERS, model_predictions, news_titles, rollups
from barometer.live.store.times import EPOCH, SPANS

# Looking through this many titles takes 5 ms.
NEWEST = 1_000
# What is searched for words of one or two characters alone. For words in none of them it takes 0.24 s.
SEARCHED = 50_000
# PostgreSQL takes as long for one title on the way back from now as for this many that the index finds.
COST = 4
# Of the titles that the index finds, so many are looked up by their months first, and often that is all.
FEW = 256
_TRIGRAM = 3
_MOST_TRIGRAMS = 64
MATCHES = (64, 4096)  # read at once, at first and at most
_numbers = table("title_numbers", Column("number", BigInteger), Column("title_id", BigInteger))
_index = table("title_search", Column("rowid", BigInteger))
Found = list[tuple[int, datetime]]  # ids of headlines, and when they were published


@dataclass(frozen=True, slots=True)
class WordSearch:
    """What to search.

    Attributes:
        model_version: whose predictions.
        chosen: ids and times of its predictions, by conditions that an index in the order of time knows.
        conditions: that no index knows.
        words: in normal form, at least one; the case of ASCII letters does not matter.
        since: the earliest moment of publication, which is among the conditions of `chosen`, too.
    """

    model_version: str
    chosen: Select[Any]
    conditions: Sequence[ColumnElement[bool]]
    words: Sequence[str]
    since: datetime | None = None

    def newest(self, connection: Connection, first: int) -> Found:
        """The newest headlines, at most `first`, whose titles contain all words; newest first."""
        trigrams = _trigrams(self.words)
        rows = NEWEST if trigrams else SEARCHED
        while True:
            oldest = self._oldest(connection, rows)
            found = self._walked(connection, oldest, first)
            if oldest is None or len(found) == first or not trigrams:
                return found
            if connection.dialect.name == "sqlite":
                return self._streamed(connection, trigrams, first)
            further = self._further(connection, oldest, len(found) / rows, first)
            if further <= rows:
                return self._by_index(connection, trigrams, first)
            rows = further

    def _matching(self, connection: Connection) -> Select[Any]:
        return self.chosen.where(*self.conditions, self._having(connection))

    def _having(self, connection: Connection) -> ColumnElement[bool]:
        # Not a join, which PostgreSQL would begin with all titles: it thinks that words are much rarer than they are.
        having = select(and_(*(contains(connection, word) for word in self.words)))
        same = news_titles.c.title_id == model_predictions.c.title_id
        return having.where(same).correlate(model_predictions).scalar_subquery()

    def _oldest(self, connection: Connection, rows: int) -> datetime | None:
        """When the last of the newest `rows` headlines was published; None if there are fewer."""
        pub_time = model_predictions.c.pub_time
        last = self.chosen.with_only_columns(pub_time).order_by(pub_time.desc()).offset(rows - 1).limit(1)
        start = newest_since(connection, self.model_version, rows * CLASSES)
        moment: datetime | None = connection.execute(since(last, start)).scalar_one_or_none()
        if moment is None and start is not None:
            moment = connection.execute(last).scalar_one_or_none()
        return moment

    def _walked(self, connection: Connection, oldest: datetime | None, first: int) -> Found:
        scores, matching = model_predictions.c, self._matching(connection)
        if oldest is not None:
            matching = matching.where(scores.pub_time >= oldest)
        rows = matching.order_by(scores.pub_time.desc(), scores.title_id).limit(first)
        return read_found(connection, rows)

    def _further(self, connection: Connection, oldest: datetime, share: float, first: int) -> int:
        """How many of the newest to look through instead of asking the index; 0 if that is faster.

        Args:
            connection: as ever.
            oldest: when the last of those that were looked through was published.
            share: how many of them had all words and met all conditions.
            first: how many are wanted.
        """
        if not share:
            return 0
        needed = first / share
        # The index knows the words alone, so it finds all titles with them.
        having = self._count_having(connection, oldest) if self.conditions else 0
        of_words = max(share, having / NEWEST)
        counts = rollups.c
        of_all = (counts.model_version == self.model_version, counts.span == SPANS[-1], counts.coin == ALL_COINS)
        headlines = int(connection.execute(select(func.sum(counts.headlines)).where(*of_all)).scalar_one() or 0)
        return int(2 * needed) if COST * needed < of_words * headlines else 0

    def _count_having(self, connection: Connection, oldest: datetime) -> int:
        """How many of the newest titles have all words, whatever the conditions; of `NEWEST` at most."""
        pub_time = model_predictions.c.pub_time
        rows = self.chosen.with_only_columns(self._having(connection).label("had")).where(pub_time >= oldest)
        newest = rows.order_by(pub_time.desc()).limit(NEWEST).subquery()
        return int(connection.execute(select(func.count()).where(newest.c.had)).scalar_one())

    def _by_index(self, connection: Connection, trigrams: list[str], first: int) -> Found:
        newest = self._titles(connection, trigrams)
        few = read_found(connection, newest.limit(FEW))
        found = self._passed(connection, few)
        if len(found) >= first or len(few) < FEW:
            return found[:first]
        # Sorted before predictions are looked up, so that few are. OFFSET keeps the planner, which thinks that words
        # are much rarer than they are, from doing all in one.
        scores, all_titles = model_predictions.c, newest.offset(0).subquery()
        same = (all_titles.c.title_id == scores.title_id) & (all_titles.c.pub_time == scores.pub_time)
        rows = self.chosen.join(all_titles, same).where(*self.conditions)
        return read_found(connection, rows.order_by(all_titles.c.pub_time.desc(), all_titles.c.title_id).limit(first))

    def _titles(self, connection: Connection, trigrams: list[str]) -> Select[Any]:
        """The titles with all words by the index, newest first."""
        titles = news_titles.c
        having = func.title_trigrams(titles.title, type_=ARRAY(Text)).contains(trigrams)
        found = select(titles.title_id, titles.pub_time).where(having)
        found = found.where(*(contains(connection, word) for word in self.words))
        if self.since is not None:
            found = found.where(titles.pub_time >= self.since)
        return found.order_by(titles.pub_time.desc(), titles.title_id)

    def _passed(self, connection: Connection, titles: Found) -> Found:
        """Which of a few titles, newest first, pass all else; their times tell PostgreSQL in which months to look."""
        if not titles:
            return []
        pub_times = dict(titles)
        rows = self.chosen.where(model_predictions.c.title_id.in_(pub_times), published(pub_times.values()))
        passed = {title_id for title_id, _ in read_found(connection, rows.where(*self.conditions))}
        return [title for title in titles if title[0] in passed]

    def _streamed(self, connection: Connection, trigrams: list[str], first: int) -> Found:
        """SQLite's index is read from the newest day back, until the day after that of the last headline."""
        scores, found = model_predictions.c, list[tuple[int, datetime, int]]()
        # As a column, not a condition: otherwise SQLite would read the index of a class instead of the matches.
        chosen = true() if self.chosen.whereclause is None else self.chosen.whereclause
        passes = and_(chosen, *self.conditions, self._having(connection))
        of_version = select(scores.title_id, scores.pub_time, passes).where(scores.model_version == self.model_version)
        for matches in self._matches(connection, trigrams):
            rows = connection.execute(of_version.where(scores.title_id.in_(list(matches))))
            found += [(title_id, pub_time, matches[title_id]) for title_id, pub_time, passed in rows if passed]
            day = min(matches.values())
            if sum(of > day for *_, of in found) >= first:
                break
        found.sort(key=lambda row: (EPOCH - row[1], row[0]))
        return [(title_id, pub_time) for title_id, pub_time, _ in found[:first]]

    def _matches(self, connection: Connection, trigrams: list[str]) -> Iterator[dict[int, int]]:
        """Titles that may have the words, each with the number of its day; newest days first."""
        query = " ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
        rows = select(_numbers.c.number, _numbers.c.title_id).join(_index, _index.c.rowid == _numbers.c.number)
        rows = rows.where(text("title_search MATCH :query").bindparams(query=query)).order_by(_index.c.rowid.desc())
        if self.since is not None:
            day = (self.since - EPOCH).days - 1  # as SQLite divides, before 1970
            rows = rows.where(_index.c.rowid >= day * DAY_NUMBERS)
        size, most = MATCHES
        found = connection.execute(rows)
        while matches := found.fetchmany(size):
            yield {title_id: number // DAY_NUMBERS for number, title_id in matches}
            size = min(2 * size, most)


def contains(connection: Connection, word: str) -> ColumnElement[bool]:
    """Whether a title contains a word, as whole or part of a word; only the case of ASCII letters is ignored."""
    title: ColumnElement[str] = news_titles.c.title
    if connection.dialect.name == "postgresql":
        title = title.collate("C")  # as in SQLite, whatever the locale of the server
    return title.icontains(word, autoescape=True)


def read_found(connection: Connection, rows: Select[Any]) -> Found:
    """The result of a query for ids and times of publication, in its order."""
    return [(title_id, pub_time) for title_id, pub_time in connection.execute(rows)]


def _trigrams(words: Sequence[str]) -> list[str]:
    """Every three characters in a row, as in the index; of many the first, since the titles decide."""
    small = ("".join(letter.lower() if letter.isascii() else letter for letter in word) for word in words)
    found = (word[i : i + _TRIGRAM] for word in small for i in range(len(word) - _TRIGRAM + 1))
    return list(dict.fromkeys(found))[:_MOST_TRIGRAMS]
