"""Headlines that come with their scores, as from an archive: stored in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.entries import find_places, placed
from barometer.live.store.predictions import save_predictions
from barometer.live.store.titles import save_titles


@dataclass(frozen=True, slots=True)
class SavedScores:
    """How many headlines were new, how many scores, and when the headline of each title was published, by its hash."""

    titles: int
    scores: int
    pub_times: Mapping[int, datetime]


def save_scored(
    connection: Connection,
    model_version: str,
    scored: Sequence[tuple[NewsTitle, Prediction]],
    reach: timedelta,
    scored_at: datetime,
) -> SavedScores:
    """Store headlines and their scores with roll-ups; doing it again changes nothing.

    No two may have the same title. A title that another headline had more than `reach` earlier or later is news
    again; one that was edited since stays as it is, without a score.

    Raises:
        ValueError: as `save_predictions` does.
        sqlalchemy.exc.StatementError: if a time has no zone.
    """
    titles = [title for title, _ in scored]
    places = find_places(connection, titles, reach)
    new = save_titles(connection, placed(titles, places))
    current = ((places[title.title_id], prediction) for title, prediction in scored)
    predictions = [replace(prediction, title_id=p.row) for p, prediction in current if p.row == p.headline]
    scores = save_predictions(connection, model_version, predictions, scored_at)
    return SavedScores(new, scores, {title_id: place.pub_time for title_id, place in places.items()})
