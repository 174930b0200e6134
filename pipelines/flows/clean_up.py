"""The flow `clean-up`: roll-ups checked and repaired, and expired rows deleted."""

from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from barometer.cli.flows import DEFAULT_SCHEDULE
from barometer.live.refresh import CleanUp
from pipelines.flows import steps
from pipelines.flows.retry import retried
from pipelines.flows.settings import load_production


@flow(name="clean-up", retries=0)
def clean_up(config: Path = DEFAULT_SCHEDULE) -> CleanUp:
    """Repair the roll-ups of the model version shown, and delete expired rows."""
    work = load_production(config)
    done = retried(steps.clean_up, work.settings.clean_up.retry_after_seconds)(work)
    lines = "\n".join(done.lines())
    logger = get_run_logger()
    # The transaction that writes scores keeps the roll-ups: a wrong one means that something else wrote.
    (logger.warning if done.wrong_rollups else logger.info)("cleaned up\n%s", lines)
    create_markdown_artifact(f"```\n{lines}\n```\n", key="clean-up", description="Rows repaired and deleted")
    return done
