"""The command line as a user meets it: output, exit codes and messages; real processes and pipes where they matter."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

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


def test_predict_takes_model_from_environment(command: Command, model: str) -> None:
    done = command("predict", given=HEADLINES, BAROMETER_MODEL=model)
    assert labels(done.stdout) == ["Positive", "Negative"]


def test_the_option_goes_before_the_environment(command: Command, model: str) -> None:
    done = command("predict", "--model", model, given=HEADLINES, BAROMETER_MODEL="/nowhere")
    assert labels(done.stdout) == ["Positive", "Negative"]


def test_released_model_found_from_any_folder(command: Command) -> None:
    assert labels(command("predict", given=HEADLINES).stdout) == ["Positive", "Negative"]


def test_verbose_names_model_and_runtime(command: Command, model: str) -> None:
    done = command("predict", "--model", model, "--verbose", given=HEADLINES)
    assert labels(done.stdout) == ["Positive", "Negative"]
    assert re.fullmatch(r"tfidf [0-9a-f]{12}, onnxruntime fp32, \d+ threads\n", done.stderr)


@pytest.mark.parametrize(("lines", "asked"), [(2, "onnxruntime"), (30_000, None)])
def test_large_file_may_use_faster_runtime(
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


def test_unknown_runtime_is_a_clear_error(command: Command, model: str) -> None:
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


def test_missing_model_is_a_clear_error(command: Command, tmp_path: Path) -> None:
    done = command("predict", "--model", str(tmp_path / "nothing"), given=HEADLINES)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"barometer: no model artifact at {tmp_path / 'nothing'}")
    assert "Traceback" not in done.stderr


def test_altered_model_is_a_clear_error(command: Command, model: str, tmp_path: Path) -> None:
    for path in Path(model).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"other")
    done = command("predict", "--model", str(tmp_path), given=HEADLINES)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "model.onnx has sha256" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nothing.txt", "."])
def test_unreadable_file_is_a_clear_error(command: Command, model: str, tmp_path: Path, name: str) -> None:
    done = command("predict", "--model", model, str(tmp_path / name))
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(tmp_path / name) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_closed_pipe_is_no_error(model: str, tmp_path: Path) -> None:
    (tmp_path / "headlines.txt").write_text(HEADLINES * 2000)
    words = shlex.join([*PROGRAM, "predict", "--model", model, str(tmp_path / "headlines.txt")])
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -1; echo ${{PIPESTATUS[0]}}"], check=False, capture_output=True, text=True
    )
    first, status = done.stdout.splitlines()
    assert (json.loads(first)["label"], status, done.stderr) == ("Positive", "0", "")


def test_predict_imports_nothing_heavy(model: str) -> None:
    script = (
        "import sys\nfrom barometer.cli.main import app\n"
        f"app(['predict', '--model', {model!r}], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], input=HEADLINES, check=False, capture_output=True, text=True)
    assert (labels(done.stdout), done.stderr.strip()) == (["Positive", "Negative"], "[]")


def test_import_loads_no_model_code() -> None:
    script = (
        "import sys, barometer.cli.main; print([n for n in ('numpy', 'onnxruntime', 'tokenizers') if n in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_help_groups_commands_in_panels(command: Command) -> None:
    shown = command("--help", COLUMNS="200").stdout
    panels = re.split(r"^╭─ (\w+) ─", shown, flags=re.MULTILINE)[1:]
    found = {
        panel: re.findall(r"^│ (\w+)", rows, re.MULTILINE) for panel, rows in zip(*[iter(panels)] * 2, strict=True)
    }
    assert found == {
        "Options": [],
        "Predict": ["predict"],
        "Live": [
            "crawl",
            "score",
            "index",
            "backfill",
            "db",
            "feeds",
            "dropped",
            "alerts",
            "archive",
            "refresh",
            "schedule",
            "retrain",
            "flows",
        ],
        "Annotate": ["labels", "annotation"],
        "Research": ["fetch", "snapshot", "drift"],
        "Serve": ["serve", "space", "hub", "model"],
    }


@pytest.mark.slow
def test_shells_complete_the_commands() -> None:
    asked = {"_BAROMETER_COMPLETE": "complete_bash", "COMP_WORDS": "barometer s", "COMP_CWORD": "1"}
    done = subprocess.run(PROGRAM, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["score", "schedule", "snapshot", "serve", "space"]
