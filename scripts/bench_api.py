"""Measures `/classify` under load on loopback: `python -m scripts.bench_api`; `make bench` runs it.

The load is an open loop: requests leave when they are due, however late earlier answers are, and a latency counts from
when its request was due. The service runs in a process of its own, client and service share the machine.
"""

import argparse
import asyncio
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from barometer.card import read_card
from barometer.predictor import available_cores
from barometer.release import FAST, find_model

_COINS = ("Bitcoin", "Ethereum", "Solana", "XRP", "Cardano", "Dogecoin", "Litecoin")
_NEWS = (
    "{} rallies past resistance as regulators approve a second spot exchange-traded fund",
    "{} slides after an exchange halts withdrawals and investors ask for their money",
    "{} developers publish a road map for the next upgrade, with tests from March on",
    "Why {} trades sideways while stocks fall: analysts name three reasons",
    "Court dismisses the complaint against {} foundation, shares of miners jump",
)


@dataclass(frozen=True)
class Load:
    """What came of one load: latencies in milliseconds of answers with 200, and how many requests got another."""

    name: str
    rate: float
    latencies: list[float]
    lost: int

    def row(self) -> str:
        """A line of the table."""
        quantiles = statistics.quantiles(self.latencies, n=1000, method="inclusive")
        figures = [statistics.median(self.latencies), quantiles[949], quantiles[989], max(self.latencies)]
        sent = len(self.latencies) + self.lost
        return (
            f"| {self.name} | {self.rate:g} | {sent} | {self.lost} | " + " | ".join(f"{x:.1f}" for x in figures) + " |"
        )


def free_port() -> int:
    """A port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_service(model: Path) -> Iterator[str]:
    """The model API in a process of its own; gives its address."""
    port = free_port()
    changes = {"MODEL": str(model), "MODEL_PORT": str(port), "RATE_PER_SECOND": "1000000", "RATE_BURST": "1000000",
               "MODEL_POLL_SECONDS": "0.5", "LOG_LEVEL": "warning"}  # fmt: skip
    environment = {**os.environ, **{f"BAROMETER_{key}": value for key, value in changes.items()}}
    process = subprocess.Popen([sys.executable, "-m", "serve.api", "model"], env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def ready_client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, once it is ready."""
    # The pool looks at each pair of its connections for every request: with hundreds it would measure itself.
    limits = httpx.Limits(max_connections=24, max_keepalive_connections=24)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
        end = time.monotonic() + 60
        while not await _is_ready(client):
            if time.monotonic() > end:
                raise SystemExit("the service was not ready within 60 s; its messages are above")
            await asyncio.sleep(0.1)
        yield client


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).status_code == 200
    except httpx.TransportError:
        return False


async def load(client: httpx.AsyncClient, name: str, rate: float, seconds: float) -> Load:
    """Send `rate` requests a second for `seconds`."""
    titles = itertools.cycle(text.format(coin) for coin in _COINS for text in _NEWS)
    start = time.perf_counter()
    requests = []
    for i in range(round(rate * seconds)):
        due = start + i / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        requests.append(asyncio.create_task(_ask(client, next(titles), due)))
    answers = await asyncio.gather(*requests)
    latencies = [answer for answer in answers if answer is not None]
    return Load(name, rate, latencies, len(answers) - len(latencies))


async def _ask(client: httpx.AsyncClient, title: str, due: float) -> float | None:
    try:
        answer = await client.post("/classify", json={"title": title})
    except httpx.TransportError:
        return None
    return 1000 * (time.perf_counter() - due) if answer.status_code == 200 else None


async def point_to(alias: Path, models: list[Path], seconds: float) -> None:
    """Point `alias` at each model in turn, evenly over `seconds`."""
    for model in models:
        await asyncio.sleep(seconds / (len(models) + 1))
        await asyncio.to_thread(point, alias, model)


def point(alias: Path, model: Path) -> None:
    """Let the link `alias` name `model` from now on, with no moment in which it names nothing."""
    following = alias.with_name("next")
    following.symlink_to(model.resolve())
    following.replace(alias)


async def measure(url: str, alias: Path, options: argparse.Namespace) -> list[Load]:
    """Run the loads one after the other."""
    async with ready_client(url) as client:
        await load(client, "warm-up", options.rate, 1)
        found = [await load(client, "one model", options.rate, options.seconds)]
        if options.other:
            swaps = asyncio.create_task(point_to(alias, [options.other, options.model] * 2, options.seconds))
            found.append(await load(client, "model swapped 4 times", options.rate, options.seconds))
            await swaps
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--other", type=Path, help="another artifact, to swap with under load")
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20, help="length of each load")
    options = parser.parse_args()
    card = read_card(options.model)
    with tempfile.TemporaryDirectory() as folder:
        alias = Path(folder) / "current"
        point(alias, options.model)
        with running_service(alias) as url:
            loads = asyncio.run(measure(url, alias, options))
    print(f"/classify, {card.name} {card.precision} {card.version}, {available_cores()} cores, milliseconds")
    print("| load | requests/s | sent | lost | p50 | p95 | p99 | max |")
    print("|---|---|---|---|---|---|---|---|")
    for found in loads:
        print(found.row())


if __name__ == "__main__":
    main()
