"""Measures memory and processor time of each service: `python -m scripts.measure_services` (after `make demo`).

From these come the resources in serve/deploy/kubernetes/. The runtime is that of the images. One client asks as fast as
it gets answers.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psutil

from barometer.defaults import FAST, find_model
from barometer.runtimes import ONNXRUNTIME
from scripts.processes import running_service, wait_until

_LIST = [f"Ether falls in week {week}" for week in range(256)]
_READY = {"model": '"ready":true', "data": '"ready":true', "app": '"model_ready":true'}
_ASKED = {
    "data": (
        "/v1/barometer",
        "/v1/coins",
        "/v1/news?limit=100",
        "/v1/barometer/history?bucket=day&hours=8784",
        "/metrics",
    ),
    "app": ("/", "/api/v1/barometer", "/config", "/metrics"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a service used: memory in MiB at rest and at most, processor seconds a request, requests a second."""

    rest: float
    most: float
    seconds: float
    rate: float

    def row(self, service: str) -> str:
        """A row of the table."""
        return f"| {service} | {self.rest:.0f} | {self.most:.0f} | {1000 * self.seconds:.1f} | {self.rate:.0f} |"


def requests(service: str) -> Iterator[tuple[str, str, object]]:
    """Requests without end, as method, path and body; of the model API, every 50th is a list of 256 titles."""
    if service != "model":
        yield from (("GET", path, None) for path in itertools.cycle(_ASKED[service]))
    for number in itertools.count():
        yield (
            ("POST", "/v1/predict", {"texts": _LIST})
            if number % 50 == 49
            else ("POST", "/classify", {"title": _LIST[0]})
        )


def use_of(service: str, seconds: float, **settings: str) -> Use:
    """Start a service, ask it for some seconds, and stop it.

    Raises:
        SystemExit: if it does not become ready.
    """
    with running_service(service, **settings) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        wait_until(url, "/health", _READY[service])
        [process] = psutil.Process().children()
        rest, before, start = _resident(process), _worked(process), time.monotonic()
        most, answered = rest, 0
        for method, path, body in requests(service):
            if time.monotonic() > start + seconds:
                break
            client.request(method, path, json=body).raise_for_status()
            answered, most = answered + 1, max(most, _resident(process))
        took = time.monotonic() - start
        return Use(rest, most, (_worked(process) - before) / answered, answered / took)


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Write a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite:///outputs/demo/barometer.db", help="the store to serve")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to ask each service")
    options = parser.parse_args()
    print("| service | MiB at rest | MiB at most | ms of processor a request | requests/s |\n|---|---:|---:|---:|---:|")
    settings = {"DATABASE_URL": options.database, "MODEL": str(find_model(FAST)), "RUNTIME": ONNXRUNTIME}
    for service in _READY:
        used = use_of(service, options.seconds, **settings)
        print(used.row(service), flush=True)


if __name__ == "__main__":
    main()
