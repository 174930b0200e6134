"""The manifests: valid by the API's own schemas, of one piece, and about what images and services really have."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute
from kubernetes_validate.utils import ValidationError
from typer.testing import CliRunner

from barometer.cli.main import app as cli
from barometer.predictor import Predictor
from serve.api.data_api import create_data_api
from serve.api.model_api import create_model_api
from serve.api.settings import PREFIX, AppSettings, read_environment
from serve.api.store import store_opener
from serve.app.application import create_app

DEPLOY = Path(__file__).resolve().parents[3] / "serve" / "deploy"
FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
VERSIONS = ("1.29", "1.37")  # the oldest that is promised, and the newest that the schemas know
NAME = "app.kubernetes.io/name"
Manifest = dict[str, Any]


def read_manifests() -> dict[str, Manifest]:
    """What kustomization.yaml lists and the secret's template, by `Kind/name`."""
    texts = [(FOLDER / name).read_text() for name in (*KUSTOMIZATION["resources"], "secret.example.yaml")]
    found = [manifest for text in texts for manifest in yaml.safe_load_all(text)]
    return {f"{manifest['kind']}/{manifest['metadata']['name']}": manifest for manifest in found}


MANIFESTS = read_manifests()
SERVICES = ("model", "data", "app")


def of_kind(*kinds: str) -> Iterator[Manifest]:
    return (manifest for manifest in MANIFESTS.values() if manifest["kind"] in kinds)


def pods() -> Mapping[str, Manifest]:
    return {pod["metadata"]["name"]: pod["spec"]["template"] for pod in of_kind("Deployment", "Job")}


def containers() -> dict[str, Manifest]:
    """Every container by `pod/name`, those that run before the others included."""
    specs = {name: pod["spec"] for name, pod in pods().items()}
    return {
        f"{pod}/{container['name']}": container
        for pod, spec in specs.items()
        for container in (*spec.get("initContainers", []), *spec["containers"])
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest_is_valid_and_strict(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_unknown_fields_are_refused() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(MANIFESTS["Deployment/model"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_kustomize_builds_every_manifest() -> None:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    done = subprocess.run(["kubectl", "kustomize", FOLDER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = {f"{one['kind']}/{one['metadata']['name']}": one for one in yaml.safe_load_all(done.stdout)}
    assert built.keys() == MANIFESTS.keys() - {"Secret/barometer"}
    for manifest in built.values():
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
    assert all(one["metadata"]["namespace"] == "barometer" for kind, one in built.items() if kind[:4] != "Name")
    images = {one["name"]: f"{one['newName']}:{one['newTag']}" for one in KUSTOMIZATION["images"]}
    used = {spec["image"] for pod in built.values() for spec in _containers_of(pod)}
    assert used == set(images.values())


def _containers_of(manifest: Manifest) -> list[Manifest]:
    spec = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return [*spec.get("initContainers", []), *spec.get("containers", [])]


def test_selectors_match_pods_and_targets() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    for deployment in of_kind("Deployment"):
        assert deployment["spec"]["selector"]["matchLabels"] == labels[deployment["metadata"]["name"]]
    for name in SERVICES:
        assert MANIFESTS[f"Service/{name}"]["spec"]["selector"] == labels[name]
        assert MANIFESTS[f"PodDisruptionBudget/{name}"]["spec"]["selector"]["matchLabels"] == labels[name]
        scaler = MANIFESTS[f"HorizontalPodAutoscaler/{name}"]["spec"]
        assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
        assert "replicas" not in MANIFESTS[f"Deployment/{name}"]["spec"]  # the autoscaler's to decide
        assert MANIFESTS[f"PodDisruptionBudget/{name}"]["spec"]["minAvailable"] < scaler["minReplicas"]
    adapter = yaml.safe_load((FOLDER / "prometheus-adapter.yaml").read_text())
    [metric] = {scaler["spec"]["metrics"][0]["pods"]["metric"]["name"] for scaler in of_kind("HorizontalPodAutoscaler")}
    assert [rule["name"]["as"] for rule in adapter["rules"]["custom"]] == [metric]


def test_ports_and_prefixes_agree() -> None:
    settings = AppSettings()
    rules = MANIFESTS["Ingress/barometer"]["spec"]["rules"][0]["http"]["paths"]
    prefixes = {path["backend"]["service"]["name"]: path["path"] for path in rules}
    for name in SERVICES:
        container = containers()[f"{name}/{name}"]
        [port] = container["ports"]
        assert port["containerPort"] == getattr(settings, f"{name}_port")
        probes = [container[f"{probe}Probe"]["httpGet"]["port"] for probe in ("startup", "liveness", "readiness")]
        [service_port] = MANIFESTS[f"Service/{name}"]["spec"]["ports"]
        assert {*probes, service_port["targetPort"], port["name"]} == {"http"}
        assert pods()[name]["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
        assert container["env"] == [{"name": "BAROMETER_ROOT_PATH", "value": prefixes[name]}]
    assert prefixes.keys() == set(SERVICES)


def test_probed_paths_are_real_routes(sqlite_url: str) -> None:
    settings, store = AppSettings(), store_opener(sqlite_url)
    apis = (create_model_api(settings, Predictor.load), create_data_api(settings, store))
    routes = dict(zip(("model", "data"), map(_paths, apis), strict=True))

    async def app_paths() -> set[str]:  # in a loop, as Gradio makes one for each of its locks where none runs
        return _paths(create_app(settings, store, Predictor.load))

    routes["app"] = asyncio.run(app_paths())
    for name, known in routes.items():
        container = containers()[f"{name}/{name}"]
        asked = {container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
        assert asked | {pods()[name]["metadata"]["annotations"]["prometheus.io/path"]} <= known


def _paths(app: FastAPI) -> set[str]:
    return {route.path for route in app.routes if isinstance(route, APIRoute)}


@pytest.mark.parametrize("name", containers())
def test_command_and_image_exist(name: str) -> None:
    container = containers()[name]
    program, *words = container["command"]
    assert program == "barometer"
    assert CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0
    target = container["image"].removeprefix("barometer-")
    assert f" AS {target}\n" in (DEPLOY / "Dockerfile").read_text()
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= set(re.findall(r"--[a-z-]+", CliRunner().invoke(cli, [*words, "--help"]).output))


def test_environment_is_what_settings_read(monkeypatch: pytest.MonkeyPatch) -> None:
    config, secret = MANIFESTS["ConfigMap/barometer"]["data"], MANIFESTS["Secret/barometer"]["stringData"]
    known = {PREFIX + name.upper() for name in AppSettings.model_fields} | {"MLFLOW_TRACKING_URI"}
    for name in SERVICES:
        given = {**config, **secret} | {one["name"]: one["value"] for one in containers()[f"{name}/{name}"]["env"]}
        assert given.keys() <= known
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        settings = read_environment(AppSettings)
        assert settings.database_url.get_secret_value() == secret["BAROMETER_DATABASE_URL"]
        assert str(settings.model) == config["BAROMETER_MODEL"]
    folders = {word for one in containers().values() for word in one["command"] if word.startswith("--folder=")}
    assert folders == {f"--folder={config['BAROMETER_MODEL']}"}


@pytest.mark.parametrize("name", containers())
def test_container_is_hardened_and_bounded(name: str) -> None:
    pod, container = pods()[name.partition("/")[0]]["spec"], containers()[name]
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert pod["securityContext"]["runAsNonRoot"] is True
    uid = pod["securityContext"]["runAsUser"]
    assert f"useradd --uid {uid} " in (DEPLOY / "Dockerfile").read_text()
    assert (pod["enableServiceLinks"], pod["automountServiceAccountToken"]) == (False, False)
    assert container["resources"]["requests"].keys() == {"cpu", "memory"} and container["resources"]["limits"]["memory"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts["tmp"] == "/tmp"  # HOME of the image
    assert mounts.keys() <= {volume["name"] for volume in pod["volumes"] if volume["emptyDir"]["sizeLimit"]}


def test_shutdown_outlives_open_requests() -> None:
    for name in SERVICES:
        wait = int(containers()[f"{name}/{name}"]["lifecycle"]["preStop"]["exec"]["command"][1])
        assert pods()[name]["spec"]["terminationGracePeriodSeconds"] >= wait + AppSettings().shutdown_seconds
