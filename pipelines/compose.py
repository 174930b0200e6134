"""Composes `conf/` into `params.yaml` with DVC's own code, so that `dvc exp run` writes the same bytes.

python -m pipelines.compose [OVERRIDE ...]
"""

import sys
from pathlib import Path

from dvc.utils.hydra import compose_and_dump


def compose_params(conf: Path, target: Path, overrides: list[str]) -> None:
    """Compose a Hydra folder, with overrides such as `corpus=cryptolin`, into a parameter file."""
    compose_and_dump(str(target), str(conf.resolve()), None, "config", "", overrides)


if __name__ == "__main__":
    compose_params(Path("conf"), Path("params.yaml"), sys.argv[1:])
