"""Runs a program again and again beside a service, in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

_log = structlog.get_logger()


@asynccontextmanager
async def repeated(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> AsyncIterator[None]:
    """Run `command` at once and `seconds` after each end, until the block is left; then a running one is stopped.

    A process, because crawling and scoring would hold up the answers of a service in the same interpreter. One that
    fails, or takes longer than `seconds`, is logged and tried again in its turn.
    """
    task = asyncio.create_task(_repeat(command, environment, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
    while True:
        try:
            async with asyncio.timeout(seconds):
                status = await _run(command, environment)
        except TimeoutError:
            _log.error("background program stopped", command=list(command), after_seconds=seconds)
        except OSError as error:  # too little memory for a process, say
            _log.error("background program did not start", command=list(command), error=str(error))
        else:
            if status:
                _log.error("background program failed", command=list(command), status=status)
        await asyncio.sleep(seconds)


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
