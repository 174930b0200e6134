"""Parses feeds in processes that can be killed, a few of which are kept warm: one feed costs no other its time."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from barometer.live.parsing.parse import ParsedFeed, ParseError
from barometer.live.parsing.worker import LENGTH_BYTES, question, read_answer

# Beside the workers that get on, so many may be busy with feeds that they do not get on with.
MAX_STUCK = 16
# After this time with one feed, and as much again for every 4 MB, a worker does not get on: most take a tenth of it.
_STUCK_SECONDS = 0.25
_LOWEST_PRIORITY = 19
_START_SECONDS = 60.0
_EXIT_SECONDS = 1.0
_LARGE_BYTES = 4_000_000
_MOST_WORKERS = 8


class ParserPool:
    """Keeps one worker for each processor, and starts more while some are stuck; an async context manager.

    A worker that takes too long over a feed, or dies of it, is replaced. Workers start in the background, and end
    with the process that holds the pool, however that ends.
    """

    def __init__(self, seconds: float, max_entries: int = 500, workers: int | None = None) -> None:
        """Make a pool whose feeds may take `seconds` each, and as much again for every 4 MB.

        The time of a feed counts from when a worker has it. `workers` is how many parse at once; by default one for
        each processor, at most 8.
        """
        self._seconds = seconds
        self._max_entries = max_entries
        self._workers = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._problem = ""

    async def __aenter__(self) -> Self:
        for _ in range(self._workers):
            self._start_if_wanted()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._starting:
            if not task.cancelling():  # by an interrupt: a second time would stop it from ending its process
                task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._all))

    async def parse(self, body: bytes, headers: Mapping[str, str], url: str, now: datetime) -> ParsedFeed:
        """Parse a feed as `parse_feed` does, without blocking the event loop.

        Raises:
            ParseError: as `parse_feed` does, or if it takes more than the pool's time or 2 GiB of memory.
        """
        seconds = self._seconds * (1 + len(body) // _LARGE_BYTES)
        asked = question(body, headers, url, now, self._max_entries, seconds)
        worker = await self._take()
        try:
            return read_answer(await worker.ask(asked, seconds))
        except asyncio.CancelledError:
            worker.is_spent = True
            raise
        finally:
            await self._put_back(worker)

    async def _put_back(self, worker: "_Worker") -> None:
        if worker.is_spent:
            self._start_if_wanted()
            await worker.end()
            self._all.discard(worker)  # only now, as a second interrupt leaves the rest to the end of the pool
        else:
            self._idle.put_nowait(worker)

    async def _take(self) -> "_Worker":
        """Return an idle worker; while there is none, look again and again whether one more is wanted."""
        while True:
            if self._idle.empty():
                self._start_if_wanted()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STUCK_SECONDS / 2):
                    return await self._idle.get()
            if self._problem and not self._all:
                raise ParseError(f"the parser did not start: {self._problem}")

    def _start_if_wanted(self) -> None:
        stuck = sum(worker.is_spent for worker in self._all)
        if len(self._all) + len(self._starting) < self._workers + min(stuck, MAX_STUCK):
            task = asyncio.create_task(self._start())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self) -> None:
        try:
            worker = await _Worker.start(self._start_if_wanted)
        except (OSError, asyncio.IncompleteReadError) as error:
            self._problem = str(error) or "it took too long"
            return
        self._problem = ""
        self._all.add(worker)
        self._idle.put_nowait(worker)


class _Worker:
    """A process of `barometer.live.parsing.worker`.

    `is_spent` tells that it is of no further use: it has ended, or is busy with one feed for longer than nearly any
    takes. So long it gives way to other processes, which cannot be taken back.
    """

    def __init__(self, process: Process, when_stuck: Callable[[], None]) -> None:
        self._process = process
        self._when_stuck = when_stuck
        self.is_spent = False

    @classmethod
    async def start(cls, when_stuck: Callable[[], None]) -> Self:
        """Start a process, and wait until it is ready; `when_stuck` is called when it does not get on with a feed.

        Raises:
            OSError: if there can be no further process, or it does not get ready in time.
            asyncio.IncompleteReadError: if it ends before it is ready.
        """
        command = [sys.executable, "-m", "barometer.live.parsing.worker"]
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        worker = cls(process, when_stuck)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._exchange(b"")  # the first answer comes unasked
        except BaseException:
            await worker.end()
            raise
        return worker

    async def ask(self, asked: bytes, seconds: float) -> bytes:
        """Send a question and return the answer.

        Raises:
            ParseError: if there is none within `seconds`; the worker is of no more use then.
        """
        patience = _STUCK_SECONDS * (1 + len(asked) / _LARGE_BYTES)
        slow = asyncio.get_running_loop().call_later(patience, self._give_way)
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(asked)
        except TimeoutError:
            self.is_spent = True
            raise ParseError(f"parsing took longer than {seconds:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            self.is_spent = True
            with suppress(TimeoutError):  # it ends by itself, with a status that a signal of ours would hide
                async with asyncio.timeout(_EXIT_SECONDS):
                    await self._process.wait()
            raise ParseError(f"the parser exited with status {await self.end()}") from None
        finally:
            slow.cancel()

    def _give_way(self) -> None:
        self.is_spent = True
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _LOWEST_PRIORITY)
        self._when_stuck()

    async def _exchange(self, asked: bytes) -> bytes:
        source, answers = self._process.stdin, self._process.stdout
        if source is None or answers is None:
            raise ParseError("the parser has no pipes")
        source.write(asked)
        await source.drain()
        size = int.from_bytes(await answers.readexactly(LENGTH_BYTES), "big")
        return await answers.readexactly(size)

    async def end(self) -> int:
        """End the process, if it runs, close its pipes, and return its status."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._process.communicate()
        return await self._process.wait()
