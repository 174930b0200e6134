"""Logs every model to MLflow, registers the one that ships, and promotes it to champion if it passes the gate."""

from pathlib import Path

import numpy as np

from barometer.card import read_card
from barometer.checks.cases import functionality
from barometer.checks.suite import ChecklistSettings
from barometer.corpus.split import Split
from barometer.models.base import Floats
from barometer.predictor import Predictor
from barometer.release import find_model
from barometer.settings import Settings, load_settings, validate
from barometer.ship.gate import GateResult, gate, majority_baseline, with_functionality
from barometer.ship.registry import ARTIFACT_PATH, Registry
from pipelines import paths
from pipelines.tables import flatten, read_json, read_labelled, read_split, write_json


def log_model(registry: Registry, settings: Settings, name: str) -> str:
    """Log one model's parameters, metrics, plots and artifact; returns the run's id."""
    params = settings.model_dump(by_alias=True)
    params["model"] = {name: params["model"][name]}
    reports = paths.reports(settings.corpus.name) / "evaluate" / name
    card = read_card(paths.ARTIFACTS / name)
    return registry.log_run(
        f"{settings.corpus.name}-{name}",
        flatten(params),
        flatten(read_json(reports / "metrics.json")),
        {ARTIFACT_PATH: paths.ARTIFACTS / name, "reports": reports},
        {"model": name, "corpus": settings.corpus.name, "model_version": card.version, "code": card.code_version},
    )


def yardstick(settings: Settings, split: Split) -> tuple[str, list[int]]:
    """The first available yardstick, and its headlines; else the held-out parts of the corpus."""
    for name in settings.corpus.yardsticks:
        if name in split.evaluation:
            return name, split.evaluation[name]
    return "the held-out parts", split.test + split.temporal_test


def run_gate(registry: Registry, settings: Settings) -> tuple[GateResult, str, str]:
    """Compare the challenger with the champion on a yardstick; returns the result, the rival and the yardstick.

    Without a champion the rival is `register.release`, or the class shares where that is null.
    """
    table, split = read_labelled(), read_split()
    where, ids = yardstick(settings, split)
    rows = table.loc[ids]
    labels, texts = rows["label"].to_numpy(), rows["text"].tolist()
    rng = np.random.default_rng(settings.seed)
    challenger = Predictor.load(paths.ARTIFACTS / settings.register_.model).predict_proba(texts)
    name, rival = _rival(registry, settings.register_.release, texts)
    if rival is None:
        rival = majority_baseline(table.loc[split.train, "label"].to_numpy(), len(texts))
    samples = settings.evaluate.bootstrap_samples
    return gate(labels, challenger, rival, rng, samples, settings.evaluate.confidence), name, where


def _rival(registry: Registry, released: str | None, texts: list[str]) -> tuple[str, Floats | None]:
    """What the challenger is compared with, and its probabilities; None stands for the class shares."""
    champion = registry.champion()
    if champion is not None:
        with registry.download(champion) as folder:
            found = Predictor.load(Path(folder)).predict_proba(texts)
        return f"champion {champion.number} ({champion.model_version})", found
    if released:
        release = Predictor.load(find_model(released))
        return f"the released model ({release.version})", release.predict_proba(texts)
    return "the majority class (there is no champion yet)", None


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    checklist = validate(ChecklistSettings, settings.experiment["checklist"], "experiment.checklist")
    registry = Registry(settings.register_.name, settings.register_.experiment)
    runs = {name: log_model(registry, settings, name) for name in settings.model}
    shipped = settings.register_.model
    result, rival, where = run_gate(registry, settings)
    failing = functionality(Predictor.load(paths.ARTIFACTS / shipped).predict_proba)
    result = with_functionality(result, failing, checklist.minimum_functionality)
    version = registry.register(runs[shipped], read_card(paths.ARTIFACTS / shipped).version)
    if result.passed:
        registry.promote(version)
    write_json(
        paths.REGISTERED,
        {
            "name": registry.name,
            "version": version,
            "against": rival,
            "on": where,
            "champion": result.passed,
            "gate": result,
        },
    )
    verdict = "is now champion" if result.passed else "stays challenger"
    model = f"{registry.name} version {version.number} ({version.model_version})"
    print(f"{model} {verdict}: {result.sentence(rival, where)}")


if __name__ == "__main__":
    main()
