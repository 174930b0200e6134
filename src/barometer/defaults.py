"""Where things are unless an option or an environment variable says otherwise: one owner for every program."""

from pathlib import Path

from barometer.release import FAST

DATABASE_VARIABLE = "BAROMETER_DATABASE_URL"
DATABASE_URL = "sqlite:///outputs/barometer.db"
MODEL_VARIABLE = "BAROMETER_MODEL"
MODEL = Path(FAST)
FEEDS = Path("conf/feeds/default.yaml")
SCHEDULE = Path("conf/schedule/default.yaml")
PREFECT_PORT = 4200  # Prefect's own default
