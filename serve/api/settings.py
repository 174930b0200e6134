"""Settings of both APIs: the one place where their environment is read. Every variable begins with BAROMETER_."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from barometer.release import FAST, find_model

PREFIX = "BAROMETER_"
_SECRET = {"database_url"}

Port = Annotated[int, Field(ge=0, lt=2**16)]
Count = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class ApiSettingsError(ValueError):
    """A variable of the environment has a value that the APIs cannot use."""


class ApiSettings(BaseSettings):
    """What a deployment may choose; the variable of a field is its name in capitals after BAROMETER_.

    Attributes:
        host: address that both services listen on; model_port, data_port: their ports, 0 takes a free one.
        model: the released model (fast), or the folder of a model artifact or a link to one; what it names may
            change while the service runs.
        model_poll_seconds: how often the folder is looked at.
        score_threads: single titles scored at once; all cores if not given.
        max_waiting: requests that may wait for the model before others are turned away with 503.
        database_url: where headlines and scores are stored.
        stale_hours: the age of the last refresh from which answers say that they are stale; twice the schedule.
        cors_origins: web pages that browsers let call the services, separated by commas; `*` is any.
        rate_per_second, rate_burst: requests that one client address may make steadily, and at once.
        max_body_bytes: the largest body of a request; body_seconds: how long a client may take to send it.
        max_connections: connections open at once before others are turned away with 503.
        shutdown_seconds: how long open requests may take to finish when the service is stopped.
        trusted_proxies: addresses whose X-Forwarded-For names the client, separated by commas.
        log_level, log_format: `json` for machines, `console` for people.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", protected_namespaces=())

    host: str = "127.0.0.1"
    model_port: Port = 8001
    data_port: Port = 8002
    model: Annotated[Path, AfterValidator(find_model)] = Field(default=Path(FAST), validate_default=True)
    model_poll_seconds: Seconds = 5.0
    score_threads: Count | None = None
    max_waiting: Count = 512
    database_url: SecretStr = SecretStr("sqlite:///outputs/barometer.db")
    stale_hours: Annotated[float, Field(gt=0)] = 12.0
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    rate_per_second: Annotated[float, Field(gt=0, le=1e6)] = 100.0
    rate_burst: Count = 200
    max_body_bytes: Count = 1_000_000
    body_seconds: Seconds = 10.0
    max_connections: Count = 1_000
    shutdown_seconds: Count = 30
    trusted_proxies: str = "127.0.0.1"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and (not origin.startswith(("http://", "https://")) or origin.endswith("/")):
                raise ValueError(f"{origin!r} is no origin; expected * or one such as https://example.org, no final /")
        return value


S = TypeVar("S", bound=ApiSettings)


def load_api_settings() -> ApiSettings:
    """Read the settings of the APIs from the environment; raises as `read_environment` does."""
    return read_environment(ApiSettings)


def read_environment(schema: type[S]) -> S:
    """Read settings from the environment.

    Raises:
        ApiSettingsError: naming every variable with a bad value, the value, and what was expected; secrets are
            named without their value.
    """
    try:
        return schema()
    except ValidationError as error:
        raise ApiSettingsError("; ".join(_describe(e["loc"], e["input"], e["msg"]) for e in error.errors())) from None


def _describe(location: tuple[int | str, ...], value: object, message: str) -> str:
    field = str(location[0])
    shown = "" if field in _SECRET else f" = {str(value)!r}"
    return f"{PREFIX}{field.upper()}{shown}: {message.removeprefix('Value error, ')}"
