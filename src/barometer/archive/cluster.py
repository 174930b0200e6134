"""The Ray cluster that scores an archive: one of this machine's own, or one that is there already."""

import os
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from barometer.archive.places import ArchiveError

_SECONDS = 5.0
_PORT = 10001  # Ray's own default
_TRIES = 3
_POLL_S = 0.25
_LOCAL_STORE = 256 << 20  # bytes in shared memory for parts on their way; an eighth would do
# Read when Ray is imported: nothing is reported to its makers, and a server that is silent is given up in seconds.
_MANNERS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_CLIENT_INITIAL_CONNECTION_TIMEOUT_S": "3",
    "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S": "3",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@contextmanager
def cluster(address: str | None) -> Iterator[Any]:
    """Ray, connected to `ray://HOST:PORT`, or started on this machine and ended afterwards.

    Raises:
        ArchiveError: if the address is no such address or nothing answers there within seconds, or Ray does not start.
    """
    if address is not None:
        _check(address)
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
    import ray  # noqa: PLC0415 - takes a second

    try:
        _connect(ray, address)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        what = address or "Ray on this machine"
        raise ArchiveError(f"{what} cannot be used: {_line(error)}") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:  # noqa: ANN401 - Ray has no types here
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "namespace": "barometer"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if address is None:
            ray.init("local", include_dashboard=False, object_store_memory=_LOCAL_STORE, **quiet)
            return
        for left in reversed(range(_TRIES)):
            try:
                ray.init(address, **quiet)
                return
            except ConnectionAbortedError:  # its process for this client did not start; on a busy machine the next may
                if not left:
                    raise


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        if parts.scheme != "ray" or not parts.hostname:
            raise ArchiveError(f"--address {address}: expected ray://HOST:PORT")
        socket.create_connection((parts.hostname, parts.port or _PORT), _SECONDS).close()
    except ArchiveError:
        raise
    except (OSError, ValueError) as error:
        said = "no answer" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or error
        raise ArchiveError(f"{address} does not answer: {said}") from None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__


def on_cluster(ray: Any, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what it returns
    """Call a function on a machine of the cluster, which must have this package.

    Raises:
        ArchiveError: if it raises that, or cannot be called there.
    """
    try:
        result = ray.get(ray.remote(num_cpus=0)(_reporting).remote(function, *arguments))
    except (ConnectionError, ray.exceptions.RayError) as error:
        raise ArchiveError(f"the cluster cannot do it: {_cause(error)}") from None
    if isinstance(result, ArchiveError):
        raise result
    return result


def _reporting(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what it returns
    try:
        return function(*arguments)
    except ArchiveError as error:
        return error


def run_job(ray: Any, arguments: tuple[object, ...], progress: Callable[[Any], None]) -> Any:  # noqa: ANN401
    """Run `barometer.archive.run.Job` on a cluster; `progress` is called several times a second. Returns its result.

    The job runs on the head, whose loss is that of the cluster, and ends with this process.

    Raises:
        ArchiveError: if the cluster is lost, or the job fails for a reason of Ray's own.
    """
    from barometer.archive.run import Job  # noqa: PLC0415 - imports Ray Data

    try:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as Affinity  # noqa: PLC0415

        here = Affinity(ray.get_runtime_context().get_node_id(), soft=True)
        job = ray.remote(num_cpus=0, max_concurrency=2, scheduling_strategy=here)(Job).remote()
        result = job.run.remote(*arguments)
        while not ray.wait([result], timeout=_POLL_S)[0]:
            progress(ray.get(job.progress.remote()))
        progress(ray.get(job.progress.remote()))
        return ray.get(result)
    except (ConnectionError, ray.exceptions.RayError) as error:
        raise ArchiveError(f"Ray failed; what is done is kept, run again to go on: {_cause(error)}") from None


def _cause(error: BaseException) -> str:
    cause: BaseException | None = getattr(error, "cause", None)
    said = _line(error if cause is None else cause)
    return said if cause is None else f"{type(cause).__name__}: {said}"
