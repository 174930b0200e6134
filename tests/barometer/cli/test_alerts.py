"""The commands about alerts as an operator runs them, with a receiver that accepts or refuses."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

Command = Callable[..., Result]
VARIABLES = {"SECRET": "whsec_plJ3nmyCDGBKInavdOK15jsl", "DEAD_URL": "http://127.0.0.1:1/token-9"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    """The address of a server that accepts every message but those to /refused."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(500 if self.path == "/refused" else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def conf(tmp_path: Path) -> Callable[..., str]:
    """Writes a file of alerts with a rule `stale` and these channels, by name and the variable of their address."""

    def write(**channels: str) -> str:
        path = tmp_path / "alerts.yaml"
        found = [{"name": name, "kind": "webhook", "url_from": variable, "secret_from": "SECRET"}
                 for name, variable in channels.items()]  # fmt: skip
        rules = [{"name": "stale", "kind": "stale"}]
        path.write_text(yaml.safe_dump({"rules": rules, "channels": found, "retry": {"tries": 1}}))
        return str(path)

    return write


def test_each_channel_is_tested_and_reported(command: Command, conf: Callable[..., str], receiver: str) -> None:
    config = conf(good="GOOD_URL", bad="BAD_URL", dead="DEAD_URL", unset="UNSET_URL")
    urls = {**VARIABLES, "GOOD_URL": receiver, "BAD_URL": receiver + "/refused"}
    done = command("alerts", "test", "--config", config, **urls)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["channel"], each["accepted"]) for each in found] == [
        ("good", True), ("bad", False), ("dead", False), ("unset", False),
    ]  # fmt: skip
    assert [each["error"] for each in found[:2]] == [None, "it answered 500"]
    assert found[3]["error"] == "UNSET_URL is not set" and "token-9" not in done.output
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "3 of 4 channels did not accept the test message: bad, dead, unset" in done.stderr
    one = command("alerts", "test", "--config", config, "--channel", "good", **urls)
    assert (one.exit_code, one.stdout.count("\n")) == (0, 1)


def test_missing_channels_are_one_line(command: Command, conf: Callable[..., str]) -> None:
    for words, expected in (
        ((), "names no channels; see docs/alerts.md"),
        (("--config", "none.yaml"), "no alerts file none.yaml; expected YAML such as conf/alerts/default.yaml"),
    ):
        done = command("alerts", "test", "--config", conf(), *words)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert expected in done.stderr
    unknown = command("alerts", "test", "--config", conf(a="A"), "--channel", "b")
    assert unknown.exit_code == 2 and "--channel b: unknown channel; expected one of a" in unknown.stderr


def test_check_and_list_tell_what_happened(
    command: Command, conf: Callable[..., str], receiver: str, sqlite_url: str
) -> None:
    config, store = conf(good="GOOD_URL", dead="DEAD_URL"), ("--database", sqlite_url)
    assert command("alerts", "list", *store).stdout == ""
    done = command("alerts", "check", "--config", config, *store, **VARIABLES, GOOD_URL=receiver)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0 and lines[0].startswith("alert stale: The barometer is stale.")
    assert lines[1].startswith("channel dead: cannot be reached: ") and lines[1].endswith("given up after 1 tries")
    assert command("alerts", "check", "--config", config, *store, **VARIABLES).stdout == "nothing new\n"
    listed = command("alerts", "list", "--state", "given_up", *store).stdout
    [event] = [json.loads(line) for line in listed.splitlines()]
    assert (event["alert"], event["ended_at"], event["facts"]["refreshed_at"]) == ("stale", None, None)
    assert [(told["channel"], told["state"]) for told in event["deliveries"]] == [
        ("dead", "given_up"), ("good", "delivered"),
    ]  # fmt: skip
    assert command("alerts", "list", "--state", "held", *store).stdout == ""
    assert "token-9" not in listed
