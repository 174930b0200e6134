"""Exports one trained model into a model artifact: `python -m pipelines.stages.export MODEL`."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from barometer.card import MODEL, TOKENIZER, ModelCard, write_artifact
from barometer.models.base import Floats, model_kind
from barometer.predictor import Predictor
from barometer.runtimes import ONNXRUNTIME, OPENVINO, installed
from barometer.settings import Settings, load_settings
from barometer.ship import export
from barometer.ship.quantise import StaticQuantiser
from pipelines import paths
from pipelines.tables import probabilities_of, read_json, read_labelled, read_split, read_table, write_json

CALIBRATION_TEXTS = 300


class _Source:
    """What a graph is compared with: texts of the test part, their labels and the source model's probabilities."""

    def __init__(self, name: str) -> None:
        predictions = read_table(paths.PREDICTIONS / f"{name}.csv")
        test = predictions[predictions["part"] == "test"]
        self.texts: list[str] = read_labelled().loc[test["id"], "text"].tolist()
        self.labels = test["label"].to_numpy()
        self.probabilities: Floats = probabilities_of(test)


def data_version(read: dict[str, Any]) -> str:
    """The digest that DVC gives to the raw corpora, and to a training corpus that lies apart from them: `a.dir+b`."""
    return f"{read['data']}+{read['corpus']['md5']}" if read["apart"] else str(read["data"])


def code_version() -> str:
    """The git commit of the code, or `unknown` outside a repository."""
    try:
        return subprocess.check_output(["git", "rev-parse", "HEAD"], text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


class _Exporter:
    """Writes artifacts of one model and scores candidate graphs exactly as production will.

    Attributes:
        files: what the model exports, by name in an artifact; the graph is in full precision.
        reads_tokens: whether its graph reads token ids and not counts of n-grams.
    """

    def __init__(self, name: str, settings: Settings, work: Path) -> None:
        self.name, self.settings, self.work = name, settings, work
        self.versions: dict[str, Any] = read_json(paths.VERSIONS)
        self.calibration: dict[str, Any] = read_json(paths.MODELS / name / "calibration.json")
        self.source = _Source(name)
        temperatures = (self.calibration["temperature"], self.calibration["news_temperature"])
        self.files = model_kind(name).load(paths.MODELS / name).export(temperatures, work / "fp32")
        self.reads_tokens = TOKENIZER in self.files

    def write(self, folder: Path, graph: Path, precision: str, parity: dict[str, Any]) -> ModelCard:
        """Write an artifact with a graph that may be other than the exported one."""
        return write_artifact(
            folder,
            self.files | {MODEL: graph},
            name=self.name,
            model_input="tokens" if self.reads_tokens else "text",
            max_length=self.settings.backbone.max_length if self.reads_tokens else None,
            precision=precision,
            calibration=self.calibration,
            metrics=read_json(paths.reports(self.settings.corpus.name) / "evaluate" / self.name / "intervals.json"),
            parity=parity,
            data_version=data_version(self.versions),
            code_version=code_version(),
            corpus=self.versions["corpus"],
        )

    def score(self, graph: Path) -> dict[str, Floats]:
        """Probabilities of the test texts from a graph, by every runtime that can run it."""
        folder = self.work / "candidate"
        self.write(folder, graph, "candidate", {})
        runtimes = installed() if self.reads_tokens else [ONNXRUNTIME]
        return {name: Predictor.load(folder, runtime=name).predict_proba(self.source.texts) for name in runtimes}

    def fp32_parity(self) -> dict[str, Any]:
        """Compare the exported graph with the model in every runtime; raises ParityError if they differ."""
        scores = self.score(self.files[MODEL])
        parities = export.compare_all(self.source.probabilities, scores, self.source.labels)
        for parity in parities.values():
            export.check_fp32(parity, self.settings.export)
        return export.by_runtime(parities)

    def best_int8(self) -> tuple[Path | None, list[dict[str, Any]]]:
        """Quantise, calibrated on texts of the validation part in batches of similar length."""
        texts: list[str] = read_labelled().loc[read_split().validation, "text"].tolist()[:CALIBRATION_TEXTS]
        tokenizer = Tokenizer.from_file(str(self.files[TOKENIZER]))
        quantiser = StaticQuantiser(self.files[MODEL], export.feeds(tokenizer, texts))
        source = self.source
        return export.best_int8(
            quantiser, self.work, self.score, source.probabilities, source.labels, self.settings.export
        )


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    target = paths.ARTIFACTS / name
    with tempfile.TemporaryDirectory() as folder:
        exporter = _Exporter(name, settings, Path(folder))
        fp32 = exporter.files[MODEL]
        parity: dict[str, Any] = {"fp32": exporter.fp32_parity()}
        ships, precision, found = fp32, "fp32", parity["fp32"]
        if exporter.reads_tokens:
            int8, parity["int8"] = exporter.best_int8()
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
