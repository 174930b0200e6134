"""Settings of all services: the one place that reads their environment. Every variable starts with BAROMETER_."""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from barometer.defaults import DATABASE_URL, FAST, find_model
from barometer.live.store.parts import Weights

PREFIX = "BAROMETER_"
_ADDRESS = re.compile(r"(?:https?://[A-Za-z0-9._:\[\]-]+)?(?:/[A-Za-z0-9._~-]+)*")
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_SECRET = {"database_url"}


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Port = Annotated[int, Field(ge=0, lt=2**16)]
Count = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class ApiSettingsError(ValueError):
    """An environment variable has an unusable value."""


class ApiSettings(BaseSettings):
    """Settings of the APIs; the variable of a field is its name in capitals after BAROMETER_.

    Attributes:
        host: address that the services listen on; model_port, data_port: their ports, 0 for any free one.
        model: the released model (fast), or the folder of a model artifact or a link to one; the artifact may be
            replaced while the service runs.
        model_poll_seconds: interval between checks of that folder.
        score_threads: single titles scored at once; all cores by default.
        max_waiting: requests that may wait for the model before others get 503.
        database_url: the store of headlines and scores.
        stale_hours: age of the last refresh above which answers are marked stale; twice the schedule.
        weights: what has the same weight in the barometer of all headlines: `equal_headlines`, or `equal_outlets`.
        coins_alone: whether the barometer of a coin leaves out headlines that mention several. docs/method.md justifies
            both defaults; a request may ask for the other.
        cors_origins: origins that browsers allow to call the services, separated by commas; `*` for any.
        rate_per_second, rate_burst: sustained and burst requests of one client address.
        max_body_bytes: largest request body; body_seconds: time a client may take to send it.
        max_connections: open connections of all clients; one more closes the one idle longest, and gets 503 only
            while every other has a request in progress.
        connections_per_client: the same for one client address; a proxy in `trusted_proxies` has no such limit.
        head_seconds: time a client may take to send the head of a request, from its first byte or the connection.
        keep_alive_seconds: time a connection may stay open between two requests.
        read_seconds: time in which a client must read a part of its answer, at least 1 kB for each second of it.
        shutdown_seconds: time that open requests may take to finish at shutdown.
        trusted_proxies: addresses whose X-Forwarded-For, -Proto, -Host and -Prefix are trusted, separated by commas.
        root_path: where a reverse proxy shows the service: a path such as /mood, or the whole address such as
            https://example.org/mood where the proxy does not pass on host and scheme. The proxy may strip the path.
        log_level, log_format: the least severe level logged; `json` for machines, `console` for people.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    model_port: Port = 8001
    data_port: Port = 8002
    model: Annotated[Path, AfterValidator(find_model)] = Field(default=Path(FAST), validate_default=True)
    model_poll_seconds: Seconds = 5.0
    score_threads: Count | None = None
    max_waiting: Count = 512
    database_url: SecretStr = SecretStr(DATABASE_URL)
    stale_hours: Annotated[float, Field(gt=0)] = 12.0
    weights: Weights = "equal_headlines"
    coins_alone: bool = False
    cors_origins: Words = ()
    rate_per_second: Annotated[float, Field(gt=0, le=1e6)] = 100.0
    rate_burst: Count = 200
    max_body_bytes: Count = 1_000_000
    body_seconds: Seconds = 10.0
    max_connections: Count = 4_000
    connections_per_client: Count = 100
    head_seconds: Seconds = 10.0
    keep_alive_seconds: Count = 15
    read_seconds: Seconds = 30.0
    shutdown_seconds: Count = 30
    trusted_proxies: str = "127.0.0.1"
    root_path: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and (not origin.startswith(("http://", "https://")) or origin.endswith("/")):
                raise ValueError(
                    f"{origin!r} is not an origin; expected * or one such as https://example.org, without a final /"
                )
        return value

    @field_validator("root_path")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not _ADDRESS.fullmatch(address := value.rstrip("/")):
            raise ValueError("expected a path such as /mood, or an address such as https://example.org/mood")
        return address


class AppSettings(ApiSettings):
    """Settings of the app besides those of `ApiSettings`.

    Attributes:
        app_port: port that the app listens on, 0 for any free one.
        reports: folder of one corpus' reports, such as reports/news; the model page shows those that exist.
        market: folder with btc_daily.csv and fear_greed.csv; they are offered as overlays where they have days in view.
        jobs_per_second, jobs_burst: sustained and burst jobs of one client address: clicks, predictions and uploads.
        jobs_per_client: its jobs in progress, those in the queue included; max_jobs: those of all clients.
        streams_per_client: answers of the queue that it may wait for at once.
        upload_bytes: files of visitors on disk, each at most `max_body_bytes` large; a client has an eighth of it.
    """

    app_port: Port = 7860
    reports: Path = Path("reports/news")
    market: Path = Path("data/market")
    jobs_per_second: Annotated[float, Field(gt=0, le=1e6)] = 10.0
    jobs_burst: Count = 100
    jobs_per_client: Count = 6
    max_jobs: Count = 64
    streams_per_client: Count = 6
    upload_bytes: Count = 64_000_000


class McpSettings(ApiSettings):
    """Settings of the MCP server over HTTP besides those of `ApiSettings`.

    Attributes:
        mcp_port: port that it listens on, 0 for any free one.
        mcp_hosts: host names, separated by commas, under which clients reach it besides those of loopback, `host` and
            `root_path`. Requests for any other name are refused: a web page could have rebound its own to this one.
    """

    mcp_port: Port = 8003
    mcp_hosts: Words = ()

    @field_validator("mcp_hosts")
    @classmethod
    def _are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _HOST_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no host name; expected one such as example.org, without scheme and port")
        return value


S = TypeVar("S", bound=ApiSettings)


def read_environment(schema: type[S]) -> S:
    """Read settings of a kind from the environment.

    Raises:
        ApiSettingsError: names every bad variable with its value, unless that is a secret, and what was expected.
    """
    try:
        return schema()
    except ValidationError as error:
        raise ApiSettingsError("; ".join(_describe(e["loc"], e["input"], e["msg"]) for e in error.errors())) from None


def _describe(location: tuple[int | str, ...], value: object, message: str) -> str:
    field = str(location[0])
    shown = "" if field in _SECRET else f" = {str(value)!r}"
    return f"{PREFIX}{field.upper()}{shown}: {message.removeprefix('Value error, ')}"
