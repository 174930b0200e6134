"""What the study of the market found, as its page asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.studies.market.analysis import MEASURES, Comparison, MarketSettings, Measure
from pipelines.studies.market.lags import Coefficient
from pipelines.studies.market.predictability import LagEffect


@dataclass(frozen=True)
class Findings:
    """What the study found.

    Attributes:
        params: the study's parameters.
        synthetic: whether the market is the demo's simulated one.
        model, version: the artifact that scored.
        trained_on: names of the corpora it learnt from.
        headlines, first, last: how many headlines were scored, and the days of the first and last one.
        used: days (weeks) with enough headlines.
        comparisons: every pairing, measure and coefficient.
        effects: `news_first` and `market_first`, one effect a lag.
    """

    params: MarketSettings
    synthetic: bool
    model: str
    version: str
    trained_on: Sequence[str]
    headlines: int
    first: date
    last: date
    used: int
    comparisons: Sequence[Comparison]
    effects: dict[str, list[LagEffect]]

    def of(self, pairing: str, measure: Measure = MEASURES[0], coefficient: Coefficient = "pearson") -> Comparison:
        """The comparison of a pairing; by default of the barometer itself, by Pearson's coefficient."""
        wanted = (pairing, measure, coefficient)
        return next(c for c in self.comparisons if (c.pairing, c.measure, c.coefficient) == wanted)

    def found(self, pairing: str) -> list[int]:
        """Lags that leave the band, if the pairing stands up to the correction over pairings; else none."""
        return self.of(pairing).correlation.found if self.p_corrected(pairing) < 1 - self.params.confidence else []

    def p_corrected(self, pairing: str) -> float:
        """P-value of a pairing's strongest lag, corrected for lags and pairings."""
        p_holm = self.of(pairing).p_holm
        assert p_holm is not None  # only exploratory comparisons have none
        return p_holm
