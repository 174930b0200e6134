"""The model that is released with this project, and where to find it.

The wheel carries it inside the package; a checkout has it in `models/`, which DVC tracks.
"""

from pathlib import Path

FAST = "fast"
NAMES = (FAST,)

_PACKAGE = Path(__file__).resolve().parent
_IN_PACKAGE = _PACKAGE / "models_released"
_IN_CHECKOUT = _PACKAGE.parents[1] / "models"


def find_model(model: str | Path) -> Path:
    """The folder of a model that is given as `fast` or as a folder.

    For a released model that is missing it is the folder where it should be, so that the error on loading names it.
    """
    name = str(model)
    if name not in NAMES:
        return Path(name)
    packaged = _IN_PACKAGE / name
    return packaged if packaged.is_dir() else _IN_CHECKOUT / name
