"""Exports one trained model into a model artifact: `python -m pipelines.stages.export MODEL`."""

import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from barometer.card import MODEL, TOKENIZER, ModelCard
from barometer.corpus.split import Split
from barometer.models.base import Floats, model_kind
from barometer.models.tfidf import TfidfClassifier
from barometer.models.transformer import TransformerClassifier
from barometer.predictor import Predictor
from barometer.settings import Settings, load_settings
from barometer.ship import export
from barometer.ship.artifact import write_artifact
from pipelines import paths
from pipelines.tables import probabilities_of, read_json, read_labelled, read_table, write_json


class _Source:
    """What a graph is held against: texts of the test part, their labels and the source model's probabilities."""

    def __init__(self, name: str) -> None:
        predictions = read_table(paths.PREDICTIONS / f"{name}.csv")
        test = predictions[predictions["part"] == "test"]
        self.texts: list[str] = read_labelled().loc[test["id"], "text"].tolist()
        self.labels = test["label"].to_numpy()
        self.probabilities: Floats = probabilities_of(test)


def data_version(data_file: Path = Path("data.dvc")) -> str:
    """The digest that DVC gives to the raw corpora."""
    return str(yaml.safe_load(data_file.read_text(encoding="utf-8"))["outs"][0]["md5"])


def code_version() -> str:
    """The git commit of the code, or `unknown` outside a repository."""
    try:
        return subprocess.check_output(["git", "rev-parse", "HEAD"], text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


class _Exporter:
    """Writes artifacts of one model and scores candidate graphs exactly as production will."""

    def __init__(self, name: str, settings: Settings, work: Path) -> None:
        self.name, self.settings, self.work = name, settings, work
        self.calibration: dict[str, Any] = read_json(paths.MODELS / name / "calibration.json")
        self.temperatures = (self.calibration["temperature"], self.calibration["news_temperature"])
        self.source = _Source(name)

    def write(self, folder: Path, graph: Path, precision: str, parity: dict[str, Any]) -> ModelCard:
        tokenizer = paths.MODELS / self.name / TOKENIZER
        reads_tokens = tokenizer.exists()
        return write_artifact(
            folder,
            {MODEL: graph} | ({TOKENIZER: tokenizer} if reads_tokens else {}),
            name=self.name,
            model_input="tokens" if reads_tokens else "text",
            max_length=self.settings.backbone.max_length if reads_tokens else None,
            precision=precision,
            calibration=self.calibration,
            metrics=read_json(_metrics(self.settings, self.name)),
            parity=parity,
            data_version=data_version(),
            code_version=code_version(),
        )

    def score(self, graph: Path) -> Floats:
        folder = self.work / "candidate"
        self.write(folder, graph, "candidate", {})
        return Predictor.load(folder).predict_proba(self.source.texts)

    def validation_texts(self) -> list[str]:
        split = Split(**read_json(paths.SPLIT))
        texts: list[str] = read_labelled().loc[split.validation, "text"].tolist()
        return texts

    def fp32_parity(self, graph: Path) -> export.Parity:
        parity = export.compare(self.source.probabilities, self.score(graph), self.source.labels)
        export.check_fp32(parity, self.settings.export)
        return parity


def _metrics(settings: Settings, name: str) -> Path:
    return paths.reports(settings.corpus.name) / "evaluate" / name / "intervals.json"


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    target = paths.ARTIFACTS / name
    model = model_kind(name).load(paths.MODELS / name)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        exporter = _Exporter(name, settings, work)
        fp32 = work / "fp32.onnx"
        if isinstance(model, TfidfClassifier):
            export.export_tfidf(model, exporter.temperatures[0], fp32)
        elif isinstance(model, TransformerClassifier):
            export.export_transformer(model, exporter.temperatures, fp32)
        parity: dict[str, Any] = {"fp32": asdict(exporter.fp32_parity(fp32))}
        ships, precision = fp32, "fp32"
        if isinstance(model, TransformerClassifier):
            source = exporter.source
            smoothed = work / "smoothed.onnx"
            export.export_smoothed(model, exporter.validation_texts(), exporter.temperatures, smoothed)
            int8, tried = export.best_int8(
                smoothed, work, exporter.score, source.probabilities, source.labels, settings.export
            )
            parity["int8"] = tried
            if int8 is not None:
                ships, precision = int8, "int8"
        exporter.write(paths.ARTIFACTS / "fp32" / name, fp32, "fp32", parity)
        card = exporter.write(target, ships, precision, parity)
    report = {"version": card.version, "precision": precision, "bytes": (target / MODEL).stat().st_size, **parity}
    write_json(paths.reports(settings.corpus.name) / "export" / f"{name}.json", report)
    print(f"{target}: version {card.version}, {precision}, {report['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
