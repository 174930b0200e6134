"""Logs every model to MLflow, registers the one that ships, and makes it champion if it passes the gate."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.card import ArtifactError, ModelCard, read_card
from barometer.checks.cases import functionality
from barometer.checks.suite import ChecklistSettings
from barometer.corpus.clean import RANDOM_SAMPLE, WRITTEN
from barometer.corpus.split import Split
from barometer.defaults import find_model
from barometer.models.base import Floats
from barometer.predictor import Predictor
from barometer.prevalence import from_calibration
from barometer.settings import RegisterSettings, Settings, load_settings, validate
from barometer.ship.gate import JudgedSet, answers, judge
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import ARTIFACT_PATH, RegisteredVersion, Registry
from barometer.ship.tracking import taking_turns
from barometer.ship.verdict import Verdict
from pipelines import paths
from pipelines.stages.registry_page import write_page
from pipelines.tables import flatten, read_json, read_labelled, read_split, write_json

PASSED, REFUSED, RELEASED = "passed", "refused", "released"


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


def first_champion(registry: Registry, settings: RegisterSettings) -> RegisteredVersion | None:
    """The champion; where there is none yet, the released model becomes it, unless `register.release` is null."""
    champion = registry.champion()
    if champion is not None or settings.release is None:
        return champion
    folder = find_model(settings.release)
    card = read_card(folder)
    run = registry.log_run("release", {}, {}, {ARTIFACT_PATH: folder}, {"model_version": card.version})
    reason = "the released model"
    version = registry.register(
        run, card.version, {"gate": RELEASED, "gate.reason": reason, **_origins("release", card)}
    )
    registry.promote(version, reason)
    return version


def _origins(corpus: str, card: ModelCard) -> dict[str, str]:
    """Tags that say what a version was made from."""
    snapshot = str(card.corpus.get("md5", ""))
    return {
        "corpus": corpus,
        "snapshot": snapshot,
        "data_version": card.data_version,
        "code_version": card.code_version,
    }


def judged_ids(split: Split, settings: Settings, learnt_from: frozenset[int]) -> dict[str, list[int]]:
    """The headlines of each set that judges: yardsticks at hand, the random sample, and the corpus's held-out parts.

    What the champion has learnt from judges no one. The written yardstick has to be there.

    Raises:
        RegistryError: if it is not.
    """
    if WRITTEN not in split.evaluation:
        raise RegistryError(f"no verdict without the yardstick data/{WRITTEN}, which is missing: `dvc pull data.dvc`")
    names = dict.fromkeys([*settings.corpus.yardsticks, WRITTEN, RANDOM_SAMPLE])
    sets = {name: split.evaluation[name] for name in names if name in split.evaluation}
    sets[f"held-out {settings.corpus.name}"] = split.test + split.temporal_test
    unseen = {name: [id_ for id_ in ids if id_ not in learnt_from] for name, ids in sets.items()}
    frozen, least = {*settings.corpus.yardsticks, WRITTEN}, settings.register_.min_headlines
    return {name: ids for name, ids in unseen.items() if ids and (name in frozen or len(ids) >= least)}


def judged_sets(
    ids: dict[str, list[int]], settings: Settings, challenger: Predictor, champion: Predictor | None, known: bool
) -> list[JudgedSet]:
    """What both models answer to the headlines of each set.

    `known` says whether it is known what the champion has learnt from. If not, it is compared on frozen sets only.
    """
    table, frozen = read_labelled(), {*settings.corpus.yardsticks, WRITTEN}
    sets = []
    for name, chosen in ids.items():
        rows, compared = table.loc[chosen], known or name in {*frozen, RANDOM_SAMPLE}
        rival = champion if compared else None
        strict = name in frozen or len(chosen) >= settings.register_.margin_headlines
        sets.append(_judged_set(name, rows, challenger, rival, strict))
    return sets


def _judged_set(
    name: str, rows: pd.DataFrame, challenger: Predictor, rival: Predictor | None, strict: bool
) -> JudgedSet:
    texts, labels = rows["text"].tolist(), rows["label"].to_numpy(dtype=np.int64)
    compared = None if rival is None else _answers(rival, texts)
    return JudgedSet(name, labels, _answers(challenger, texts), compared, strict)


def _answers(model: Predictor, texts: list[str]) -> Floats:
    return answers(model.predict_proba(texts), from_calibration(model.card.calibration))


def run_gate(registry: Registry, settings: Settings, champion: RegisteredVersion | None) -> Verdict:
    """Judge the trained model that ships against the champion, both scored now on the same headlines."""
    challenger = Predictor.load(paths.ARTIFACTS / settings.register_.model)
    learnt_from = registry.learnt_from(champion) if champion else frozenset()
    ids = judged_ids(read_split(), settings, learnt_from or frozenset())
    rival, words = None, "no champion"
    if champion is not None:
        with registry.download(champion) as folder:
            rival = Predictor.load(Path(folder))
        words = f"champion {champion.number} ({champion.model_version})"
    checklist = validate(ChecklistSettings, settings.experiment["checklist"], "experiment.checklist")
    return judge(
        judged_sets(ids, settings, challenger, rival, learnt_from is not None),
        words,
        functionality(challenger.predict_proba),
        checklist.minimum_functionality,
        settings.register_.margins,
        np.random.default_rng(settings.seed),
        settings.evaluate.bootstrap_samples,
        settings.evaluate.confidence,
    )


def verdict_tags(verdict: Verdict) -> dict[str, object]:
    """A verdict as flat tags: decision, reason, rival, yardsticks and every number."""
    decision = PASSED if verdict.passed else REFUSED
    words = {"reason": verdict.reason, "rival": verdict.rival, "yardsticks": ", ".join(verdict.yardsticks)}
    return {"gate": decision, **{f"gate.{key}": value for key, value in {**words, **verdict.numbers()}.items()}}


def register(settings: Settings) -> None:
    """Log, judge, register and perhaps promote; the verdict is kept in the registry and in two files.

    Raises:
        ArtifactError: if an artifact is missing or altered.
        RegistryError: if the registry cannot be reached, or there is nothing to judge by.
    """
    options = settings.register_
    registry = Registry(options.name, options.experiment)
    champion = first_champion(registry, options)
    runs = {name: log_model(registry, settings, name) for name in settings.model}
    split, run = read_split(), runs[options.model]
    registry.note_learnt_from(run, split.train + split.validation + split.auxiliary)
    verdict = run_gate(registry, settings, champion)
    card = read_card(paths.ARTIFACTS / options.model)
    tags = _origins(settings.corpus.name, card) | verdict_tags(verdict)
    version = registry.register(run, card.version, tags)
    if verdict.passed:
        registry.promote(version, f"passed the gate {verdict.reason}")
    write_json(
        paths.REGISTERED,
        {
            "name": registry.name,
            "version": {"number": version.number, "run_id": run, "model_version": card.version},
            "champion": verdict.passed,
            "reason": verdict.reason,
            "gate": verdict,
        },
    )
    write_page(registry)
    outcome = "is now champion" if verdict.passed else "is refused"
    print(f"{registry.name} version {version.number} ({card.version}) {outcome}: {verdict.reason}")


def main() -> None:
    """Run the stage; what a person can mend ends it with one line and status 2."""
    try:
        with taking_turns():
            register(load_settings())
    except (ArtifactError, RegistryError) as error:
        print(f"register: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
