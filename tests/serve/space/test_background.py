import asyncio
import os
import sys
from pathlib import Path

import structlog

from serve.space.run import repeated


def run(program: str, file: Path, every: float, until: float) -> list[str]:
    """Lines that a program appended to a file while it was repeated for `until` seconds."""

    async def keep() -> None:
        async with repeated([sys.executable, "-S", "-c", program, str(file)], os.environ, every):
            await asyncio.sleep(until)

    asyncio.run(keep())
    return file.read_text().split()


def test_failed_program_runs_again(tmp_path: Path) -> None:
    program = "import sys; open(sys.argv[1], 'a').write('ran '); sys.exit(3)"
    with structlog.testing.capture_logs() as logs:
        assert len(run(program, tmp_path / "runs", every=0.3, until=1.5)) > 1
    assert {(line["event"], line.get("status")) for line in logs} == {("background program failed", 3)}


def test_running_program_is_stopped(tmp_path: Path) -> None:
    program = "import os, sys, time; open(sys.argv[1], 'a').write(str(os.getpid())); time.sleep(60)"
    (pid,) = run(program, tmp_path / "runs", every=60, until=1)
    assert not Path(f"/proc/{pid}").exists()


def test_slow_program_is_stopped_and_logged(tmp_path: Path) -> None:
    program = "import sys, time; open(sys.argv[1], 'a').write('ran '); time.sleep(60)"
    with structlog.testing.capture_logs() as logs:
        run(program, tmp_path / "runs", every=0.4, until=1)
    assert logs[0]["event"] == "background program stopped"
