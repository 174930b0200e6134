"""Runs services without a container engine, as compose asks: a root that cannot be written, no capabilities, its user.

All share one network of their own, whose only address is the loopback; every service's name stands for it.
"""

import ctypes
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.compose import Service
from tests.deploy.images import Image

_NETWORK = 0x40000000  # CLONE_NEWNET
_PATIENCE = 240.0
_WITH_THIS = "--pdeathsig=KILL"  # what is started ends with this process, even if that is killed


class Machine:
    """A network of its own, and the folder of its volumes and logs."""

    def __init__(self, folder: Path, deploy: Path, names: list[str]) -> None:
        self.folder, self.deploy = folder, deploy
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.hosts = folder / "hosts"
        self.hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *names)))
        script = "ip link set lo up && echo ready && exec sleep infinity"
        words = ["setpriv", _WITH_THIS, "unshare", "--net", "sh", "-c", script]
        self._holder = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self._holder.stdout and self._holder.stdout.readline() == b"ready\n"
        self.network = f"--net=/proc/{self._holder.pid}/ns/net"

    def close(self) -> None:
        """End what still runs."""
        for process in [*self.processes.values(), self._holder]:
            process.kill()
            process.wait()
        assert self._holder.stdout
        self._holder.stdout.close()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Connections that this thread opens meanwhile are of the machine's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        spaces = Path("/proc/thread-self/ns/net"), Path(f"/proc/{self._holder.pid}/ns/net")
        with spaces[0].open() as before, spaces[1].open() as there:
            assert libc.setns(there.fileno(), _NETWORK) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                libc.setns(before.fileno(), _NETWORK)

    def volume(self, source: str, user: str = "10001") -> Path:
        """Where a volume or a mounted path is: named ones belong to who uses them."""
        if source.startswith((".", "/")):
            return (self.deploy / source).resolve()
        made = self.folder / "volumes" / source
        if not made.exists():
            made.mkdir(parents=True)
            shutil.chown(made, int(user), int(user))
        return made

    def words(self, service: Service, image: Image, command: tuple[str, ...], more: Mapping[str, Path]) -> list[str]:
        """The program that becomes a service's command: mounts first, then user, environment and folder."""
        points, root = self.folder / "points" / service.name, self.folder / "roots" / service.name
        mounts = {target: (self.volume(source), read) for target, (source, read) in service.volumes.items()}
        mounts |= {target: (path, True) for target, path in more.items()} | {"/etc/hosts": (self.hosts, True)}
        root.mkdir(parents=True, exist_ok=True)
        for target, (source, _) in mounts.items():
            point = Path(f"{points}{target}")
            point.mkdir(parents=True, exist_ok=True) if source.is_dir() else _touch(point)
        lines = [
            f"mount -t overlay overlay -o lowerdir={':'.join(map(str, (points, *image.layers)))} {root}",
            *(f"mount --rbind /{name} {root}/{name}" for name in ("proc", "dev")),
            *(f"mount -t tmpfs tmpfs {root}{path}" for path in service.raw.get("tmpfs", [])),
            *(_bind(source, f"{root}{target}", read) for target, (source, read) in mounts.items()),
            'exec "$@"',
        ]
        limits = [_WITH_THIS, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        user = {"root": "0", "barometer": "10001"}[image.user]
        inside = [
            "chroot", str(root), "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *limits,
            "env", "-i", f"--chdir={image.folder}",
            *(f"{name}={value}" for name, value in (image.environment | service.environment).items()),
        ]  # fmt: skip
        script = "set -e\n" + "\n".join(lines)
        return ["nsenter", self.network, "unshare", "--mount", "sh", "-c", script, "sh", *inside, *command]

    def words_here(self, service: Service, command: list[str], user: str | None = None, **known: str) -> list[str]:
        """The program that becomes a command of this machine's own, in place of an image: mounts and network only."""
        mounts = {target: (self.volume(source), read) for target, (source, read) in service.volumes.items()}
        lines = [_bind(self.hosts, "/etc/hosts", True)]
        lines += [_bind(source, target, read) for target, (source, read) in mounts.items() if Path(target).exists()]
        script = "set -e\n" + "\n".join([*lines, 'exec "$@"'])
        become = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        pairs = [f"{name}={value}" for name, value in (service.environment | known).items()]
        return [
            "nsenter",
            self.network,
            "unshare",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
            "setpriv",
            _WITH_THIS,
            *become,
            "env",
            *pairs,
            *command,
        ]

    def run(self, service: Service, image: Image, *command: str, **more: Path) -> str:
        """Run a command in a service's container to its end, its own by default; gives what it printed."""
        words = self.words(
            service, image, command or service.command, {f"/{name}": path for name, path in more.items()}
        )
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_PATIENCE)
        assert done.returncode == 0, f"{service.name}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str, words: list[str], **options: object) -> "subprocess.Popen[bytes]":
        """Start a program whose output goes into a log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True, **options)  # type: ignore[call-overload]
        return self.processes[name]

    def await_health(self, name: str, check: tuple[str, ...], image: Image | None = None, **known: str) -> None:
        """Ask with a service's own check, where it runs, until it is healthy."""
        process = self.processes[name]
        enter = ["nsenter", f"--target={process.pid}", "--mount", self.network]
        if image is not None:
            pairs = [f"{key}={value}" for key, value in (image.environment | known).items()]
            enter += ["chroot", str(self.folder / "roots" / name), "env", "-i", *pairs]
        until = time.monotonic() + _PATIENCE
        while subprocess.run([*enter, *check], capture_output=True, check=False).returncode:
            assert process.poll() is None and time.monotonic() < until, f"{name}: {self.log(name)}"
            time.sleep(0.3)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def stop(self, name: str) -> int:
        """End a service as an engine does; its exit status."""
        process = self.processes[name]
        process.terminate()
        return process.wait(timeout=60)


def _bind(source: Path, target: str, read_only: bool) -> str:
    line = f"mount --bind {shlex.quote(str(source))} {target}"
    return f"{line}\nmount -o remount,bind,ro {target}" if read_only else line


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
