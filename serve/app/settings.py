"""Settings of the app: those of the APIs and a few of its own, all read from the environment, prefix BAROMETER_."""

from pathlib import Path

from serve.api.settings import ApiSettings, Port, read_environment


class AppSettings(ApiSettings):
    """What a deployment of the app may choose besides what `ApiSettings` lists.

    Attributes:
        app_port: the port that the app listens on, 0 takes a free one.
        reports: folder of one corpus' reports, such as reports/news; the model page shows those that exist.
        market: folder with btc_daily.csv and fear_greed.csv; overlays are shown where it has days in view.
    """

    app_port: Port = 7860
    reports: Path = Path("reports/news")
    market: Path = Path("data/market")


def load_app_settings() -> AppSettings:
    """Read the settings of the app from the environment; raises as `read_environment` does."""
    return read_environment(AppSettings)
