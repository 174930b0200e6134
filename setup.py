"""Puts the released model `fast` and the table of coins into the wheel.

The table lies in `conf/`, outside the package. The model is not in git: DVC tracks it (`models/fast.dvc`) and its files
lie, by MD5, in the remote inside the repository. They are copied from there, so that building the wheel needs neither
DVC nor a network.
"""

import json
import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
COINS = ROOT / "conf" / "coins.yaml"
TRACKED = ROOT / "models" / "fast.dvc"
REMOTE = ROOT / "dvc-remote" / "files" / "md5"


class BuildWithData(build_py):
    """Adds `barometer/coins.yaml` and `barometer/models_released/fast` to what is built."""

    def run(self) -> None:
        """Build as always, then add table and model; an editable install finds both in the checkout."""
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib) / "barometer"
        shutil.copyfile(COINS, package / COINS.name)
        if TRACKED.is_file():
            self._copy_model(package / "models_released" / "fast")

    def _copy_model(self, target: Path) -> None:
        found = re.search(r"md5: (\w+)\.dir", TRACKED.read_text(encoding="utf-8"))
        if found is None:
            raise RuntimeError(f"{TRACKED} names no folder; expected a line `md5: ....dir`")
        listing = json.loads(_stored(f"{found[1]}.dir").read_text(encoding="utf-8"))
        target.mkdir(parents=True, exist_ok=True)
        for entry in listing:
            shutil.copyfile(_stored(entry["md5"]), target / entry["relpath"])


def _stored(md5: str) -> Path:
    path = REMOTE / md5[:2] / md5[2:]
    if not path.is_file():
        raise RuntimeError(f"{path} is missing; a complete checkout has it")
    return path


setup(cmdclass={"build_py": BuildWithData})
