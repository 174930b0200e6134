"""Every service of the compose file, started as its image would be: see `images` and `machine`."""

import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.deploy.compose import Service, read_compose, variables
from tests.deploy.images import Builder, Image
from tests.deploy.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "serve" / "deploy"
PROGRAMS = ("debootstrap", "unshare", "nsenter", "setpriv", "ip")
NEWS = (
    "Bitcoin soars to a record high",
    "Ethereum plunges after an exchange is hacked",
    "Solana wins approval of a fund",
)
NOBODY = "65534"


@dataclass(frozen=True)
class Stack:
    """The services, the images that they run, and the machine that they run on."""

    services: dict[str, Service]
    images: dict[str, Image]
    machine: Machine

    def image(self, name: str) -> Image:
        stage = self.services[name].stage
        assert stage is not None
        return self.images[stage]


def _why_not() -> str:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a Debian root is made by root on Linux only"
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"{', '.join(missing)} not installed"
    return ", ".join(name for name in ("pgserver", "moto") if not importlib.util.find_spec(name))


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest) -> dict[str, Image]:
    """The images that the Dockerfile makes, by stage; layers are kept below pytest's cache."""
    if reason := _why_not():
        pytest.skip(reason)
    assert request.config.cache is not None, "layers are kept in pytest's cache"
    builder = Builder(DEPLOY / "Dockerfile", ROOT, request.config.cache.mkdir("deploy"))
    built = {stage: builder.build(stage) for stage in ("serve", "flows", "mlflow")}
    builder.forget()
    return built


@pytest.fixture(scope="session")
def stack(images: dict[str, Image], tfidf_artifact: Path) -> Iterator[Stack]:
    """Every service, healthy; what has an image of others is what stands for it here, or is left out."""
    folder = Path(tempfile.mkdtemp(prefix="barometer-deploy-"))
    folder.chmod(0o755)  # other users run in it
    release = Path(shutil.copytree(tfidf_artifact, folder / "release"))
    release.chmod(0o755)
    services = read_compose(DEPLOY / "compose.yaml", _variables(release))
    machine = Machine(folder, DEPLOY, list(services))
    stack = Stack(services, images, machine)
    try:
        _start(stack)
        yield stack
    finally:
        machine.close()
        shutil.rmtree(folder, ignore_errors=True)


def _variables(release: Path) -> dict[str, str]:
    """What .env would say of a full installation that follows the registry."""
    known = variables(DEPLOY / ".env.example")
    known |= {name: secrets.token_hex(16) for name in known if name.endswith(("_PASSWORD", "_KEY"))}
    return known | {"MODEL": str(release), "SERVED_MODEL": "/served/champion", "PULL_SECONDS": "2"}


def _start(stack: Stack) -> None:
    checks = {name: _stands_for(stack, name) for name in ("postgres", "s3")}
    healthy: set[str] = set()

    def awaited(name: str) -> None:
        if name in stack.machine.processes and name not in healthy:
            checks.get(name, lambda: _await_own(stack, name))()
            healthy.add(name)

    for name, service in stack.services.items():
        for other in service.after:
            awaited(other)
        if name == "databases":
            path = f"{_postgresql()}:{os.environ['PATH']}"
            words = stack.machine.words_here(service, ["sh", str(DEPLOY / "databases.sh")], PATH=path)
            subprocess.run(words, check=True, timeout=60)
        elif service.stage and service.runs_once:
            stack.machine.run(service, stack.image(name))
            if name == "migrate":
                _bring_news(stack)
        elif service.stage:
            words = stack.machine.words(service, stack.image(name), service.command, {})
            stack.machine.start(name, words)
    for name in stack.services:
        awaited(name)


def _await_own(stack: Stack, name: str) -> None:
    service, image = stack.services[name], stack.image(name)
    stack.machine.await_health(name, service.health or image.health, image, **service.environment)


def _bring_news(stack: Stack) -> None:
    given = stack.machine.folder / "given"
    given.mkdir()
    now = datetime.now(UTC)
    rows = [f"{title},{(now - timedelta(hours=1 + i)).isoformat()}" for i, title in enumerate(NEWS)]
    (given / "news.csv").write_text("\n".join(["title,date", *rows]))
    schedule = stack.services["schedule"]
    command = ("barometer", "backfill", "/given/news.csv")
    stack.machine.run(schedule, stack.image("schedule"), *command, given=given)


def _postgresql() -> Path:
    found = importlib.util.find_spec("pgserver")
    assert found and found.origin
    return Path(found.origin).parent / "pginstall" / "bin"


def _stands_for(stack: Stack, name: str) -> Callable[[], None]:
    """Start a real server in place of an image; the function returned waits until it answers."""
    return {"postgres": _start_postgresql, "s3": _start_s3}[name](stack)


def _start_postgresql(stack: Stack) -> Callable[[], None]:
    """A PostgreSQL set up as the image sets it up: a superuser with a password, and a database."""
    machine, service, bins = stack.machine, stack.services["postgres"], _postgresql()
    data = machine.folder / "postgresql"
    data.mkdir()
    password = machine.folder / "password"
    password.write_text(service.environment["POSTGRES_PASSWORD"])
    shutil.chown(data, int(NOBODY), int(NOBODY))
    initialise = [bins / "initdb", "--username", service.environment["POSTGRES_USER"], "--auth=scram-sha-256"]
    nobody = {"user": int(NOBODY), "group": int(NOBODY), "extra_groups": []}
    subprocess.run(
        [*initialise, f"--pwfile={password}", "--no-sync", "-D", data],
        check=True, stdout=subprocess.DEVNULL, **nobody,
    )  # fmt: skip
    bare = Service("postgres", "", None, (), {}, {}, None, {}, (), True)
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
    machine.start("postgres", machine.words_here(bare, [str(bins / "postgres"), "-D", str(data), *options], NOBODY))

    def wait() -> None:
        assert service.health is not None
        machine.await_health("postgres", (str(bins / service.health[0]), *service.health[1:]))
        name = service.environment["POSTGRES_DB"]
        create = [
            str(bins / "createdb"),
            "--host=127.0.0.1",
            f"--username={service.environment['POSTGRES_USER']}",
            name,
        ]
        known = os.environ | {"PGPASSWORD": service.environment["POSTGRES_PASSWORD"]}
        subprocess.run(["nsenter", machine.network, *create], check=True, env=known)

    return wait


def _start_s3(stack: Stack) -> Callable[[], None]:
    port = stack.services["s3"].command[0].rpartition(":")[2]
    program = str(Path(sys.executable).with_name("moto_server"))
    bare = Service("s3", "", None, (), {}, {}, None, {}, (), True)
    stack.machine.start("s3", stack.machine.words_here(bare, [program, "-H", "127.0.0.1", "-p", port]))
    ask = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/moto-api/', timeout=4)"
    return lambda: stack.machine.await_health("s3", (sys.executable, "-c", ask))
