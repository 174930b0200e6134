"""What can be told of the images without a container engine: they name files, extras and commands that are there."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from barometer.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "serve" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert isinstance(services, dict)
    return services


def test_copied_files_exist_in_the_context() -> None:
    sent = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)]
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists()
        assert name.split("/")[0] in sent


def test_installed_extras_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in re.findall(r"'\.\[(.+)\]'", DOCKERFILE):
        assert set(extras.split(",")) < project["optional-dependencies"].keys() - {"train", "experiments", "dev"}


def test_services_run_existing_commands(services: dict[str, Any]) -> None:
    commands = get_command(app)
    for name in services.keys() - {"postgres"}:
        program, command, *_ = services[name]["command"]
        assert program == "barometer" and command in commands.commands  # type: ignore[attr-defined]
        assert f" AS {services[name]['build']['target']}\n" in DOCKERFILE
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])
    assert all(not line.startswith("USER root") for line in DOCKERFILE.splitlines())


def test_every_compose_variable_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    explained = set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert used == explained
