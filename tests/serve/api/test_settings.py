from pathlib import Path

import pytest

from serve.api.settings import ApiSettings, ApiSettingsError, McpSettings, read_environment


def test_variables_of_the_environment_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_MODEL", "/models/current")
    monkeypatch.setenv("BAROMETER_MODEL_PORT", "9001")
    monkeypatch.setenv("BAROMETER_CORS_ORIGINS", "https://a.example, http://localhost:7860")
    monkeypatch.setenv("BAROMETER_MIRROR", "this belongs to another command")
    settings = read_environment(ApiSettings)
    assert (settings.model, settings.model_port) == (Path("/models/current"), 9001)
    assert settings.cors_origins == ("https://a.example", "http://localhost:7860")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("BAROMETER_DATA_PORT", "65536", "less than 65536"),
        ("BAROMETER_DATA_PORT", "http", "valid integer"),
        ("BAROMETER_RATE_PER_SECOND", "0", "greater than 0"),
        ("BAROMETER_RATE_PER_SECOND", "nan", "less than or equal to 1000000"),
        ("BAROMETER_CORS_ORIGINS", "example.org", "https://example.org"),
        ("BAROMETER_LOG_LEVEL", "loud", "'debug', 'info'"),
    ],
)
def test_error_names_variable_value_and_expectation(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ApiSettingsError) as caught:
        read_environment(ApiSettings)
    message = str(caught.value)
    assert message.startswith(f"{variable} = '{value}': ")
    assert expected in message


def test_hosts_are_names_without_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_MCP_HOSTS", "mcp, example.org,[::2]")
    assert read_environment(McpSettings).mcp_hosts == ("mcp", "example.org", "[::2]")
    monkeypatch.setenv("BAROMETER_MCP_HOSTS", "example.org:80")
    with pytest.raises(ApiSettingsError, match=r"'example\.org:80' is no host name; expected one such as example.org"):
        read_environment(McpSettings)


def test_all_bad_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_RATE_BURST", "-1")
    monkeypatch.setenv("BAROMETER_LOG_FORMAT", "xml")
    with pytest.raises(ApiSettingsError, match=r"BAROMETER_RATE_BURST .*BAROMETER_LOG_FORMAT "):
        read_environment(ApiSettings)


def test_database_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_DATABASE_URL", "postgresql://me:secret@db/news")
    settings = read_environment(ApiSettings)
    assert "secret" not in repr(settings)
    assert settings.database_url.get_secret_value().startswith("postgresql://me:secret")
