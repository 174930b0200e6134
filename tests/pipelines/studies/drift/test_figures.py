from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from pipelines.studies.drift.analysis import Result
from pipelines.studies.drift.figures import draw
from pipelines.studies.drift.methods.comparison import Comparison

Made = Callable[..., Comparison]
Results = Callable[..., Result]


def drawn(path: Path) -> np.ndarray:
    image = matplotlib.image.imread(path)[..., :3]
    assert image.std() > 0.02  # not an empty page
    return image


def test_more_pairs_need_more_rows(tmp_path: Path, made: Made, result: Results) -> None:
    draw(result(made(0.8)), tmp_path / "one")
    draw(result(*[made(0.8, pair=pair) for pair in ("compared", "one_source", "size_matched")]), tmp_path / "three")
    assert len(drawn(tmp_path / "three" / "auc.png")) > len(drawn(tmp_path / "one" / "auc.png"))


def test_years_are_drawn_alike_twice(tmp_path: Path, made: Made, result: Results) -> None:
    years = [made(0.8, group=year) for year in ("2021", "2022", "2023")] + [made(0.7, pair="one_source", group="2022")]
    for name in ("a", "b"):
        draw(result(*years), tmp_path / name)
    drawn(tmp_path / "a" / "auc.png")
    assert (tmp_path / "a" / "auc.png").read_bytes() == (tmp_path / "b" / "auc.png").read_bytes()


@pytest.mark.parametrize("ngrams", [0, 2])
def test_words_are_drawn_if_any(tmp_path: Path, made: Made, result: Results, ngrams: int) -> None:
    comparison = made(0.8)
    drift = replace(comparison.drift, ngrams={True: comparison.ngrams[:ngrams]})
    draw(result(replace(comparison, drift=drift)), tmp_path)
    drawn(tmp_path / "ngrams.png")
