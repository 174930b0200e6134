"""What annotators have done and have to do, in numbers: for a page."""

from sqlalchemy import Connection, Select, func, select

from barometer.live.records import NOT_NEWS, AnnotationOverview
from barometer.live.store.annotation import count_open, count_tasks
from barometer.live.store.measurements import read_measurements
from barometer.live.store.schema import annotation_servers, bad_annotations, ended_labels, labeled_news_titles, samples

_DAYS = 60  # of measurements of drift


def annotation_overview(connection: Connection) -> AnnotationOverview:
    """Count what the store knows of annotation."""
    labels = labeled_news_titles.c
    servers = select(annotation_servers.c.server, annotation_servers.c.project).order_by(annotation_servers.c.server)
    votes = {
        row.label: row.n
        for row in connection.execute(select(labels.label, func.count().label("n")).group_by(labels.label))
    }
    agreement = read_measurements(connection, "agreement", 1)
    return AnnotationOverview(
        projects=[f"{server}/projects/{project}" for server, project in connection.execute(servers)],
        waiting=count_open(connection),
        tasks=count_tasks(connection),
        random=_count(connection, select(func.count()).where(samples.c.sampled == "random")),
        votes=[votes.get(label, 0) for label in ("0", "1", "2", NOT_NEWS)],
        hard=_count(connection, select(func.count()).select_from(labeled_news_titles).where(labels.hard)),
        headlines=_count(connection, select(func.count(labels.title_id.distinct()))),
        annotators=_count(connection, select(func.count(labels.annotator.distinct()))),
        ended=_count(connection, select(func.count()).select_from(ended_labels)),
        bad=_count(connection, select(func.count()).select_from(bad_annotations)),
        agreement=agreement[0] if agreement else None,
        drift=read_measurements(connection, "drift", _DAYS),
    )


def _count(connection: Connection, rows: Select[int]) -> int:
    return connection.execute(rows).scalar_one()
