"""Writes model artifacts; `barometer.card` says what they are and reads them."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from barometer.card import CARD, ModelCard, content_version, file_digest
from barometer.labels import CLASS_NAMES


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
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card
