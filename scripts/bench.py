"""Measures the exported models: throughput side by side, start to first answer, memory. `make bench` runs it.

Every round runs every engine once, so that ratios compare like with like on a machine that others use too; the
table shows medians over rounds.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import onnxruntime as ort
import pandas as pd
import psutil
import torch
from tokenizers import Tokenizer

from barometer.card import MODEL, TOKENIZER
from barometer.headline import normalise_title
from barometer.models.base import model_kind
from barometer.models.tokens import pad, sorted_batches, tokenise
from barometer.models.transformer import TransformerClassifier
from barometer.predictor import Predictor, available_cores
from pipelines import paths

ROUNDS = 5
HEADLINES = 1000
BATCH = 32


def texts() -> list[str]:
    """Headlines of the demo corpus, in its own order."""
    files = sorted((paths.DATA / "demo").glob("*.csv"))
    found = pd.concat([pd.read_csv(file, usecols=["text"]) for file in files])["text"]
    return [normalise_title(text) for text in found.sample(HEADLINES, random_state=17)]


def torch_eager(model: TransformerClassifier, lines: list[str]) -> None:
    """The network as trained, in batches in the order of arrival."""
    ids = tokenise(model.tokenizer, lines)
    with torch.inference_mode():
        for start in range(0, len(ids), BATCH):
            torch.softmax(model.network(*pad(ids[start : start + BATCH])), dim=-1)


class BatchedGraph:
    """A graph on parallel kernels, in batches sorted by length: the usual way, for comparison."""

    def __init__(self, folder: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = available_cores()
        self.session = ort.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))

    def run(self, lines: list[str]) -> None:
        """Score all lines."""
        ids = tokenise(self.tokenizer, lines)
        for batch in sorted_batches([len(row) for row in ids], BATCH):
            input_ids, mask = pad([ids[i] for i in batch])
            self.session.run(None, {"input_ids": input_ids.numpy(), "attention_mask": mask.numpy()})


def engines(lines: list[str]) -> dict[str, Callable[[], object]]:
    """Every way to score the lines, by name."""
    bert, bert_fp32 = paths.ARTIFACTS / "bert", paths.ARTIFACTS / "fp32" / "bert"
    network, tfidf = model_kind("bert").load(paths.MODELS / "bert"), model_kind("tfidf").load(paths.MODELS / "tfidf")
    assert isinstance(network, TransformerClassifier)
    batched_fp32, batched = BatchedGraph(bert_fp32), BatchedGraph(bert)
    predictor_fp32, predictor = Predictor.load(bert_fp32), Predictor.load(bert)
    tfidf_graph = Predictor.load(paths.ARTIFACTS / "tfidf")
    shipped = predictor.card.precision
    return {
        f"bert, torch eager, batch {BATCH}": lambda: torch_eager(network, lines),
        f"bert, onnxruntime fp32, batch {BATCH} by length": lambda: batched_fp32.run(lines),
        f"bert, onnxruntime {shipped}, batch {BATCH} by length": lambda: batched.run(lines),
        "bert, predictor fp32": lambda: predictor_fp32.predict_proba(lines),
        f"bert, predictor {shipped} (what ships)": lambda: predictor.predict_proba(lines),
        "tf-idf, scikit-learn": lambda: tfidf.predict_proba(lines),
        "tf-idf, predictor": lambda: tfidf_graph.predict_proba(lines),
    }


def seconds(run: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def throughput(lines: list[str]) -> None:
    """Print headlines a second of every engine, and how many times torch eager that is."""
    contenders = engines(lines)
    for run in contenders.values():
        run()
    rounds = [{name: seconds(run) for name, run in contenders.items()} for _ in range(ROUNDS)]
    reference = next(iter(contenders))
    print(f"\n| {len(lines)} headlines, {available_cores()} cores, {ROUNDS} rounds | headlines/s | times torch eager |")
    print("|---|---:|---:|")
    for name in contenders:
        rate = statistics.median(len(lines) / r[name] for r in rounds)
        ratio = statistics.median(r[reference] / r[name] for r in rounds)
        print(f"| {name} | {rate:,.0f} | {ratio:.1f} |")


def command_line(lines: list[str]) -> None:
    """Print start to first answer, the rate of `barometer predict` over a pipe and its peak memory."""
    command = [sys.executable, "-m", "barometer.cli", "predict", "--model", str(paths.ARTIFACTS / "bert")]
    first = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            process.stdin.write(b"Bitcoin rises\n")
            process.stdin.flush()
            process.stdout.readline()
            first.append(time.perf_counter() - start)
            process.stdin.close()
    many = "\n".join(lines * 10).encode()
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        watched = psutil.Process(process.pid)
        process.stdin.write(many)
        peak = watched.memory_info().rss
        process.stdin.close()
        while process.poll() is None:
            peak = max(peak, _resident(watched))
            time.sleep(0.05)
    rate = 10 * len(lines) / (time.perf_counter() - start)
    print("\n| barometer predict | |\n|---|---:|")
    print(f"| start to first answer, median | {statistics.median(first):.2f} s |")
    print(f"| headlines/s over a pipe, start included | {rate:,.0f} |")
    print(f"| peak memory | {peak / 1e6:,.0f} MB |")


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def main() -> None:
    """Run every benchmark."""
    if not (paths.ARTIFACTS / "bert" / MODEL).exists():
        sys.exit("no model to measure in outputs/artifacts/bert; run `make demo` first")
    lines = texts()
    throughput(lines)
    command_line(lines)


if __name__ == "__main__":
    main()
