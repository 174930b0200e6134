"""The flow `refresh`: crawl, score, sample for annotation; each step a task that is tried again."""

from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from barometer.cli.flows import DEFAULT_SCHEDULE
from barometer.live.summary import CrawlSummary, summary_lines
from pipelines.flows import steps
from pipelines.flows.retry import retried
from pipelines.flows.settings import load_production


@flow(name="refresh", retries=0)
def refresh(config: Path = DEFAULT_SCHEDULE) -> steps.Refreshed:
    """Crawl the feeds, score what is new, and sample headlines for annotation.

    Raises:
        NoFeedAnsweredError: at the end, if every feed gave trouble; one feed that fails is only reported.
    """
    work = load_production(config)
    waits = work.settings.refresh.retry_after_seconds
    summary = retried(steps.crawl, waits)(work)
    scored = retried(steps.score, waits)(work)
    sampled = retried(steps.sample, waits)(work)
    _show(summary, scored, len(sampled))
    return steps.refreshed(summary, scored, len(sampled))


def _show(summary: CrawlSummary, scored: int, sampled: int) -> None:
    """In the log, and as an artifact of the run."""
    table = "\n".join([*summary_lines(summary), f"scored {scored:,}, sampled for annotation {sampled:,}"])
    get_run_logger().info("refreshed\n%s", table)
    create_markdown_artifact(f"```\n{table}\n```\n", key="refresh", description="What the feeds brought")
