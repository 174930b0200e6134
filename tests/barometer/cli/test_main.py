"""The command line as a user meets it: output, exit codes and messages; real processes and pipes where they matter."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

from barometer.live.store.engine import open_engine, writing
from barometer.live.store.titles import save_titles

PROGRAM = [str(Path(sys.executable).with_name("barometer"))]
# Not pydantic: typer imports it where it is installed.
HEAVY = ("torch", "transformers", "sklearn", "pandas", "scipy", "mlflow", "pooch")
Command = Callable[..., Result]
HEADLINES = "Bitcoin surges in week 0\nBitcoin crashes in week 0\n"


def labels(output: str) -> list[str]:
    return [json.loads(line)["label"] for line in output.splitlines()]


@pytest.fixture
def model(tfidf_artifact: Path) -> str:
    return str(tfidf_artifact)


def test_predict_reads_a_file(command: Command, model: str, tmp_path: Path) -> None:
    (tmp_path / "headlines.txt").write_text(HEADLINES)
    done = command("predict", "--model", model, str(tmp_path / "headlines.txt"))
    assert (done.exit_code, done.stderr, labels(done.stdout)) == (0, "", ["Positive", "Negative"])


@pytest.mark.parametrize("words", [[], ["-"]])
def test_predict_reads_standard_input(command: Command, model: str, words: list[str]) -> None:
    done = command("predict", "--model", model, *words, given=HEADLINES)
    assert (done.exit_code, done.stderr, labels(done.stdout)) == (0, "", ["Positive", "Negative"])


def test_predict_takes_the_model_from_the_environment(command: Command, model: str) -> None:
    done = command("predict", given=HEADLINES, BAROMETER_MODEL=model)
    assert labels(done.stdout) == ["Positive", "Negative"]


def test_the_option_goes_before_the_environment(command: Command, model: str) -> None:
    done = command("predict", "--model", model, given=HEADLINES, BAROMETER_MODEL="/nowhere")
    assert labels(done.stdout) == ["Positive", "Negative"]


def test_predict_finds_the_released_model_from_any_folder(command: Command) -> None:
    assert labels(command("predict", given=HEADLINES).stdout) == ["Positive", "Negative"]


def test_verbose_names_model_and_runtime(command: Command, model: str) -> None:
    done = command("predict", "--model", model, "--verbose", given=HEADLINES)
    assert labels(done.stdout) == ["Positive", "Negative"]
    assert re.fullmatch(r"tfidf [0-9a-f]{12}, onnxruntime fp32, \d+ threads\n", done.stderr)


@pytest.mark.parametrize(("lines", "asked"), [(2, "onnxruntime"), (30_000, None)])
def test_a_large_file_may_take_the_faster_runtime(
    command: Command, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int, asked: str | None
) -> None:
    from barometer.predictor import Predictor

    seen: list[str | None] = []
    load = Predictor.load

    def watched(folder: Path, threads: int | None = None, runtime: str | None = None) -> Predictor:
        seen.append(runtime)
        return load(folder, threads, runtime)

    monkeypatch.setattr(Predictor, "load", watched)
    monkeypatch.delenv("BAROMETER_RUNTIME", raising=False)
    (tmp_path / "headlines.txt").write_text("Bitcoin surges in week 0\n" * lines)
    done = command("predict", "--model", model, str(tmp_path / "headlines.txt"))
    assert (len(labels(done.stdout)), seen) == (lines, [asked])


def test_an_unknown_runtime_is_a_clear_error(command: Command, model: str) -> None:
    done = command("predict", "--model", model, given=HEADLINES, BAROMETER_RUNTIME="tensorrt")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("barometer: BAROMETER_RUNTIME is 'tensorrt'; expected auto,")


def test_no_input_gives_no_output(command: Command, model: str) -> None:
    done = command("predict", "--model", model)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_output_is_utf8_whatever_the_locale(model: str) -> None:
    done = subprocess.run(
        [*PROGRAM, "predict", "--model", model],
        input="Биткоин 🚀\n".encode(),
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["text"] == "Биткоин 🚀"


def test_a_missing_model_is_a_clear_error(command: Command, tmp_path: Path) -> None:
    done = command("predict", "--model", str(tmp_path / "nothing"), given=HEADLINES)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"barometer: no model artifact at {tmp_path / 'nothing'}")
    assert "Traceback" not in done.stderr


def test_an_altered_model_is_a_clear_error(command: Command, model: str, tmp_path: Path) -> None:
    for path in Path(model).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"other")
    done = command("predict", "--model", str(tmp_path), given=HEADLINES)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "model.onnx has sha256" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nothing.txt", "."])
def test_a_file_that_cannot_be_read_is_a_clear_error(command: Command, model: str, tmp_path: Path, name: str) -> None:
    done = command("predict", "--model", model, str(tmp_path / name))
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(tmp_path / name) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(model: str, tmp_path: Path) -> None:
    (tmp_path / "headlines.txt").write_text(HEADLINES * 2000)
    words = shlex.join([*PROGRAM, "predict", "--model", model, str(tmp_path / "headlines.txt")])
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -1; echo ${{PIPESTATUS[0]}}"], check=False, capture_output=True, text=True
    )
    first, status = done.stdout.splitlines()
    assert (json.loads(first)["label"], status, done.stderr) == ("Positive", "0", "")


def test_predicting_from_the_command_line_imports_nothing_heavy(model: str) -> None:
    script = (
        "import sys\nfrom barometer.cli.main import app\n"
        f"app(['predict', '--model', {model!r}], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], input=HEADLINES, check=False, capture_output=True, text=True)
    assert (labels(done.stdout), done.stderr.strip()) == (["Positive", "Negative"], "[]")


def test_importing_the_command_line_loads_no_model_code() -> None:
    script = (
        "import sys, barometer.cli.main; print([n for n in ('numpy', 'onnxruntime', 'tokenizers') if n in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_help_lists_the_commands(command: Command) -> None:
    done = command("--help")
    assert done.exit_code == 0
    assert "predict" in done.stdout and "fetch" in done.stdout


def test_fetching_an_unknown_corpus_names_those_that_exist(command: Command, tmp_path: Path) -> None:
    done = command("fetch", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "unknown corpus 'nonsense'" in done.stderr and "cryptolin" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_market_is_fetched_from_a_mirror(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "btc_daily.csv").write_text(
        "date,open,high,low,close,volume\n2024-01-01,1,3,1,2,5\n2024-01-02,2,3,1,3,5\n"
    )
    (mirror / "fear_greed.csv").write_text("date,fng,class\n2024-01-01,30,Fear\n2024-01-02,55,Greed\n")
    monkeypatch.setenv("BAROMETER_MIRROR", str(mirror))
    done = command("fetch", "market")
    assert done.exit_code == 0, done.stderr
    assert "data/market/btc_daily.csv: 2 days, 2024-01-01 to 2024-01-02" in done.stdout
    assert (tmp_path / "data" / "market" / "fear_greed.csv").is_file()


@pytest.mark.slow
def test_drift_finds_the_word_that_is_new(command: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 6)) for _ in range(80)]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(240)]  # no near-duplicates among them
    write_headlines(tmp_path / "old.csv", [f"Bitcoin {text}" for text in texts[:120]])
    write_headlines(tmp_path / "new.csv", [f"Solana {text}" for text in texts[120:]])
    done = command("drift", "--reference", "old.csv", "--newer", "new.csv")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["auc"] > 0.9 > found["control"]["high"]
    assert "solana" in {word["ngram"] for word in found["words"]["newer"]}


@pytest.mark.slow
def test_drift_of_the_last_days_in_the_store(
    command: Command, tmp_path: Path, sqlite_url: str, make_title: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 6)) for _ in range(80)]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(240)]
    write_headlines(tmp_path / "old.csv", [f"Bitcoin {text}" for text in texts[:120]])
    now = datetime.now(UTC)
    ages = [timedelta(hours=1)] * 110 + [timedelta(days=8)] * 10
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        new = zip(texts[120:], ages, strict=True)
        save_titles(connection, [make_title(f"Solana {text}", now - age) for text, age in new])
    engine.dispose()
    done = command("drift", "--reference", "old.csv", "--database", sqlite_url)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["newer_headlines"], found["days"], found["refused"]) == (110, 7, 0)
    assert found["auc"] > 0.9
    assert datetime.fromisoformat(found["newest"]) == now.replace(microsecond=0) - timedelta(hours=1)


def test_drift_names_a_file_that_is_not_there(command: Command, tmp_path: Path) -> None:
    done = command("drift", "--reference", "nowhere.csv", "--newer", "nowhere.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nowhere.csv" in done.stderr and "Traceback" not in done.stderr


def write_headlines(path: Path, texts: list[str]) -> None:
    path.write_text("text\n" + "".join(f"{text}\n" for text in texts))
