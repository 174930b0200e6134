"""A Prefect server inside this process, which ends with it, and the runs that a killed one left unfinished."""

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

from pipelines.flows.settings import ProductionError

HOST = "127.0.0.1"
_UNFINISHED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


class ServerError(ProductionError):
    """Prefect's server cannot start."""


def let_schedules_fire() -> None:
    """Let a server of Prefect before 3.9.1 insert runs with SQLAlchemy 2.1, which requires a setter for `state`.

    The property `FlowRun.state` is not a column; Prefect stores the state itself, after the run that it belongs to.
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
            raise ServerError("Prefect's server did not start; see its message above")
        time.sleep(0.05)


def forget_unfinished(deployment: str) -> int:
    """End the unfinished runs of the deployments of a name, left by a stopped or killed server; return how many.

    Otherwise they would stay "running" and block their deployment, and all that fell due meanwhile would start at
    once. Only for a server that nobody else uses.
    """
    named = DeploymentFilter(name=DeploymentFilterName(any_=[deployment]))
    unfinished = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNFINISHED)))
    with get_client(sync_client=True) as client:
        for known in client.read_deployments(deployment_filter=named):
            client.pause_deployment(known.id)  # which deletes the runs that its schedule has planned
        runs = client.read_flow_runs(deployment_filter=named, flow_run_filter=unfinished)
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="The scheduler was stopped."), force=True)
    return len(runs)


def run_server(port: int) -> None:
    """Run a server until SIGTERM or Ctrl-C; PREFECT_HOME holds its state.

    Raises:
        ServerError: if the port is taken or the server does not start.
    """
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # in the server's threads, too: they are waited for here
    get_current_settings().home.mkdir(parents=True, exist_ok=True)
    with own_server(port):
        print(f"Prefect's server answers at http://{HOST}:{port}/api", flush=True)
        signal.sigwait(ends)
