"""What can be told of the images without a container engine: they name files, extras and commands that are there."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

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
        assert {name, name.split("/")[0]} & set(sent)


def test_secrets_stay_out_of_images() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert lines.index("serve/deploy/.env") > lines.index("!serve")  # the last line that matches decides


def test_installed_extras_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in re.findall(r"'\.\[(.+)\]'", DOCKERFILE):
        assert set(extras.split(",")) < project["optional-dependencies"].keys() - {"train", "experiments", "dev"}


def test_services_run_existing_commands(services: dict[str, Any]) -> None:
    commands = [service.get("command", ["-"]) for service in services.values()]
    ran = [words for words in commands if words[0] == "barometer"]
    assert len(ran) == 7
    for _, *words in ran:
        shown = CliRunner().invoke(app, [*words, "--help"])  # which an unknown command or option precedes
        assert shown.exit_code == 0, shown.output


def test_services_are_built_from_stages(services: dict[str, Any]) -> None:
    built = {service["image"]: service["build"]["target"] for service in services.values() if "build" in service}
    assert built == {"barometer-serve": "serve", "barometer-flows": "flows", "barometer-mlflow": "mlflow"}
    for target in built.values():
        assert f" AS {target}\n" in DOCKERFILE
    assert all(not line.startswith("USER root") for line in DOCKERFILE.splitlines())
