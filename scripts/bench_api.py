"""Measures `/classify` under load on loopback: `python -m scripts.bench_api`; `make bench` runs it.

With `--store URL` it measures `/fng/` of the data API on that store too, for a day, a month and all days.

The load is an open loop: requests leave when they are due, however late earlier answers are, and a latency counts from
when its request was due. The service runs in a process of its own; client and service share the machine.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from barometer.card import read_card
from barometer.defaults import FAST, find_model
from barometer.predictor import available_cores
from scripts.processes import latency_cells, running_service, wait_until

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
    """The outcome of one load: milliseconds of answers with status 200, and the number of other outcomes."""

    name: str
    rate: float
    latencies: list[float]
    lost: int

    def row(self) -> str:
        """A line of the table."""
        sent = len(self.latencies) + self.lost
        return f"| {self.name} | {self.rate:g} | {sent} | {self.lost} | {latency_cells(self.latencies, 1)} |"


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    # The pool looks at each pair of its connections for every request: with hundreds it would measure itself.
    limits = httpx.Limits(max_connections=24, max_keepalive_connections=24)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
        yield client


Build = Callable[[httpx.AsyncClient], httpx.Request]


def classified() -> Build:
    """Makes requests to classify one title after the other."""
    titles = itertools.cycle(text.format(coin) for coin in _COINS for text in _NEWS)
    return lambda client: client.build_request("POST", "/classify", json={"title": next(titles)})


def fear_and_greed(limit: int) -> Build:
    """Makes requests for the newest `limit` days of `/fng/`; 0 for all."""
    return lambda client: client.build_request("GET", "/fng/", params={"limit": limit})


async def load(client: httpx.AsyncClient, name: str, rate: float, seconds: float, build: Build) -> Load:
    """Send `rate` requests a second for `seconds`."""
    start = time.perf_counter()
    requests = []
    for i in range(round(rate * seconds)):
        due = start + i / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        requests.append(asyncio.create_task(_ask(client, build(client), due)))
    answers = await asyncio.gather(*requests)
    latencies = [answer for answer in answers if answer is not None]
    return Load(name, rate, latencies, len(answers) - len(latencies))


async def _ask(client: httpx.AsyncClient, request: httpx.Request, due: float) -> float | None:
    try:
        answer = await client.send(request)
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
    async with _client(url) as client:
        build = classified()
        await load(client, "warm-up", options.rate, 1, build)
        found = [await load(client, "one model", options.rate, options.seconds, build)]
        if options.other:
            swaps = asyncio.create_task(point_to(alias, [options.other, options.model] * 2, options.seconds))
            found.append(await load(client, "model swapped 4 times", options.rate, options.seconds, build))
            await swaps
    return found


async def measure_days(url: str, options: argparse.Namespace) -> list[Load]:
    """Ask `/fng/` for a day, a month and all days, one load after the other."""
    asked = {"/fng/, newest day": 1, "/fng/, 30 days": 30, "/fng/, all days": 0}
    async with _client(url) as client:
        await load(client, "warm-up", options.rate, 1, fear_and_greed(0))
        return [
            await load(client, name, options.rate, options.seconds, fear_and_greed(limit))
            for name, limit in asked.items()
        ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--other", type=Path, help="another artifact, to swap with under load")
    parser.add_argument("--store", help="database URL of scored news; also measures /fng/ of the data API on it")
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20, help="length of each load")
    options = parser.parse_args()
    card = read_card(options.model)
    with tempfile.TemporaryDirectory() as folder:
        alias = Path(folder) / "current"
        point(alias, options.model)
        with running_service("model", MODEL=str(alias), MODEL_POLL_SECONDS="0.5") as url:
            wait_until(url, "/health", '"ready":true')
            loads = asyncio.run(measure(url, alias, options))
    if options.store:
        with running_service("data", DATABASE_URL=options.store) as url:
            wait_until(url, "/health", '"ready":true')
            loads += asyncio.run(measure_days(url, options))
    print(f"/classify, {card.name} {card.precision} {card.version}, {available_cores()} cores, milliseconds")
    print("| load | requests/s | sent | lost | p50 | p95 | p99 | max |")
    print("|---|---|---|---|---|---|---|---|")
    for found in loads:
        print(found.row())


if __name__ == "__main__":
    main()
