"""The house: rooms, import directions, and the repository's own promises."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_import_directions_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_importing_any_module_does_nothing(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in sorted((ROOT / "src" / "barometer").rglob("*.py"))
        if path.stem != "__init__"
    ]
    program = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *modules],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_readmes_files_exist() -> None:
    import re

    readme = (ROOT / "README.md").read_text()
    for name in re.findall(r"\]\((?!http|#)([^)]+)\)", readme):
        assert (ROOT / name.split("#")[0]).exists(), name


def test_make_lists_its_targets() -> None:
    listed = subprocess.check_output(["make"], cwd=ROOT, text=True)
    assert {"demo", "test", "check", "bench"} <= {line.split()[1] for line in listed.splitlines() if "make" in line}
