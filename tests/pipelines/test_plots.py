import json
from pathlib import Path

import numpy as np

from barometer.models.index_error import index_error
from barometer.prevalence import Prevalence
from pipelines.plots import plot_index_error


def errors(dates: bool) -> dict[str, object]:
    labels = np.arange(120) % 3
    days = np.array([f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}" if dates else "" for i in range(120)])
    found = index_error(
        labels, 0.2 + 0.4 * np.eye(3)[labels], days, Prevalence(variance=0.1), np.full(3, 1 / 3),
        np.random.default_rng(1), 20,
    )  # fmt: skip
    plain: dict[str, object] = json.loads(json.dumps(found))
    return plain


def test_the_plot_is_reproducible(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        plot_index_error(tmp_path / name, errors(dates=True), "bert on yardstick")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 5000


def test_undated_parts_are_drawn_too(tmp_path: Path) -> None:
    plot_index_error(tmp_path / "a.png", errors(dates=False), "bert on test")
    assert (tmp_path / "a.png").stat().st_size > 5000
