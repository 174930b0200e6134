"""Makes what the Dockerfile makes, without a container engine: each stage is a folder over those of the stage before.

Debian's Python of the same minor version stands for the image `python`. A layer is kept as long as neither its
instructions nor what they copy changes.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.deploy.dockerfile import Stage, Step, read_dockerfile

SUITES = {"3.11": "bookworm", "3.13": "trixie"}
# What a build needs of the machine: names, and through pip's own settings the index and its cache.
_MOUNT = """
set -e
mount -t overlay overlay -o "$1" "$2"
mount --rbind /proc "$2/proc"
mount --rbind /dev "$2/dev"
mount --bind /etc/resolv.conf "$2/etc/resolv.conf"
"""


@dataclass(frozen=True)
class Image:
    """A built stage: its folders, the topmost first, and what it tells those who run it."""

    layers: tuple[Path, ...]
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()


class Builder:
    """Builds stages of a Dockerfile; layers are kept in a folder."""

    def __init__(self, dockerfile: Path, context: Path, kept: Path) -> None:
        self.stages = read_dockerfile(dockerfile)
        self.context, self.kept = context, kept
        self._built: dict[str, tuple[str, Image]] = {}

    def build(self, name: str) -> Image:
        """Build a stage, and first what it builds on."""
        return self._keyed(name)[1]

    def forget(self) -> None:
        """Delete layers that nothing built here needs."""
        needed = {layer.name for _, image in self._built.values() for layer in image.layers}
        for path in self.kept.iterdir():
            if path.name.removesuffix(".done") not in needed:
                path.unlink() if path.is_file() else shutil.rmtree(path)

    def _keyed(self, name: str) -> tuple[str, Image]:
        if name not in self.stages:
            return name, Image((debian(name, self.kept),), {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"})
        if name not in self._built:
            self._built[name] = self._stage(self.stages[name])
        return self._built[name]

    def _stage(self, stage: Stage) -> tuple[str, Image]:
        below, image = self._keyed(stage.base)
        digest = hashlib.sha256(below.encode())
        for step in stage.steps:
            digest.update(repr(step).encode())
            if step.word == "COPY" and "from" in step.flags:
                digest.update(self._keyed(step.flags["from"])[0].encode())
            elif step.word == "COPY":
                digest.update(_digest([self.context / name for name in step.words[:-1]]))
        key = digest.hexdigest()[:16]
        layer = self.kept / key
        image = replace(image, layers=(layer, *image.layers))
        made = (layer.with_suffix(".done")).exists()
        if not made:
            shutil.rmtree(layer, ignore_errors=True)
            layer.mkdir(parents=True)
        for step in stage.steps:
            image = _told(image, step)
            if not made and step.word == "RUN":
                self._run(image, step)
            elif not made and step.word == "COPY":
                self._copy(image, step)
        layer.with_suffix(".done").touch()
        return key, image

    def _run(self, image: Image, step: Step) -> None:
        """Run a shell line in the root, in namespaces of its own, so that nothing stays mounted."""
        root, work = self.kept / "root", self.kept / "work"
        shutil.rmtree(work, ignore_errors=True)
        for folder in (root, work):
            folder.mkdir(exist_ok=True)
        lower = ":".join(map(str, image.layers[1:]))
        options = f"lowerdir={lower},upperdir={image.layers[0]},workdir={work}"
        variables, places = pip_settings()
        caches = dict(part.split("=") for part in step.flags.get("mount", "").split(",") if "=" in part)
        binds = [(place, place) for place in places]
        if target := caches.get("target"):
            binds.append((Path(_pip("cache", "dir").strip()), Path(target)))
        lines = "".join(_bind(source, f"{root}{target}") for source, target in binds if source.exists())
        inside = ["chroot", root, "env", "-i", f"--chdir={image.folder}", *_pairs(image.environment | variables)]
        script = f'{_MOUNT}{lines}shift 2\nexec "$@"'
        words = ["unshare", "--mount", "sh", "-c", script, "sh", options, root, *inside, "/bin/sh", "-ec", step.value]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"RUN {step.value}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    def _copy(self, image: Image, step: Step) -> None:
        *sources, target = step.words
        into = Path(f"{image.layers[0]}{Path(image.folder) / target}")
        if "from" in step.flags:
            assert (len(sources), target) == (1, sources[0]), "only whole folders to the same place"
            for layer in reversed(self.build(step.flags["from"]).layers[:-1]):
                _link(Path(f"{layer}{sources[0]}"), into)
            return
        for name in sources:
            source = self.context / name
            goal = into if source.is_dir() or not target.endswith("/") else into / source.name
            goal.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy2(source, goal)


def _told(image: Image, step: Step) -> Image:
    """What an instruction says about how the image is run."""
    if step.word == "ENV":
        given = dict(pair.split("=", 1) for pair in step.words)
        known = image.environment
        return replace(
            image,
            environment=known
            | {key: re.sub(r"\$(\w+)", lambda found: known[found[1]], value) for key, value in given.items()},
        )
    if step.word == "WORKDIR":
        Path(f"{image.layers[0]}{step.value}").mkdir(parents=True, exist_ok=True)
        return replace(image, folder=step.value)
    if step.word == "USER":
        return replace(image, user=step.value)
    if step.word == "CMD":
        return replace(image, command=tuple(step.words))
    if step.word == "HEALTHCHECK":
        return replace(image, health=tuple(_step_words(step.value)))
    assert step.word in {"RUN", "COPY", "EXPOSE"}, f"{step.word} is not known here"
    return image


def _step_words(value: str) -> list[str]:
    return Step("CMD", {}, value.removeprefix("CMD").strip()).words


def _link(source: Path, into: Path) -> None:
    """Add the files of a layer's folder as links to them; a device 0:0 says that the file below is gone."""
    if source.is_dir():
        into.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-al", "--remove-destination", f"{source}/.", str(into)], check=True)
        subprocess.run(["find", str(into), "-type", "c", "-delete"], check=True)


def _digest(paths: list[Path]) -> bytes:
    """Of the files below some paths, by name and content."""
    digest = hashlib.sha256()
    files = (file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))))
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(f"{file}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.digest()


def debian(image: str, kept: Path) -> Path:
    """The folder of a Debian with the Python of an image such as python:3.11-slim-bookworm, made once."""
    version, suite = re.fullmatch(r"python:(3\.\d+)-slim-(\w+)", image).groups()  # type: ignore[union-attr]
    assert SUITES[version] == suite, f"Debian {suite} has no Python {version}"
    root = kept / f"debian-{suite}"
    if not root.with_suffix(".done").exists():
        shutil.rmtree(root, ignore_errors=True)
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_memory()) as work:
            words = ["debootstrap", "--variant=minbase", "--include=python3-venv", suite, f"{work}/root"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            subprocess.run(["cp", "-a", f"{work}/root", str(root)], check=True)
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        root.with_suffix(".done").touch()
    return root


def _memory() -> str | None:
    """A folder in memory where the machine has one: dpkg waits for the disk after each file."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > 2**30 else None


def pip_settings() -> tuple[dict[str, str], list[Path]]:
    """Where this machine's pip looks for packages, as variables, and the files and folders that these name."""
    found = re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", _pip("config", "list"), re.MULTILINE)
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found}
    words = (word.removeprefix("file://") for _, value in found for word in value.split())
    places = [Path(word).resolve() for word in words if word.startswith("/") and Path(word).exists()]
    # The pages of an index link to files beside them.
    places = [place.parent if place.name == "simple" else place for place in places]
    return variables | {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}, places


def _pip(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=True)
    return done.stdout


def _bind(source: Path, target: str) -> str:
    make = "mkdir -p" if source.is_dir() else 'f() { mkdir -p "$(dirname "$1")" && touch "$1"; }; f'
    return f"{make} {shlex.quote(target)}; mount --bind {shlex.quote(str(source))} {shlex.quote(target)}\n"


def _pairs(environment: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]
