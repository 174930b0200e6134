"""Reads a Dockerfile: its stages, the instructions of each in order."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """An instruction: `word` is RUN, COPY, ENV, ..., `flags` what precedes its `value`, without dashes."""

    word: str
    flags: dict[str, str]
    value: str

    @property
    def words(self) -> list[str]:
        return json.loads(self.value) if self.value.startswith("[") else shlex.split(self.value)


@dataclass(frozen=True)
class Stage:
    """A stage: the name of the stage or image that it begins with, and its instructions."""

    base: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]


def read_dockerfile(path: Path) -> dict[str, Stage]:
    """The stages of a Dockerfile by name."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        word, value = line.split(maxsplit=1)
        if word == "ARG":
            name, _, default = value.partition("=")
            arguments[name] = default
        elif word == "FROM":
            base, name = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], value).split(" AS ")
            current = stages[name] = Stage(base)
        else:
            assert current is not None, line
            current.steps.append(_step(word, value))
    return stages


def _step(word: str, value: str) -> Step:
    flags = {}
    while found := re.match(r"--([\w-]+)=(\S+)\s+", value):
        flags[found[1]] = found[2]
        value = value[found.end() :]
    return Step(word, flags, value.strip())
