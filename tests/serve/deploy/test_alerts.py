"""Alert rules, scrape configuration and dashboard: accepted by Prometheus, and about metrics that are there."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from barometer.live.records import FeedState
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.feeds import save_feeds
from barometer.live.store.standing import activate_version, record_run
from barometer.predictor import Predictor
from serve.api.data_api import create_data_api
from serve.api.model_api import create_model_api
from serve.api.settings import ApiSettings, AppSettings
from serve.api.store import store_opener

HERE = Path(__file__).parent
DEPLOY = HERE.parents[2] / "serve" / "deploy"
ALERTS = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana.json").read_text())
ADAPTER = yaml.safe_load((DEPLOY / "kubernetes" / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)

Selector = tuple[str, list[tuple[str, str, str]]]
Exported = Mapping[str, list[Mapping[str, str]]]


def expressions() -> dict[str, str]:
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    found |= {
        f"{panel['title']}: {target['legendFormat']}": target["expr"]
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    }
    found |= {rule["name"]["as"]: rule["seriesQuery"] for rule in ADAPTER}
    for variable in DASHBOARD["templating"]["list"][1:]:
        found[f"${variable['name']}"] = re.fullmatch(r"label_values\((.+), \w+\)", variable["definition"])[1]  # type: ignore[index]
    return found


def selectors(expression: str) -> list[Selector]:
    """The metrics that an expression reads, each with its matchers (label, operator, value)."""
    text = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)|\[[^\]]+\]", " ", _unquoted_values(expression))
    found = []
    for name, matchers, call in re.findall(r"\b([a-zA-Z_]\w*)\s*(?:\{([^}]*)\}|(\())?", text):
        if not call and name not in {"and", "or", "unless", "bool"}:
            values = re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers)
            found.append(
                (name, [(label, operator, bytes.fromhex(value).decode()) for label, operator, value in values])
            )
    return found


def _unquoted_values(text: str) -> str:
    """Quoted values in hexadecimal, so that nothing in them looks like syntax."""
    return re.sub(r'"([^"]*)"', lambda match: f'"{match[1].encode().hex()}"', text)


MATCHES: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}
# Labels that Prometheus adds, and variables of the dashboard by their first values.
SCRAPED = {"job", "instance", "namespace", "pod"}
VARIABLES = {"$window": "24h", "$coin": "all"}


@pytest.fixture(scope="module")
def exported(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, save_scored: Callable[..., list[int]]
) -> Iterator[Exported]:
    """The samples of both services after some requests, by name: the model API without a model, the store filled."""
    path = tmp_path_factory.mktemp("exported") / "barometer.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    save_scored(engine, "shown", [(NOW - timedelta(hours=1), 0.7, ("BTC",))])
    with writing(engine) as connection:
        activate_version(connection, "shown", NOW)
        record_run(connection, "crawl", NOW)
        record_run(connection, "score", NOW)
        save_feeds(connection, [FeedState("https://a.example/rss", next_poll_at=NOW)])
    engine.dispose()
    settings = ApiSettings(model=path.parent / "nowhere")
    data = create_data_api(settings, store_opener(f"sqlite:///{path}"), clock=lambda: NOW)
    samples: dict[str, list[Mapping[str, str]]] = {"up": [{}]}
    with ExitStack() as stack:
        for app, asked in ((data, "/v1/news"), (create_model_api(settings, Predictor.load), "/")):
            client = stack.enter_context(TestClient(app))
            client.get(asked)
            for family in text_string_to_metric_families(client.get("/metrics").text):
                for sample in family.samples:
                    samples.setdefault(sample.name, []).append(sample.labels)
        yield samples


@pytest.mark.parametrize("name", expressions())
def test_expression_finds_real_samples(name: str, exported: Exported) -> None:
    read = selectors(expressions()[name])
    assert read
    for metric, matchers in read:
        assert metric in exported
        for label, operator, wanted in matchers:
            value = VARIABLES.get(wanted, wanted)
            known = [labels[label] for labels in exported[metric] if label in labels]
            assert label in SCRAPED or any(MATCHES[operator](found, value) for found in known), (metric, label, wanted)


def test_selectors_are_read_whole() -> None:
    text = 'sum by (a) (rate(x_total{p!~"/a.*|by (b)", q="}"}[5m])) > 0.2 and on (c) up == 1 unless y{}'
    assert selectors(text) == [("x_total", [("p", "!~", "/a.*|by (b)"), ("q", "=", "}")]), ("up", []), ("y", [])]


@pytest.mark.parametrize(
    "words", [("check", "config", DEPLOY / "prometheus.yaml"), ("test", "rules", HERE / "alerts.test.yaml")]
)
def test_promtool_accepts_and_tries_rules(words: tuple[str, ...]) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried_both_ways() -> None:
    tried = yaml.safe_load((HERE / "alerts.test.yaml").read_text())["tests"]
    cases = [case for test in tried for case in test["alert_rule_test"]]
    names = sorted(rule["alert"] for rule in RULES)
    assert sorted({case["alertname"] for case in cases if case.get("exp_alerts")}) == names
    assert sorted({case["alertname"] for case in cases if not case.get("exp_alerts")}) == names


def test_every_service_is_scraped() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    settings = AppSettings()
    ports = {"model": settings.model_port, "data": settings.data_port, "app": settings.app_port}
    assert jobs == {service: [f"{service}:{port}"] for service, port in ports.items()}
    assert jobs.keys() <= yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].keys()
    named = {wanted for rule in RULES for _, matchers in selectors(rule["expr"]) for label, _, wanted in matchers
             if label == "job"}  # fmt: skip
    assert {job for wanted in named for job in wanted.split("|")} == jobs.keys()


def test_dashboard_has_room_for_every_panel() -> None:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not any(_overlap(*pair) for pair in combinations(places, 2))
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(DASHBOARD)))
    assert used == variables
    assert all(target["datasource"]["uid"] == "${datasource}" for panel in panels for target in panel["targets"])


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
    return across and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]
