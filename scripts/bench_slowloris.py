"""Measures `/classify` while silent and trickling sockets hold on: `python -m scripts.bench_slowloris`; `make bench`.

The sockets belong to a process of their own: each sends a byte of a head every second, half of them nothing, and is
opened again as soon as the service closes it. They come from one address, from many, or as through a trusted proxy.
Visitors keep a few connections open, or open one for each request. Quiet and attacked loads alternate in one run.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx

from barometer.defaults import FAST, find_model
from barometer.predictor import available_cores
from scripts.bench_api import Load, classified, load
from scripts.processes import percentile, running_service, wait_until

ATTACKS = {
    "one address": ("127.0.0.2",),
    "40 addresses": tuple(f"127.0.1.{number}" for number in range(1, 41)),
    "a trusted proxy's address": ("127.0.0.1",),
}
_HEAD = b"GET / HTTP/1.1\r\nHost: " + b"x" * 1000


async def hold(port: int, source: str, silent: bool) -> None:
    """Hold a connection to the service for as long as it lets; then open another, for ever."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        except OSError:
            await asyncio.sleep(1)
            continue
        for byte in _HEAD:
            if not silent:
                writer.write(bytes([byte]))
            await asyncio.sleep(1)
            if writer.transport.is_closing():
                break
        writer.transport.abort()


async def attack(port: int, sources: list[str], sockets: int) -> None:
    """Hold this many connections, until killed."""
    await asyncio.gather(*(hold(port, sources[n % len(sources)], n % 2 == 0) for n in range(sockets)))


@contextmanager
def attacked(port: int, sources: tuple[str, ...], sockets: int) -> Iterator[None]:
    """The attack as a process of its own, under way when the block begins."""
    command = [sys.executable, "-m", "scripts.bench_slowloris", "--attack", str(port), "--sockets", str(sockets)]
    process = subprocess.Popen([*command, "--sources", *sources])
    try:
        time.sleep(3)
        yield
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def visitor(url: str, kept: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps up to `kept` connections open."""
    limits = httpx.Limits(max_connections=24, max_keepalive_connections=kept)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
        yield client


async def measure(url: str, name: str, rate: float, seconds: float) -> list[Load]:
    """Both kinds of visitors at once, half of `rate` requests a second each."""
    async with visitor(url, 24) as keeping, visitor(url, 0) as opening:
        build = classified()
        kept = load(keeping, f"{name}, kept", rate / 2, seconds, build)
        new = load(opening, f"{name}, new", rate / 2, seconds, build)
        return list(await asyncio.gather(kept, new))


def compare(url: str, options: argparse.Namespace) -> Iterator[tuple[Load, Load]]:
    """Each attack beside a quiet time just before it: pairs of loads, quiet and attacked."""
    port = httpx.URL(url).port
    assert port is not None
    asyncio.run(measure(url, "warm-up", options.rate, 2))
    for name, sources in ATTACKS.items():
        quiet = asyncio.run(measure(url, name, options.rate, options.seconds / 4))
        with attacked(port, sources, options.sockets):
            loads = asyncio.run(measure(url, name, options.rate, options.seconds))
        yield from zip(quiet, loads, strict=True)


def main() -> None:
    """Print the table, or attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--sockets", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=40, help="requests a second of visitors")
    parser.add_argument("--seconds", type=float, default=20, help="length of each attack")
    parser.add_argument("--attack", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sources", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.attack:
        asyncio.run(attack(options.attack, options.sources, options.sockets))
    with running_service("model", MODEL=str(options.model)) as url:
        wait_until(url, "/health", '"ready":true')
        print(f"/classify under {options.sockets:,} held sockets, {available_cores()} cores, milliseconds")
        print("| sockets from, visitor's connections | sent | lost | quiet p50 | p50 | quiet p99 | p99 | max |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for quiet, found in compare(url, options):
            pairs = ((percentile(part.latencies, percent) for part in (quiet, found)) for percent in (50, 99))
            cells = " | ".join(f"{value:.1f}" for pair in pairs for value in (*pair,))
            sent = len(found.latencies) + found.lost
            print(f"| {found.name} | {sent} | {found.lost} | {cells} | {max(found.latencies):.1f} |", flush=True)


if __name__ == "__main__":
    main()
