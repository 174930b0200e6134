"""Reading and writing the stages' files: CSV tables, JSON, and examples to learn from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.corpus.split import Split
from barometer.labels import FIELD_NAMES
from barometer.models.base import Examples, Floats
from pipelines import paths

_TEXT = {"text": str, "source": str, "date": str, "corpus": str, "role": str}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote; empty text cells stay empty strings."""
    return pd.read_csv(path, dtype=_TEXT, keep_default_na=False, na_values={"label": [""], "news": [""]})


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, the same bytes for the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, content: object) -> None:
    """Write plain data or dataclasses as indented JSON; floats keep six decimals, so that noise does not show."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_plain(content), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _plain(content: object) -> object:
    if is_dataclass(content) and not isinstance(content, type):
        content = asdict(content)
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, float | np.floating):
        return round(float(content), 6)
    return content.item() if isinstance(content, np.generic) else content


def flatten(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted keys, the form that MLflow takes."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def read_labelled() -> pd.DataFrame:
    """The labelled headlines of every corpus, indexed by id."""
    return read_table(paths.LABELS / "labelled.csv").set_index("id", drop=False)


def read_split() -> Split:
    """The parts that the stage `split` fixed."""
    return Split(**read_json(paths.SPLIT))


def read_texts() -> pd.DataFrame:
    """Every headline of every corpus, labelled or not: `id`, `text`, `source`, `date`, `corpus`, `role`, `label`.

    The index is `id`; `label` is missing where there is none, and `date` (ISO 8601, UTC) is empty.
    """
    unlabelled = read_table(paths.INGEST / "unlabelled.csv")
    columns = [*unlabelled.columns, "label"]
    table = pd.concat([read_labelled()[columns], unlabelled.assign(label=np.nan)], ignore_index=True)
    return table.set_index("id", drop=False)


def read_embeddings(ids: Sequence[int]) -> Floats:
    """The vectors that the stage `embed` wrote for these headlines, shape (N, width).

    Raises:
        KeyError: if a headline has none.
    """
    with np.load(paths.EMBEDDINGS) as stored:
        order = pd.Series(range(len(stored["ids"])), index=stored["ids"])
        return np.asarray(stored["vectors"][order.loc[list(ids)].to_numpy()])


def read_targets() -> dict[str, Examples]:
    """What the stage `distil` wrote, by part: `train`, `auxiliary` and `unlabelled`, those that are not empty."""
    table = read_table(paths.TARGETS)
    return {str(part): _examples(rows, rows["weight"].to_numpy(dtype=float)) for part, rows in table.groupby("part")}


def to_examples(table: pd.DataFrame, ids: Sequence[int]) -> Examples:
    """The headlines with these ids as examples, each of weight 1."""
    return _examples(table.loc[list(ids)], np.ones(len(ids)))


def labelled_examples(table: pd.DataFrame, split: Split) -> tuple[Examples, Examples, Examples | None]:
    """The labelled headlines of a split as examples: train, validation, and auxiliary if there are any."""
    auxiliary = to_examples(table, split.auxiliary) if split.auxiliary else None
    return to_examples(table, split.train), to_examples(table, split.validation), auxiliary


def _examples(rows: pd.DataFrame, weights: Floats) -> Examples:
    soft = rows[SOFT_COLUMNS].to_numpy(dtype=float)
    return Examples(rows["text"].tolist(), soft, weights, rows["news"].to_numpy(dtype=float))


def with_probabilities(table: pd.DataFrame, probabilities: Floats) -> pd.DataFrame:
    """The table with columns `negative`, `neutral` and `positive`."""
    return table.assign(**{name: probabilities[:, k] for k, name in enumerate(FIELD_NAMES)})


def probabilities_of(table: pd.DataFrame) -> Floats:
    """The probabilities of a table of predictions, shape (N, 3), class order."""
    return table[list(FIELD_NAMES)].to_numpy(dtype=float)
