"""What can be told of the compose file without an engine: its schema, its variables, and what keeps it safe."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[3] / "serve" / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()
CLIENT = ("docker", "compose")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found = yaml.safe_load(COMPOSE)["services"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder, as it is before anybody set it up."""
    for name in ("compose.yaml", ".env.example", "secrets.sh"):
        shutil.copy(DEPLOY / name, tmp_path)
    return tmp_path


def fill(folder: Path) -> dict[str, str]:
    subprocess.run(["sh", str(folder / "secrets.sh")], check=True)
    return dict(re.findall(r"^(\w+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_file_follows_the_schema(folder: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema carries the schema")
    words = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(folder / "compose.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("profile", [None, "registry", "full"])
def test_client_accepts_every_profile(folder: Path, profile: str | None) -> None:
    if not shutil.which("docker") or subprocess.run([*CLIENT, "version"], capture_output=True, check=False).returncode:
        pytest.skip("the client `docker compose` is not installed")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
    words = [*CLIENT, *(["--profile", profile] if profile else []), "config", "--services"]
    refused = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert refused.returncode and "run sh secrets.sh" in refused.stderr
    fill(folder)
    done = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, check=True)
    found = yaml.safe_load(COMPOSE)["services"]
    chosen = {name for name, service in found.items() if {None, profile} & set(service.get("profiles", [None]))}
    assert set(done.stdout.split()) == chosen


def test_secrets_are_made_once(folder: Path) -> None:
    first = fill(folder)
    secrets = {name: value for name, value in first.items() if name.endswith(("_PASSWORD", "_KEY"))}
    assert len(set(secrets.values())) == len(secrets) == 6
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in secrets.values())
    assert (folder / ".env").stat().st_mode & 0o077 == 0
    assert fill(folder) == first


def test_older_files_gain_what_lacks(folder: Path) -> None:
    (folder / ".env").write_text("# mine\nPOSTGRES_PASSWORD=kept\nS3_SECRET_KEY=\nAPP_PORT=80")
    filled = fill(folder)
    assert (filled["POSTGRES_PASSWORD"], filled["APP_PORT"], len(filled["S3_SECRET_KEY"])) == ("kept", "80", 32)
    assert (folder / ".env").read_text().startswith("# mine\n")
    assert (
        filled.keys() == dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE)).keys()
    )


def test_every_variable_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", COMPOSE)) | {"COMPOSE_PROFILES"}
    explained = set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert used == explained


def test_secrets_are_required_everywhere() -> None:
    secret = re.findall(r"\$\{(\w+_(?:PASSWORD|KEY))(.?.?)", COMPOSE)
    assert secret and {mark for _, mark in secret} == {":?"}


def test_images_of_others_are_pinned(services: dict[str, Any]) -> None:
    others = {service["image"] for service in services.values() if "build" not in service}
    assert len(others) == 4
    assert all(re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", image) for image in others)


def test_what_runs_on_has_health(services: dict[str, Any]) -> None:
    of_image = {name for name in services if services[name].get("build", {}).get("target") == "serve"}
    for name, service in services.items():
        if service["restart"] == "unless-stopped":
            assert "test" in service.get("healthcheck", {}) or name in of_image, name


def test_services_are_hardened(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service.get("read_only") or name in {"postgres", "label-studio"}, name
        assert service.get("cap_drop") == ["ALL"] or name == "postgres", name


def test_mounted_files_are_there(services: dict[str, Any]) -> None:
    sources = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    files = [source for source in sources if source.startswith("./")]
    assert files and all((DEPLOY / file).is_file() for file in files)
    named = {source for source in sources if re.fullmatch(r"[\w-]+", source)}
    assert named == yaml.safe_load(COMPOSE)["volumes"].keys()


def test_open_servers_stay_on_this_machine(services: dict[str, Any]) -> None:
    for name in ("mlflow", "prometheus"):
        assert all(port.startswith("127.0.0.1:") for port in services[name]["ports"])
    assert "ports" not in services["postgres"] and "ports" not in services["s3"]
