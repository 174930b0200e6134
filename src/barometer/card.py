"""The card of a model artifact: what the files of a model are, and whether they are what the card says.

An artifact is a folder with `model.onnx`, `card.json`, and `tokenizer.json` where the model reads token ids or
`vocabulary.json` where it reads counts of n-grams. The card holds the SHA-256 of every other file, and the version is
derived from the content, so that a changed file is detected before anything is loaded.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from barometer.labels import CLASS_NAMES

CARD = "card.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
VOCABULARY = "vocabulary.json"


class ArtifactError(ValueError):
    """A model folder is incomplete, altered, or made for other classes."""


@dataclass(frozen=True)
class ModelCard:
    """Facts about a model.

    Attributes:
        name: the model's kind, for example `bert`.
        version: first 12 hex digits of a SHA-256 over all that decides predictions.
        class_names: in the order of the probabilities.
        input: `tokens` (input_ids and attention_mask) or `text` (counts of n-grams of lower-cased text).
        max_length: longest title in tokens, the rest is cut; None for text models.
        precision: `fp32` or `int8`.
        calibration: what turns scores into calibrated numbers. `method`, `temperature` and
            `news_temperature` are already inside the graph; `news_threshold` is the probability of being news from
            which a headline counts; `index` (see `barometer.prevalence`) turns probabilities into the barometer.
        metrics: figures on held-out data, by part.
        parity: how the graph compares with the model it was exported from, by runtime; `ranges` is `static` where the
            ranges of an int8 graph's activations are fixed.
        speed: measured at its release: bytes of the graph, headlines per second, cores, runtime.
        data_version: digest of the raw corpora; code_version: the git commit.
        corpus: what it was trained on: `name`, `path`, and `md5` as DVC computes it.
        files: SHA-256 of every other file by name.
    """

    name: str
    version: str
    class_names: tuple[str, ...]
    input: str
    max_length: int | None
    precision: str
    calibration: dict[str, Any]
    metrics: dict[str, Any]
    parity: dict[str, Any]
    data_version: str
    code_version: str
    files: dict[str, str] = field(default_factory=dict)
    speed: dict[str, Any] = field(default_factory=dict)
    corpus: dict[str, str] = field(default_factory=dict)

    @property
    def news_threshold(self) -> float | None:
        """The probability of being news from which a headline counts; None where every headline does."""
        threshold = self.calibration.get("news_threshold")
        return None if threshold is None else float(threshold)

    @property
    def depends_on_batch(self) -> bool:
        """Whether a headline's probabilities would depend on its batch: in older int8 graphs, without fixed ranges."""
        return self.precision == "int8" and self.parity.get("ranges") != "static"

    def to_json(self) -> str:
        """The card as indented JSON with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def content_version(
    files: dict[str, str], model_input: str, max_length: int | None, calibration: dict[str, Any]
) -> str:
    """Derive the version of a model from all that decides its predictions."""
    content = json.dumps([sorted(files.items()), model_input, max_length, calibration], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_artifact(
    folder: Path,
    files: Mapping[str, Path],
    *,
    name: str,
    model_input: str,
    max_length: int | None,
    precision: str,
    calibration: Mapping[str, Any],
    metrics: Mapping[str, Any],
    parity: Mapping[str, Any],
    data_version: str,
    code_version: str,
    corpus: Mapping[str, str] | None = None,
) -> ModelCard:
    """Copy `files` (artifact name -> path) into an emptied `folder` and write their card beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file_name, path in files.items():
        shutil.copyfile(path, folder / file_name)
    digests = {file_name: file_digest(folder / file_name) for file_name in files}
    card = ModelCard(
        name=name,
        version=content_version(digests, model_input, max_length, dict(calibration)),
        class_names=CLASS_NAMES,
        input=model_input,
        max_length=max_length,
        precision=precision,
        calibration=json.loads(json.dumps(calibration)),
        metrics=json.loads(json.dumps(metrics)),
        parity=json.loads(json.dumps(parity)),
        data_version=data_version,
        code_version=code_version,
        files=digests,
        corpus=dict(corpus or {}),
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card


def read_card(folder: Path) -> ModelCard:
    """Read the card of an artifact and check every file against it.

    Raises:
        ArtifactError: if the folder or a file is missing, a digest differs, or the classes are not the project's.
    """
    path = folder / CARD
    if not path.is_file():
        raise ArtifactError(
            f"no model artifact at {folder}: {CARD} is missing; `dvc pull models/fast.dvc` downloads the "
            "released model, `barometer model pull` the champion, `make demo` trains one"
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        # The card of a later release may say more.
        card = ModelCard(**{f.name: facts[f.name] for f in fields(ModelCard) if f.name in facts})
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{path} is not a model card: {error}") from None
    if tuple(card.class_names) != CLASS_NAMES:
        raise ArtifactError(f"{path}: classes {list(card.class_names)}; expected {list(CLASS_NAMES)}")
    for name in (MODEL, TOKENIZER) if card.input == "tokens" else (MODEL,):
        if not isinstance(card.files, dict) or name not in card.files:
            raise ArtifactError(f"{path}: the card lists no {name}")
    for name, expected in card.files.items():
        _check_file(folder, name, expected)
    if card.version != content_version(card.files, card.input, card.max_length, card.calibration):
        raise ArtifactError(f"{path}: version {card.version} does not follow from the content; the card was altered")
    return card


def _check_file(folder: Path, name: str, expected: str) -> None:
    path = folder / name
    if Path(name).name != name:
        raise ArtifactError(f"{folder / CARD}: file name {name!r} leaves the folder")
    if not path.is_file():
        raise ArtifactError(f"{path} is missing, though {CARD} lists it")
    found = file_digest(path)
    if found != expected:
        raise ArtifactError(f"{path} has sha256 {found[:12]}…, but {CARD} says {expected[:12]}…; refused")
