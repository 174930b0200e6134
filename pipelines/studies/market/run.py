"""Compares the daily barometer of the shipped model with the market: `python -m pipelines.studies.market.run`."""

from pathlib import Path

import numpy as np
import pandas as pd

from barometer.corpus.market import MarketError, read_market
from barometer.corpus.simulate import FEAR_GREED_LAGS, NEWS_LAGS
from barometer.corpus.split import Split
from barometer.labels import N_CLASSES
from barometer.predictor import Predictor
from barometer.settings import CorpusSettings, SettingsError
from pipelines import paths
from pipelines.studies.market.analysis import Daily, Result
from pipelines.studies.market.methods.periods import MarketSettings, in_periods
from pipelines.studies.market.methods.series import correlate, market_series, news_series, predict_each_other
from pipelines.studies.study import open_study
from pipelines.tables import read_json, read_texts, write_table

NAME = "market"
KEY = f"experiment.{NAME}"
SYNTHETIC = Path("data/demo/market")
# What the simulation builds in: the right answer where the market is simulated.
BUILT_IN = {"level_return": NEWS_LAGS, "level_fear_greed_change": FEAR_GREED_LAGS}
SHOWN = ("positive", "price", "fear_greed")
# With fewer days there are too few circular shifts for a test.
LEAST_PERIODS = 60
# Changes and regressions need days in a row.
LEAST_IN_A_ROW = 40


def open_market(settings: CorpusSettings) -> pd.DataFrame:
    """Read the market's series.

    Raises:
        SettingsError: naming `corpus.market`, the folder and how to get the files.
    """
    try:
        return read_market(Path(settings.market))
    except MarketError as error:
        advice = "barometer fetch market puts both series into data/market"
        raise SettingsError(f"corpus.market = {settings.market!r}: {error}; {advice}") from None


def choose_headlines(table: pd.DataFrame, split: Split, params: MarketSettings) -> pd.DataFrame:
    """The headlines to score, with their day (UTC) in the column `day`.

    Raises:
        SettingsError: if a corpus is not at hand, its headlines carry no dates, or none lies in the periods.
    """
    at_hand = sorted(table["corpus"].unique())
    if absent := [name for name in params.corpora if name not in at_hand]:
        raise SettingsError(
            f"{KEY}.corpora = {params.corpora!r}: not at hand: {', '.join(absent)}; expected some of "
            f"{', '.join(at_hand)} (barometer fetch NAME gets public ones)"
        )
    rows = table[table["corpus"].isin(params.corpora)]
    rows = rows[rows["date"] != ""]
    if rows.empty:
        raise SettingsError(f"{KEY}.corpora = {params.corpora!r}: no headline there has a date, which this study needs")
    if params.trained == "leave_out":
        rows = rows.drop(index=rows.index.intersection([*split.train, *split.validation, *split.auxiliary]))
    days = pd.DatetimeIndex(pd.to_datetime(rows["date"], utc=True)).tz_localize(None).normalize()
    rows = rows.assign(day=days)[in_periods(days, params.periods)]
    if rows.empty:
        raise SettingsError(f"{KEY}.periods = {[str(p) for p in params.periods]}: no headline that counts lies in them")
    return rows


def check_reach(rows: pd.DataFrame, market: pd.DataFrame, params: MarketSettings) -> None:
    """Stop before any scoring if too few days would count, or blocks would be longer than the series.

    Raises:
        SettingsError: naming the key, its value and what the data hold.
    """
    unscored = np.zeros((len(rows), N_CLASSES))
    counted = news_series(pd.DatetimeIndex(rows["day"]), unscored, params.every, params.min_headlines)
    used = counted.dropna().index.intersection(market_series(market, params.every).dropna().index)
    least = max(LEAST_PERIODS, 2 * (2 * params.max_lag + 1))
    if len(used) < least:
        raise SettingsError(
            f"{KEY}.min_headlines = {params.min_headlines}: only {len(used)} {params.every}s have as many headlines "
            f"and a market on record; at least {least} are needed. Lower it, set {KEY}.every to week, or widen the "
            "periods"
        )
    in_a_row = int((used[1:] - used[:-1] == pd.Timedelta(days=1 if params.every == "day" else 7)).sum())
    if in_a_row < LEAST_IN_A_ROW:
        raise SettingsError(
            f"{KEY}.min_headlines = {params.min_headlines}: only {in_a_row} {params.every}s follow one that counts as "
            f"well; at least {LEAST_IN_A_ROW} are needed for changes. Lower it, or set {KEY}.every to week"
        )
    if params.mean_block > len(used):
        raise SettingsError(f"{KEY}.mean_block = {params.mean_block}: longer than the {len(used)} {params.every}s")


def daily(news: pd.DataFrame, market: pd.DataFrame) -> Daily:
    """The series in plain values, on the calendar of the news."""
    table = news.join(market).astype(float)
    columns = (table[name].astype(object).where(table[name].notna(), None).tolist() for name in SHOWN)
    return Daily([day.date() for day in news.index], *columns)


def main() -> None:
    """Run the stage."""
    study = open_study(NAME, MarketSettings)
    params, settings = study.params, study.settings
    series = open_market(settings.corpus)
    rows = choose_headlines(read_texts(), Split(**read_json(paths.SPLIT)), params)
    check_reach(rows, series, params)
    predictor = Predictor.load(paths.ARTIFACTS / settings.register_.model)
    probabilities = predictor.predict_proba(rows["text"].tolist()).astype(float)
    news = news_series(pd.DatetimeIndex(rows["day"]), probabilities, params.every, params.min_headlines)
    market = market_series(series, params.every)
    write_table(study.folder / "daily.csv", news.join(market).reset_index())
    result = Result(
        params=params,
        built_in=BUILT_IN if Path(settings.corpus.market) == SYNTHETIC else {},
        model=predictor.card.name,
        version=predictor.version,
        trained_on=[settings.corpus.name, *settings.corpus.auxiliary],
        headlines=len(rows),
        first=news.index[0].date(),
        last=news.index[-1].date(),
        used=int(news["positive"].notna().sum()),
        correlations=correlate(news, market, params, study.rng()),
        effects=predict_each_other(news, market, params),
        daily=daily(news, market),
    )
    study.save(result)


if __name__ == "__main__":
    main()
