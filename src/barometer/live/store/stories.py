"""Stories: who else told that of a headline, and which stories a window has."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, exists, func, select

from barometer.live.records import ListedStory, StoryCopy, StoryFilter
from barometer.live.records.stories import MOST_COPIES
from barometer.live.store.dialects import chunks
from barometer.live.store.schema import model_predictions, news_titles, story_copies, title_coins
from barometer.live.store.search import listed_found
from barometer.live.store.words import read_found


def find_stories(
    connection: Connection, model_version: str, wanted: StoryFilter, *, limit: int = 20, offset: int = 0
) -> list[ListedStory]:
    """The stories that match a filter, of headlines that count, with the 50 earliest copies of each.

    Stories of as many outlets are in the order of their headlines, the newest first.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: the version whose scores to read.
        wanted: the filter; every headline that counts in its window is read, so it should be short.
        limit: how many stories at most.
        offset: how many of the first to skip.
    """
    page = _stories(model_version, wanted).limit(limit).offset(offset)
    headlines = listed_found(connection, model_version, read_found(connection, page))
    copies = read_copies(connection, [headline.title_id for headline in headlines])
    return [ListedStory(headline, copies.get(headline.title_id, ())) for headline in headlines]


def _stories(model_version: str, wanted: StoryFilter) -> Select[Any]:
    """Ids and times of publication of the headlines of stories, in their order."""
    scores, titles, copies = model_predictions.c, news_titles.c, story_copies.c
    of_another = story_copies.alias()
    chosen = select(scores.title_id, scores.pub_time).where(
        scores.model_version == model_version,
        scores.counted,
        scores.pub_time >= wanted.since,
        scores.pub_time < wanted.until,
        ~exists().where(of_another.c.headline_id == scores.title_id),
    )
    if wanted.coin is not None:
        mentions = (title_coins.c.title_id == scores.title_id) & (title_coins.c.coin == wanted.coin)
        chosen = chosen.where(exists().where(mentions))
    newest = (scores.pub_time.desc(), scores.title_id)
    if wanted.order == "newest" and wanted.min_outlets == 1:
        return chosen.order_by(*newest)
    others = func.count(case((copies.source != titles.source, copies.source)).distinct())
    chosen = chosen.join_from(model_predictions, news_titles, titles.title_id == scores.title_id)
    # Without the others a story has one outlet.
    chosen = chosen.join(story_copies, copies.title_id == scores.title_id, isouter=wanted.min_outlets == 1)
    chosen = chosen.group_by(scores.title_id, scores.pub_time).having(others >= wanted.min_outlets - 1)
    return chosen.order_by(*((others.desc(), *newest) if wanted.order == "outlets" else newest))


def read_copies(
    connection: Connection, title_ids: Collection[int], most: int = MOST_COPIES
) -> dict[int, Sequence[StoryCopy]]:
    """The copies of headlines, the earliest `most` of each; those without any are left out."""
    columns = story_copies.c
    place = func.row_number().over(partition_by=columns.title_id, order_by=(columns.pub_time, columns.copy_id))
    found: dict[int, list[StoryCopy]] = defaultdict(list)
    for chunk in chunks(sorted(title_ids)):
        told = select(columns.title_id, columns.title, columns.source, columns.url, columns.pub_time, place.label("n"))
        ranked = told.where(columns.title_id.in_(chunk)).subquery()
        shown = [ranked.c[name] for name in ("title_id", "title", "source", "url", "pub_time")]
        rows = select(*shown).where(ranked.c.n <= most).order_by(ranked.c.title_id, ranked.c.n)
        for title_id, *copy in connection.execute(rows):
            found[title_id].append(StoryCopy(*copy))
    return dict(found)
