"""The numbers and verdicts of the study of the market, and the tables derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipelines.studies.market.methods.lags import Coefficient, LagPoint
from pipelines.studies.market.methods.periods import MarketSettings
from pipelines.studies.market.methods.predictability import LagEffect
from pipelines.studies.market.methods.series import MEASURES, PAIRINGS, LagCorrelation, Measure

# The pairings that the finding is about; the first figure shows them, the second the others.
MAIN = {"level_return": "BTC returns", "level_fear_greed_change": "changes of the Fear & Greed index"}


@dataclass(frozen=True, slots=True)
class Daily:
    """The series by day (or week), without gaps in time; None where unknown.

    Attributes:
        days: first day of each period.
        barometer: mean positive probability, in [0, 1].
        price: BTC close in US dollars.
        fear_greed: the index, 0 to 100.
    """

    days: Sequence[date]
    barometer: Sequence[float | None]
    price: Sequence[float | None]
    fear_greed: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Result:
    """All findings of the study.

    Attributes:
        params: the study's parameters.
        built_in: lags at which a simulated market follows the news, by pairing of MAIN; empty where the market is real.
        model, version: the artifact that scored.
        trained_on: names of the corpora that it learned from.
        headlines, first, last: how many headlines were scored, and the days of the first and last one.
        used: days (weeks) with enough headlines.
        correlations: every pairing, measure and coefficient.
        effects: `news_first` and `market_first`, one effect a lag.
        daily: for the plot.
    """

    params: MarketSettings
    built_in: Mapping[str, Sequence[int]]
    model: str
    version: str
    trained_on: Sequence[str]
    headlines: int
    first: date
    last: date
    used: int
    correlations: Sequence[LagCorrelation]
    effects: Mapping[str, Sequence[LagEffect]]
    daily: Daily

    def of(self, pairing: str, measure: Measure = MEASURES[0], coefficient: Coefficient = "pearson") -> LagCorrelation:
        """The correlation of a pairing; by default of the barometer itself, by Pearson's coefficient."""
        wanted = (pairing, measure, coefficient)
        return next(c for c in self.correlations if (c.pairing, c.measure, c.coefficient) == wanted)

    @property
    def asked(self) -> Sequence[LagCorrelation]:
        """Every pairing for the barometer itself by Pearson's coefficient."""
        return [self.of(name) for name in PAIRINGS]

    @property
    def main(self) -> Mapping[str, LagCorrelation]:
        """The correlations that the finding is about, by what the barometer is compared with."""
        return {title: self.of(pairing) for pairing, title in MAIN.items()}

    def significant(self, correlation: LagCorrelation) -> list[LagPoint]:
        """Points outside the band, if the pairing is significant after correction over pairings; else none."""
        p_holm = correlation.p_holm
        return correlation.outside if p_holm is not None and p_holm < self._level else []

    def predicting(self, direction: str) -> list[LagEffect]:
        """The significant effects of `news_first` or `market_first`."""
        return [effect for effect in self.effects[direction] if effect.p_corrected < self._level]

    def control(self, correlation: LagCorrelation) -> tuple[list[int], list[int], list[int]]:
        """Lags that the simulation builds in, those of them that were missed, and lags found besides."""
        built = set(self.built_in[correlation.pairing])
        found = {point.lag for point in self.significant(correlation)}
        return sorted(built), sorted(built - found), sorted(found - built)

    @property
    def _level(self) -> float:
        return 1 - self.params.confidence


def metrics(result: Result) -> dict[str, object]:
    """The study's numbers: headlines, days, each pairing at lag 0 and at its strongest, and predictions."""
    found: dict[str, object] = {"headlines": result.headlines, f"{result.params.every}s": result.used}
    for c in result.asked:
        found[c.pairing] = {
            "same_time": c.same_time.r.value,
            "strongest": c.strongest.r.value,
            "strongest_lag": c.strongest.lag,
            "band": c.band,
            "p_value": c.p_value,
            "p_holm": c.p_holm,
        }
    predicts = {name: {f"lag_{e.lag}": _effect(e) for e in effects} for name, effects in result.effects.items()}
    return found | {"predicts": predicts}


def _effect(effect: LagEffect) -> dict[str, float]:
    return {"effect": effect.effect.value, "p_value": effect.p_value, "p_holm": effect.p_corrected}


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """Every correlation by lag (`correlations.csv`), and those of the pairings of MAIN alone."""
    shown = dict(zip(("returns.csv", "fear_greed.csv"), result.main.values(), strict=True))
    return {"correlations.csv": _table(result.correlations)} | {file: _table([c]) for file, c in shown.items()}


def _table(correlations: Sequence[LagCorrelation]) -> pd.DataFrame:
    return pd.DataFrame([_row(c, point) for c in correlations for point in c.points]).round(6)


def _row(c: LagCorrelation, point: LagPoint) -> dict[str, object]:
    r = {"correlation": point.r.value, "low": point.r.low, "high": point.r.high}
    tested = {"p_value": point.p_value, "band": c.band, "measure": c.measure, "coefficient": c.coefficient}
    return {"pairing": c.pairing, "lag": point.lag, "pairs": point.pairs, **r, **tested}
