"""Runs the flows of this machine whenever a Prefect server says that they are due."""

import asyncio
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from prefect.deployments import run_deployment
from prefect.logging import get_logger
from prefect.runner import Runner

from pipelines.flows.deployments import NAME, deployments
from pipelines.flows.server import forget_unfinished, own_server
from pipelines.flows.settings import ScheduleSettings


class _Runner(Runner):
    """Prefect's runner, ended by SIGTERM in good order: the handler that Prefect sets awaits nothing of that."""

    async def run(self) -> None:
        """Run what is due until SIGTERM."""
        task = asyncio.current_task()
        assert task is not None
        self._cancel = partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)
        with suppress(asyncio.CancelledError):
            await self.start()

    def handle_sigterm(self, *_: object, **__: object) -> None:
        """Cancel `run`; what it holds open is then closed in order."""
        self._cancel()


def serve_flows(settings: ScheduleSettings, config: Path, port: int | None, now: bool) -> None:
    """Serve the flows until SIGTERM or Ctrl-C; then runs that are going on are cancelled, and the schedules paused.

    Args:
        settings: when they run.
        config: the file of these settings, which every run reads.
        port: where a server of our own listens; None for the server of PREFECT_API_URL.
        now: whether a refresh runs at once, too.

    Raises:
        ServerError: if our own server cannot start.
    """
    logger = get_logger("barometer")
    with ExitStack() as stack:
        if port is not None:
            stack.enter_context(own_server(port))
            if left := forget_unfinished(NAME):
                logger.info("%d runs that an earlier scheduler left behind are given up", left)
        runner = _Runner(name=NAME, pause_on_shutdown=True, limit=2)
        served = deployments(settings, config)
        for deployment in served:
            runner.add_deployment(deployment)
        if now:
            run_deployment(f"{served[0].flow_name}/{NAME}", timeout=0, as_subflow=False)
        where = "the server of PREFECT_API_URL" if port is None else f"http://127.0.0.1:{port}"
        logger.info("%s on schedule; see %s", " and ".join(str(each.flow_name) for each in served), where)
        with suppress(KeyboardInterrupt):
            asyncio.run(runner.run())
