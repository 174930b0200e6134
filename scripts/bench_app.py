"""Measures the app on loopback: `python -m scripts.bench_app`; `make bench` runs it.

Times to start, to show the gauge in a browser and to score a headline, and latencies under ten concurrent users: each
waits for an answer, pauses, and clicks something else. App and clients share the machine.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from barometer.card import read_card
from barometer.defaults import FAST, find_model
from barometer.predictor import available_cores
from scripts.browser import chromium
from scripts.gradio_events import EventError, Layout
from scripts.processes import app_over_news, latency_cells, wait_until

_HEADLINE = "Bitcoin does not fall below 60K as week {} of outflows ends"
_GAUGE = "#g-overview [role=img]"
Click = Callable[[], Awaitable[object]]


def until_gauge(url: str, visits: int) -> list[float]:
    """Milliseconds from the request of the page until the gauge is visible, for the first visit and later ones."""
    taken = []
    with chromium() as browser:
        page = browser.new_page()
        for _ in range(visits):
            start = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.locator(_GAUGE).wait_for(timeout=60_000)
            taken.append(1000 * (time.perf_counter() - start))
    return taken


async def clicks(client: httpx.AsyncClient) -> dict[str, Click]:
    """User actions by name: open the app, change the page or its filters, try a headline."""
    layout = await Layout.of(client)
    weeks = iter(range(10**9))
    submit = layout.triggered("predict-one", "submit")

    def fill(element: str) -> Click:
        return lambda: layout.fire(client, layout.filling(element))

    async def opened() -> None:
        (await client.get("/")).raise_for_status()

    return {
        "open the app": opened,
        "barometer": fill("g-overview"),
        "its range": lambda: layout.fire(client, layout.triggered("g-range", "input")),
        "news": fill("news-list"),
        "news of a class": lambda: layout.fire(client, layout.triggered("news-class", "input"), "Negative"),
        "try the model": lambda: layout.fire(client, submit, _HEADLINE.format(next(weeks))),
        "model": fill("model-summary"),
    }


async def one_after_another(url: str, click: str, count: int) -> list[float]:
    """Milliseconds of `count` clicks by one person."""
    async with _client(url) as client:
        act = (await clicks(client))[click]
        await act()
        return [await _timed(act) for _ in range(count)]


async def many_people(url: str, people: int, seconds: float, pause: float) -> tuple[dict[str, list[float]], list[str]]:
    """Simulate users for some seconds; return milliseconds by action, and the errors that they saw."""
    taken: dict[str, list[float]] = {}
    errors: list[str] = []
    end = time.perf_counter() + seconds

    async def person(seed: int) -> None:
        choice = random.Random(seed)  # noqa: S311 - no secret
        async with _client(url) as client:
            offered = await clicks(client)
            while time.perf_counter() < end:
                name = choice.choice(list(offered))
                try:
                    milliseconds = await _timed(offered[name])
                except (EventError, httpx.HTTPError) as error:
                    errors.append(f"{name}: {error!r}")
                else:
                    taken.setdefault(name, []).append(milliseconds)
                await asyncio.sleep(choice.uniform(0, 2 * pause))

    await asyncio.gather(*(person(seed) for seed in range(people)))
    return taken, errors


def row(name: str, taken: list[float], errors: int = 0) -> str:
    """A line of the table."""
    return f"| {name} | {len(taken)} | {errors} | {latency_cells(taken, 0)} |"


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)


async def _timed(act: Click) -> float:
    start = time.perf_counter()
    await act()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=find_model, default=find_model(FAST), help="artifact that is served")
    parser.add_argument("--headlines", type=Path, default=Path("data/demo/unlabelled.csv"), help="the sample news")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20, help="how long they click")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between clicks, on average")
    parser.add_argument("--visits", type=int, default=6, help="how often a browser opens the page")
    parser.add_argument("--tries", type=int, default=100, help="how often one person alone tries the model")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        app_over_news(Path(folder), options.headlines, options.model) as url,
    ):
        started = 1000 * wait_until(url, "/", "gradio")
        wait_until(url, "/health", '"model_ready":true')
        first, *later = until_gauge(url, options.visits)
        tried = asyncio.run(one_after_another(url, "try the model", options.tries))
        taken, errors = asyncio.run(many_people(url, options.people, options.seconds, options.pause))
    card = read_card(options.model)
    print(f"app, {card.name} {card.precision} {card.version}, {available_cores()} cores, milliseconds")
    print("| what | times | errors | p50 | p95 | p99 | max |\n|---|---|---|---|---|---|---|")
    print(row("process started to first page", [started]))
    print(row("browser to gauge, first visit", [first]))
    print(row("browser to gauge, later visits", later))
    print(row("try the model, alone", tried))
    everything = [value for values in taken.values() for value in values]
    print(row(f"{options.people} people, all clicks", everything, len(errors)))
    for name in sorted(taken):
        print(row(f"{options.people} people, {name}", taken[name]))
    for error in errors[:5]:
        print(error)


if __name__ == "__main__":
    main()
