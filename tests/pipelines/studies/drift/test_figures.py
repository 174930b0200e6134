from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from barometer.drift.measure import DriftResult, Measure
from barometer.drift.words import DriftedNgram
from barometer.stats import Estimate
from pipelines.studies.drift.analysis import Comparison
from pipelines.studies.drift.figures import plot_aucs, plot_ngrams

TITLES = {"compared": "all outlets", "one_source": "only a.example", "size_matched": "all outlets, as many"}


def comparison(pair: str, group: str, ngrams: int = 6) -> Comparison:
    measures = [
        Measure(kind, masked, Estimate(0.8, 0.7, 0.9), Estimate(0.5, 0.4, 0.6), 0.01, np.full(10, 0.8))
        for kind in ("word", "embedding")
        for masked in (False, True)
    ]
    words = [DriftedNgram(f"word {k}", 3.0 - k, 0.1, 0.2) for k in range(ngrams)]
    return Comparison(pair, group, 0.1, DriftResult(100, 90, 5, measures, {True: words}), [0.01] * 4)  # type: ignore[arg-type]


def drawn(path: Path) -> np.ndarray:
    image = matplotlib.image.imread(path)[..., :3]
    assert image.std() > 0.02  # something stands on the ground
    return image


def test_one_group_is_drawn_in_rows_and_more_pairs_make_it_taller(tmp_path: Path) -> None:
    plot_aucs(tmp_path / "one.png", [comparison("compared", "all")], TITLES)
    plot_aucs(tmp_path / "three.png", [comparison(pair, "all") for pair in TITLES], TITLES)
    assert len(drawn(tmp_path / "three.png")) > len(drawn(tmp_path / "one.png"))


def test_years_are_drawn_in_panels_and_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    years = [comparison("compared", year) for year in ("2021", "2022", "2023")] + [comparison("one_source", "2022")]
    for name in ("a.png", "b.png"):
        plot_aucs(tmp_path / name, years, TITLES)
    drawn(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("ngrams", [0, 6])
def test_drifted_words_are_drawn_even_where_there_are_none(tmp_path: Path, ngrams: int) -> None:
    plot_ngrams(tmp_path / "words.png", comparison("compared", "2024", ngrams))
    drawn(tmp_path / "words.png")
