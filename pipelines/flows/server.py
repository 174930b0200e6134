"""A Prefect server inside this process, which ends with it, and what one that was killed left behind.

`python -m pipelines.flows.server` is nothing but the server, for work pools.
"""

import argparse
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.server.api.server import create_app
from prefect.server.database.orm_models import FlowRun
from prefect.settings import get_current_settings
from prefect.states import Crashed

from barometer.cli.flows import DEFAULT_PORT
from pipelines.flows.once import told_plainly
from pipelines.flows.steps import ProductionError

HOST = "127.0.0.1"
_UNFINISHED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


class ServerError(ProductionError):
    """Prefect's server cannot start."""


def let_schedules_fire() -> None:
    """Let a server of Prefect before 3.9.1 insert runs with SQLAlchemy 2.1, which wants to be told about `state`.

    The property `FlowRun.state` is no column; Prefect stores the state by itself after the run that it belongs to.
    """
    state = vars(FlowRun)["state"]
    if state.bulk_dml_setter is None:
        state.inplace.bulk_dml(lambda _cls, mapping, _state: mapping.pop("state"))


@contextmanager
def own_server(port: int) -> Iterator[None]:
    """Prefect's server, its schedules and its page on a port of this machine, while the block lasts.

    Raises:
        ServerError: if the port is taken or the server does not start.
    """
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        raise ServerError(
            f"port {port}: {error.strerror}; take another --port, or name a running server in PREFECT_API_URL"
        ) from None
    let_schedules_fire()
    with listening:
        config = uvicorn.Config(create_app(final=True), log_level="warning", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="prefect-server", daemon=True)
        thread.start()
        try:
            _await(server, thread)
            yield
        finally:
            server.should_exit = True
            thread.join()


def _await(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            raise ServerError("Prefect's server did not start; its message is above")
        time.sleep(0.05)


def forget_unfinished(deployment: str) -> int:
    """End the runs that a stopped or killed server left behind of the deployments of a name; return how many.

    Otherwise those would stay "running" and hold the one place of their deployment, and all that were due meanwhile
    would start at once. Only for a server that nobody else uses.
    """
    named = DeploymentFilter(name=DeploymentFilterName(any_=[deployment]))
    unfinished = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNFINISHED)))
    with get_client(sync_client=True) as client:
        for known in client.read_deployments(deployment_filter=named):
            client.pause_deployment(known.id)  # and so delete what its schedule has planned
        runs = client.read_flow_runs(deployment_filter=named, flow_run_filter=unfinished)
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="The scheduler was stopped."), force=True)
    return len(runs)


def main(arguments: list[str] | None = None) -> None:
    """Answer until SIGTERM or Ctrl-C; PREFECT_HOME is where the state is."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.flows.server", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    port = parser.parse_args(arguments).port
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # in the server's threads, too: they are waited for here
    get_current_settings().home.mkdir(parents=True, exist_ok=True)
    with told_plainly(), own_server(port):
        print(f"Prefect's server answers at http://{HOST}:{port}/api", flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
