"""Alerts as the last step of a refresh: told in passing, and never a reason for it to fail."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from pipelines.flows import steps
from pipelines.flows.once import refresh_once
from pipelines.flows.settings import load_production

Configure = Callable[..., Path]
LEVEL = {"name": "any", "kind": "level", "below": 100, "least": 1}


@pytest.fixture
def alerts_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Writes a file of alerts with these rules and a webhook, and gives the section of the schedule that names it."""

    def write(url: str, **changes: Any) -> dict[str, str]:
        monkeypatch.setenv("OPS_URL", url)
        monkeypatch.setenv("OPS_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl")
        channel = {"name": "ops", "kind": "webhook", "url_from": "OPS_URL", "secret_from": "OPS_SECRET"}
        path = tmp_path / "alerts.yaml"
        path.write_text(yaml.safe_dump({"rules": [LEVEL], "channels": [channel]} | changes))
        return {"config": str(path)}

    return write


def test_refresh_tells_what_it_sees(
    configure: Configure, alerts_file: Any, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        work = load_production(configure(sqlite_url, alerts=alerts_file(url)))
        refresh_once(work)
        thread.join()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].startswith("alert any: Barometer below 100. Barometer of the last 24 hours: ")
    assert lines[-2] == "1 messages delivered" and lines[-1].startswith("barometer of 24 hours: ")
    refresh_once(work)
    assert not any("alert" in line or "delivered" in line for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, "channel ops: cannot be reached: "), ({"rules": [{"name": "x"}]}, "alerts were not looked at: ")],
)
def test_broken_alerts_fail_no_refresh(
    configure: Configure,
    alerts_file: Any,
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    expected: str,
) -> None:
    refresh_once(load_production(configure(sqlite_url, alerts=alerts_file("http://127.0.0.1:1", **changes))))
    shown = capsys.readouterr()
    assert expected in shown.out + shown.err
    assert shown.out.splitlines()[-1].startswith("barometer of 24 hours: ")


def test_folder_without_alerts_watches_nothing(configure: Configure, sqlite_url: str, in_folder: Path) -> None:
    assert steps.alerts(load_production(configure(sqlite_url))) is None
