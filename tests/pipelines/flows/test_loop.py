"""The whole human loop on real servers: news to annotators, answers back, retrained, refused, promoted, rolled back."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from barometer.card import read_card
from barometer.corpus.snapshots import content_md5
from barometer.headline import headline_id
from barometer.labels import CLASS_NAMES
from barometer.live.demo_feeds import serve_folder, write_feeds

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("prefect_server"),
    # Prefect's client leaves connections to the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
NEWS, FIRST = 220, 150  # headlines in the feed, and those of them that are answered before the first retraining
SETTINGS: dict[str, dict[str, Any]] = {
    "sample": {"k": NEWS, "random_share": 0.4},
    "annotation": {"maximum_annotations": 1, "retry_after_seconds": []},
    "refresh": {"retry_after_seconds": []},
    "drift": {"reference": "nowhere"},
    "retrain": {
        "new_labels": 40,
        "corpora": ["demo"],
        "remote": "in-repo",
        # tf-idf ships, from few headlines. On so few the interval of the index error is wider than the margin of
        # production; the other margins are those.
        "overrides": [
            "register.model=tfidf",
            "register.min_headlines=20",
            "register.margins.index_error=0.1",
            "model.bert.epochs=1",
        ],
    },
}
REGISTER = """
import sys
from pathlib import Path
from barometer.card import read_card
from barometer.ship.registry import ARTIFACT_PATH, Registry
registry, artifact = Registry("crypto-news-barometer", "barometer"), Path(sys.argv[1])
run = registry.log_run("release", {}, {}, {ARTIFACT_PATH: artifact}, {})
registry.promote(registry.register(run, read_card(artifact).version, {"gate": "released"}), "the released model")
"""


@pytest.fixture
def project(
    make_project: Callable[[], Any], track: Any, label_studio: Any, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A checkout, which is the working folder and serves its champion; the environment names store and servers."""
    made = make_project()
    made.environment |= {"BAROMETER_DATABASE_URL": postgresql_url, "BAROMETER_MODEL": "champion"}
    made.environment |= {"LABEL_STUDIO_URL": label_studio.url, "LABEL_STUDIO_TOKEN": label_studio.token}
    monkeypatch.chdir(made.folder)
    with track("proxied") as variables:
        made.environment |= variables
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def news(headlines: list[tuple[str, int]], tmp_path: Path) -> Iterator[str]:
    """The address of a feed."""
    rows = [(title, "news.example") for title, _ in headlines[:NEWS]]
    (file,) = write_feeds(rows, tmp_path / "feed", datetime.now(UTC), timedelta(days=2)).values()
    with serve_folder(file.parent) as base:
        yield f"{base}/{file.name}"


@pytest.fixture
def config(news: str, tmp_path: Path) -> Path:
    """The settings of the schedule."""
    feeds, config = tmp_path / "feeds.yaml", tmp_path / "schedule.yaml"
    feeds.write_text(yaml.safe_dump({"addresses": [news], "fetch": {"allow_hosts": ["127.0.0.1"]}}))
    config.write_text(yaml.safe_dump({"feeds": str(feeds)} | SETTINGS))
    return config


def barometer(project: Any, *words: str) -> str:
    return str(project.run("python", "-m", "barometer.cli.main", *words).stdout)


class Annotators:
    """Three people who share the tasks, and what they answered."""

    def __init__(self, server: Any, project: int, headlines: list[tuple[str, int]]) -> None:
        truth = {str(headline_id(text)): CLASS_NAMES[label] for text, label in headlines}
        tasks = server.owner().ask("GET", "/api/tasks/", params={"project": project, "page_size": 500})["tasks"]
        self.tasks = sorted(task["id"] for task in tasks)
        self.right = [truth[task["data"]["title_id"]] for task in sorted(tasks, key=lambda task: int(task["id"]))]
        self.people = [server.person(name) for name in ("ann", "bob", "cem")]
        self.answers: dict[int, int] = {}

    def who(self, n: int) -> Any:
        return self.people[n % len(self.people)]

    def answer(self, chosen: range, *, rightly: bool) -> None:
        """Answer some tasks, or change what was answered; wrong answers are the next class."""
        for n in chosen:
            name = self.right[n] if rightly else CLASS_NAMES[(CLASS_NAMES.index(self.right[n]) + 1) % len(CLASS_NAMES)]
            if n in self.answers:
                self.who(n).edit(self.answers[n], name)
            else:
                self.answers[n] = self.who(n).answer(self.tasks[n], name)


def test_labels_become_the_served_model(
    project: Any, config: Path, label_studio: Any, postgresql_url: str, headlines: list[tuple[str, int]],
    weaker_artifact: Path, shown: Callable[[str], str | None],
) -> None:  # fmt: skip
    from prefect.artifacts import Artifact

    from pipelines.flows import flows

    released, link = read_card(weaker_artifact).version, Path("outputs/served")
    project.run("python", "-c", REGISTER, str(weaker_artifact))
    barometer(project, "model", "pull")
    number = int(re.findall(r"/projects/(\d+)", barometer(project, "annotation", "setup", "--config", str(config)))[0])
    done = flows.refresh(config)
    assert (done.new, done.scored, done.sampled, shown(postgresql_url)) == (NEWS, NEWS, NEWS, released)

    staff = Annotators(label_studio, number, headlines)
    assert len(staff.tasks) == NEWS
    staff.answer(range(FIRST), rightly=False)
    staff.answer(range(1), rightly=True)  # an edit
    staff.who(1).ask("DELETE", f"/api/annotations/{staff.answers.pop(1)}/")
    staff.who(2).edit(staff.answers[2], skip=True)
    staff.who(3).edit(staff.answers[3])  # empty
    pulled = flows.annotation_pull(config)
    assert pulled is not None
    assert (pulled.new, [bad.annotation_id for bad in pulled.bad]) == (FIRST - 3, [staff.answers[3]])

    assert flows.retrain(config) == "refused"
    refused = json.loads(barometer(project, "model", "show", "challenger"))
    assert (refused["version"], refused["gate"]) == ("2", "refused")
    assert "accuracy" in refused["reason"] and "yardstick-written" in refused["reason"]
    artifact = Artifact.get("retrain")
    assert artifact is not None and f"{FIRST - 3} newly labelled headlines" in str(artifact.data)
    assert read_card(link).version == shown(postgresql_url) == released
    assert flows.retrain(config) == "no reason"

    staff.answer(range(NEWS), rightly=True)
    pulled = flows.annotation_pull(config)
    assert pulled is not None and (pulled.new, pulled.bad) == (NEWS, [])
    assert flows.retrain(config) == "served"
    champion = json.loads(barometer(project, "model", "show"))
    assert (champion["version"], champion["gate"]) == ("3", "passed")
    assert {"yardstick-written", "random_sample"} <= set(champion["tags"]["gate.yardsticks"].split(", "))
    assert champion["model_version"] == read_card(link).version == shown(postgresql_url) != released

    # The card names the corpus, and with nothing else somebody gets it from the remote.
    corpus = champion["card"]["corpus"]
    assert corpus == {"name": "live", "path": f"snapshots/{corpus['md5']}.csv", "md5": corpus["md5"]}
    assert champion["card"]["data_version"] == f"{content_md5(Path('data'))}+{corpus['md5']}"
    shutil.rmtree("snapshots")
    shutil.rmtree(project.folder / ".dvc" / "cache" / "files" / "md5" / corpus["md5"][:2])
    assert barometer(project, "snapshot", corpus["path"], "--remote", "in-repo") == f"{corpus['path']}\n"
    assert content_md5(Path(corpus["path"])) == corpus["md5"]

    barometer(project, "model", "use", "1", "--reason", "rolled back")
    assert flows.refresh(config).scored == 0  # it scored all of them before
    assert read_card(link).version == shown(postgresql_url) == released
