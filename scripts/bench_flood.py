"""Measures how long a visitor of the app waits while another floods it: `python -m scripts.bench_flood`; `make bench`.

The other client, at an address and in a process of its own, asks for predictions all at once, directly or through the
queue. Both share the machine with the app.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx

from barometer.defaults import FAST, find_model
from barometer.predictor import available_cores
from scripts.gradio_events import Event, Layout
from scripts.processes import running_service, wait_until

_HEADLINE = "Bitcoin does not fall below 60K as week {} of outflows ends"
_START = 1.0  # seconds until the other process asks


def client_at(url: str, address: str) -> httpx.AsyncClient:
    """A client whose connections come from `address`."""
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=90))
    return httpx.AsyncClient(base_url=url, transport=transport, timeout=120)


async def flood(url: str, route: str, number: int, jobs: int) -> Counter[int]:
    """Ask for `jobs` predictions by event `number` at once; return how often each status was the answer."""
    async with client_at(url, "127.0.0.2") as client:

        async def ask(week: int) -> int:
            body = {"fn_index": number, "data": [_HEADLINE.format(week)], "session_hash": uuid4().hex}
            try:
                return (await client.post(route, json=body)).status_code
            except httpx.TransportError:
                return 0

        return Counter(await asyncio.gather(*(ask(week) for week in range(jobs))))


async def flooded(url: str, route: str, number: int, jobs: int) -> str:
    """The answers to a flood from another process."""
    given = ("--flood", url, route, str(number), "--jobs", str(jobs))
    command = (sys.executable, "-m", "scripts.bench_flood", *given)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode().strip()


async def visit(url: str, event: Event, times: int) -> list[float]:
    """Milliseconds of predictions of one visitor, one after another."""
    async with client_at(url, "127.0.0.3") as client:
        layout = await Layout.of(client)
        taken = []
        for week in range(times):
            start = time.perf_counter()
            await layout.fire(client, event, _HEADLINE.format(1000 + week))
            taken.append(1000 * (time.perf_counter() - start))
    return taken


async def measure(url: str, jobs: int, times: int) -> None:
    """Print a line for no flood and for each kind of flood."""
    async with client_at(url, "127.0.0.3") as client:
        submit = (await Layout.of(client)).triggered("predict-one", "submit")
    queued = Event(submit.number, submit.inputs, queued=True)
    kinds = (("directly", "/gradio_api/run/predict", submit), ("in the queue", "/gradio_api/queue/join", queued))
    for name, route, event in kinds:
        quiet = await visit(url, event, times)
        storm = asyncio.create_task(flooded(url, route, submit.number, jobs))
        await asyncio.sleep(_START)
        found = await visit(url, event, times)
        print(
            f"| {name} | {statistics.median(quiet):.0f} | {statistics.median(found):.0f} | {max(found):.0f} |", end=""
        )
        print(f" {await storm} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--times", type=int, default=10, help="predictions of the visitor")
    parser.add_argument("--flood", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        url, route, number = options.flood
        answers = asyncio.run(flood(url, route, int(number), options.jobs))
        print(", ".join(f"{count} of {status}" for status, count in sorted(answers.items())))
        return
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{(Path(folder) / 'barometer.db').resolve()}"
        with running_service("app", DATABASE_URL=store, MODEL=str(options.model)) as url:
            wait_until(url, "/health", '"model_ready":true')
            print(
                f"a visitor while another asks for {options.jobs} predictions, {available_cores()} cores, milliseconds"
            )
            print("| asked | quiet, median | flooded, median | longest | answers to the flood |\n|---|---|---|---|---|")
            asyncio.run(measure(url, options.jobs, options.times))


if __name__ == "__main__":
    main()
