"""Where things are unless an option or an environment variable says otherwise: one owner for every program.

The wheel carries the released model inside the package; a checkout has it in `models/`, which DVC tracks.
"""

from pathlib import Path

FAST = "fast"
NAMES = (FAST,)
CHAMPION = "champion"
SERVED = Path("outputs/served")  # what `barometer model pull` fills; `champion` stands for it
REGISTERED_NAME = "crypto-news-barometer"  # of the model in the registry, where no params.yaml says otherwise

DATABASE_VARIABLE = "BAROMETER_DATABASE_URL"
DATABASE_URL = "sqlite:///outputs/barometer.db"
MODEL_VARIABLE = "BAROMETER_MODEL"
MODEL = Path(FAST)
FEEDS = Path("conf/feeds/default.yaml")
SCHEDULE = Path("conf/schedule/default.yaml")
ALERTS = Path("conf/alerts/default.yaml")
PREFECT_PORT = 4200  # Prefect's own default
SHOWN_DAYS = 366  # how far back the barometer is shown, and so how far a new model version scores

_PACKAGE = Path(__file__).resolve().parent
_IN_PACKAGE = _PACKAGE / "models_released"
_IN_CHECKOUT = _PACKAGE.parents[1] / "models"


def find_model(model: str | Path) -> Path:
    """The folder of a model that is given as `fast`, `champion` (what `barometer model pull` fetched) or a folder.

    For a released model that is missing it is the folder where it should be, so that the error on loading names it.
    """
    name = str(model)
    if name == CHAMPION:
        return SERVED
    if name not in NAMES:
        return Path(name)
    packaged = _IN_PACKAGE / name
    return packaged if packaged.is_dir() else _IN_CHECKOUT / name
