"""Exports one trained model into a model artifact: `python -m pipelines.stages.export MODEL`."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from barometer.card import MODEL, TOKENIZER, VOCABULARY, ModelCard
from barometer.corpus.split import Split
from barometer.models.base import Floats, model_kind
from barometer.models.tfidf import TfidfClassifier
from barometer.models.transformer import TransformerClassifier
from barometer.predictor import Predictor
from barometer.runtimes import ONNXRUNTIME, OPENVINO, installed
from barometer.settings import Settings, load_settings
from barometer.ship import export
from barometer.ship.artifact import write_artifact
from barometer.ship.export_tfidf import export_tfidf
from barometer.ship.quantise import StaticQuantiser
from pipelines import paths
from pipelines.tables import probabilities_of, read_json, read_labelled, read_table, write_json

CALIBRATION_TEXTS = 300


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
        beside = {TOKENIZER: tokenizer} if reads_tokens else {VOCABULARY: self.work / VOCABULARY}
        return write_artifact(
            folder,
            {MODEL: graph} | beside,
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

    def score(self, graph: Path) -> dict[str, Floats]:
        """What every runtime that can run it makes of a graph."""
        folder = self.work / "candidate"
        card = self.write(folder, graph, "candidate", {})
        runtimes = installed() if card.input == "tokens" else [ONNXRUNTIME]
        return {name: Predictor.load(folder, runtime=name).predict_proba(self.source.texts) for name in runtimes}

    def quantiser(self, graph: Path, model: TransformerClassifier) -> StaticQuantiser:
        """Calibrated on texts of the validation part, in batches of similar length."""
        split = read_split()
        texts: list[str] = read_labelled().loc[split.validation, "text"].tolist()[:CALIBRATION_TEXTS]
        return StaticQuantiser(graph, export.feeds(model.tokenizer, texts))

    def fp32_parity(self, graph: Path) -> dict[str, Any]:
        parities = export.compare_all(self.source.probabilities, self.score(graph), self.source.labels)
        for parity in parities.values():
            export.check_fp32(parity, self.settings.export)
        return export.by_runtime(parities)


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
            fp32 = export_tfidf(model, exporter.temperatures[0], work)[MODEL]
        elif isinstance(model, TransformerClassifier):
            export.export_transformer(model, exporter.temperatures, fp32)
        parity: dict[str, Any] = {"fp32": exporter.fp32_parity(fp32)}
        ships, precision, found = fp32, "fp32", parity["fp32"]
        if isinstance(model, TransformerClassifier):
            source = exporter.source
            int8, parity["int8"] = export.best_int8(
                exporter.quantiser(fp32, model),
                work,
                exporter.score,
                source.probabilities,
                source.labels,
                settings.export,
            )
            if int8 is not None:
                ships, precision, found = int8, "int8", parity["int8"][-1]
                parity["ranges"] = "static"
        if OPENVINO in found:
            parity[OPENVINO] = found[OPENVINO]
        exporter.write(paths.ARTIFACTS / "fp32" / name, fp32, "fp32", parity)
        card = exporter.write(target, ships, precision, parity)
    report = {"version": card.version, "precision": precision, "bytes": (target / MODEL).stat().st_size, **parity}
    write_json(paths.reports(settings.corpus.name) / "export" / f"{name}.json", report)
    print(f"{target}: version {card.version}, {precision}, {report['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
