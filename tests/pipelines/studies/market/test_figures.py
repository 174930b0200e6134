"""The market's figure cuts time where there is no news, and is the same picture each time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.studies.market.analysis import PAIRINGS, MarketSettings, compare, market_series, news_series
from pipelines.studies.market.figures import caption, plot_lags, plot_market, time_spans

PARAMS = MarketSettings(
    corpora=["demo"],
    periods=[],
    trained="leave_out",
    every="day",
    min_headlines=1,
    max_lag=3,
    mean_block=5,
    resamples=100,
    confidence=0.95,
    predict_lags=1,
)


def news_on(*spans: tuple[str, str]) -> pd.DataFrame:
    days = pd.DatetimeIndex(np.concatenate([pd.date_range(*span) for span in spans]))
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], len(days))
    return news_series(days, scores, "day", 1)


def test_time_is_cut_at_long_gaps_only() -> None:
    spans = time_spans(
        news_on(("2022-01-01", "2022-03-01"), ("2022-04-01", "2022-06-30"), ("2025-01-01", "2025-02-01"))
    )
    bounds = [(str(span[0].date()), str(span[-1].date())) for span in spans]
    assert bounds == [("2022-01-01", "2022-06-30"), ("2025-01-01", "2025-02-01")]


def test_time_is_never_cut_into_more_columns_than_can_be_read() -> None:
    spans = time_spans(news_on(*[(f"{year}-01-01", f"{year}-02-01") for year in range(2013, 2026)]))
    assert len(spans) == 4
    assert sum(len(span) for span in spans) == 13 * 32


@pytest.mark.slow
def test_figures_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    news = news_on(("2022-01-01", "2022-03-31"), ("2025-01-01", "2025-03-31"))
    days = pd.date_range("2021-12-01", "2025-05-01")
    walk = np.random.default_rng(1).normal(0, 0.03, len(days)).cumsum()
    market = market_series(pd.DataFrame({"price": np.exp(walk), "fear_greed": 50 + walk}, days), "day")
    found = [c for c in compare(news, market, PARAMS, np.random.default_rng(2)) if c.p_holm is not None]
    for name in ("first", "second"):
        plot_market(tmp_path / f"{name}.png", news, market, found[:2], PARAMS)
        plot_lags(tmp_path / f"{name}_lags.png", found[2:], PARAMS)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert (tmp_path / "first_lags.png").read_bytes() == (tmp_path / "second_lags.png").read_bytes()


def test_the_caption_names_what_is_correlated() -> None:
    news = news_on(("2022-01-01", "2022-06-30"))
    market = pd.DataFrame({"price": 1.0 + np.arange(181) % 7, "fear_greed": 50.0 + np.arange(181) % 5}, news.index)
    found = compare(news, market_series(market, "day"), PARAMS, np.random.default_rng(2))
    text = caption([c for c in found if c.pairing == "level_return"][:1], PARAMS)
    assert PAIRINGS["level_return"].title in text
    assert "95% block-bootstrap" in text
