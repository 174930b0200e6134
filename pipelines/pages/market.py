"""The report of the study of the market, in words that follow from its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from barometer.corpus.simulate_market import FEAR_GREED_LAGS, NEWS_LAGS
from barometer.experiments.lags import Coefficient, LagCorrelation
from barometer.experiments.market import MEASURES, PAIRINGS, Comparison, MarketSettings, Measure
from barometer.experiments.predictability import LagEffect
from barometer.models.metrics import Estimate
from pipelines import markdown
from pipelines.figures.market import caption
from pipelines.studies import Page

MAIN = {"level_return": "BTC returns", "level_fear_greed_change": "changes of the Fear & Greed index"}
# What the simulation builds in: the right answer where the market is simulated.
BUILT_IN = {"level_return": NEWS_LAGS, "level_fear_greed_change": FEAR_GREED_LAGS}


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


def market_page(findings: Findings) -> Page:
    """Put the findings into words."""
    f = findings
    relations = " ".join(_relation(f, pairing, other) for pairing, other in MAIN.items())
    control = f" {_control(f)}" if f.synthetic else ""
    return Page(
        title="The barometer and the market",
        question=f"Does the {'daily' if f.params.every == 'day' else 'weekly'} mood of crypto headlines go with, "
        "follow or lead Bitcoin's returns and the Fear & Greed index?",
        method=_method(f),
        finding=f"{relations} {_prediction(f)}{control}",
        figure="market.png",
        caption=caption([f.of(pairing) for pairing in MAIN], f.params),
        body=[*_correlations(f), "", *_other_measures(f), "", *_predictions(f)],
        limits=_limits(f),
    )


def _method(f: Findings) -> str:
    p = f.params
    learnt = "left out" if p.trained == "leave_out" else "included"
    source = "**simulated** prices and index of the demo corpus" if f.synthetic else "BTC closes (UTC) and index"
    return (
        f"The shipped model ({f.model}, version `{f.version}`) scored {f.headlines:,} dated headlines of "
        f"{', '.join(p.corpora)} from {f.first} to {f.last}, those that it learnt from {learnt}; the barometer is the "
        f"mean positive probability of each {p.every} (UTC) with at least {p.min_headlines} headlines: {f.used}. "
        f"It was set beside the {source} at lags of -{p.max_lag} to +{p.max_lag} calendar {p.every}s; a positive lag "
        f"means that the market comes after the news. Intervals come from {p.resamples:,} resamples of the "
        f"stationary bootstrap (mean block {p.mean_block} {p.every}s; Politis and Romano 1994); tests compare the "
        f"strongest of all {2 * p.max_lag + 1} lags with that under every circular shift of one series, which keeps "
        "autocorrelation."
    )


def _relation(f: Findings, pairing: str, other: str) -> str:
    r = f.of(pairing).correlation
    strongest = f"r = {_interval(r, r.strongest)} at lag {_bare([int(r.lags[r.strongest])])}"
    found, p_value = f.found(pairing), _p(f.p_corrected(pairing))
    if not found:
        return (
            f"The barometer is **not shown to correlate** with {other} at any lag: the strongest is {strongest} "
            f"({p_value} after correction for lags and pairings); |r| up to {r.band:.2f} would not have shown."
        )
    each = ", ".join(f"{_bare([lag])} (r = {r.value[r.at(lag)]:+.2f})" for lag in found)
    return (
        f"The barometer **correlates with {other}** at {'lag' if len(found) == 1 else 'lags'} {each}: "
        f"{_when(found, f.params.every)}. The strongest is {strongest} ({p_value} after correction for lags and "
        "pairings)."
    )


def _when(found: Sequence[int], every: str) -> str:
    """What the lags say of who comes first."""
    words = {
        "the market before the news": any(lag < 0 for lag in found),
        f"the same {every}": 0 in found,
        "the market after the news": any(lag > 0 for lag in found),
    }
    return " and ".join(word for word, true in words.items() if true)


def _prediction(f: Findings) -> str:
    """Answer whether news helps to predict returns beyond the return before, and the other way about."""
    alpha = 1 - f.params.confidence
    forward, back = ([e for e in f.effects[name] if e.p_corrected < alpha] for name in ("news_first", "market_first"))
    if forward:
        effects = (f"{markdown.estimate(e.effect, 1, 2)} % at lag {e.lag} ({_p(e.p_corrected)})" for e in forward)
        said = f"past barometers **help to predict returns**: {', '.join(effects)} for one standard deviation"
    else:
        least = min(f.effects["news_first"], key=lambda e: e.p_corrected)
        said = f"past barometers are **not shown to help predict returns** (least {_p(least.p_corrected)})"
    lags = ", ".join(str(e.lag) for e in back)
    reverse = f"help to predict the barometer (lag {lags})" if back else "are not shown to help predict the barometer"
    return f"Beyond the return of the {f.params.every} before, {said}; past returns {reverse}."


def _control(f: Findings) -> str:
    """Compare what was found with what the simulation built in."""
    said = []
    for pairing, other in MAIN.items():
        found, built = set(f.found(pairing)), set(BUILT_IN[pairing])
        verdict = "exactly those are found"
        if found != built:
            verdict = f"missed {_bare(sorted(built - found))}, found besides {_bare(sorted(found - built))}"
        said.append(f"{other} were made to follow the news at lags {_bare(sorted(built))}: {verdict}")
    return f"This market is **simulated**, as a control of the method: {'; '.join(said)}."


def _correlations(f: Findings) -> list[str]:
    return [
        "## Correlations",
        "",
        "The barometer (mean positive probability): Pearson's r with its interval, and the band that the strongest lag "
        "of unrelated series stays in; p corrected for lags and, by Holm's method, for pairings.",
        "",
        *markdown.table(
            ["pairing", f"{f.params.every}s", "r at lag 0", "strongest r", "its lag", "band", "lags outside", "p"],
            [_pairing_row(f, pairing) for pairing in PAIRINGS],
        ),
        "",
        "Two series that wander slowly correlate easily by chance (Granger and Newbold 1974), so read barometer "
        "against index by the band, not by r. Autocorrelation of the news spreads a correlation to neighbouring lags, "
        "which are then no findings of their own. A change shares noise with the change before, so what a level shows "
        "at one lag, its change may show with turned sign at the lag before.",
        "",
        "![Correlations by lag of the other pairings](lags.png)",
    ]


def _pairing_row(f: Findings, pairing: str) -> list[str]:
    r = f.of(pairing).correlation
    same, strongest = r.at(0), r.strongest
    return [
        PAIRINGS[pairing].title,
        str(r.pairs[same]),
        _interval(r, same),
        _interval(r, strongest),
        _bare([int(r.lags[strongest])]),
        f"±{r.band:.2f}",
        _bare(r.found),
        _number(f.p_corrected(pairing)),
    ]


def _other_measures(f: Findings) -> list[str]:
    chosen: list[tuple[str, Measure, Coefficient]] = [
        ("positive, Spearman", "positive", "spearman"),
        ("balance, Pearson", "balance", "pearson"),
        ("balance, Spearman", "balance", "spearman"),
    ]
    rows = [
        [title.title, *[_strongest(f.of(pairing, measure, coefficient)) for _, measure, coefficient in chosen]]
        for pairing, title in PAIRINGS.items()
    ]
    return [
        "## Other measures (exploratory)",
        "",
        "The strongest correlation and its lag; p corrected for lags only. Balance: mean positive minus negative "
        "probability.",
        "",
        *markdown.table(["pairing", *[title for title, _, _ in chosen]], rows),
    ]


def _strongest(c: Comparison) -> str:
    r = c.correlation
    return f"{r.value[r.strongest]:+.2f} at {_bare([int(r.lags[r.strongest])])}, {_p(c.p_value)}"


def _predictions(f: Findings) -> list[str]:
    every = f.params.every
    header = [
        f"lag, {every}s",
        "barometer to return, %",
        f"{every}s",
        "p",
        "return to barometer, points",
        f"{every}s",
        "p",
    ]
    rows = []
    for forward, back in zip(f.effects["news_first"], f.effects["market_first"], strict=True):
        cells = [[markdown.estimate(e.effect, 1, 2), str(e.rows), _number(e.p_corrected)] for e in (forward, back)]
        rows.append([str(forward.lag), *cells[0], *cells[1]])
    return [
        "## Does one predict the other?",
        "",
        f"Effect of one standard deviation of the predictor some {every}s before, in a regression with a constant and "
        "the target's own last value; errors of Newey and West (1987); p corrected by Holm's method over the table.",
        "",
        *markdown.table(header, rows),
    ]


def _limits(f: Findings) -> str:
    p = f.params
    if f.synthetic:
        market = "The market here is made from the corpus's own labels: it tests the method and tells of no market."
    else:
        market = (
            f"One coin, {f.used} {p.every}s, and those outlets that happen to be in the corpus, more in some "
            f"{p.every}s than in others: other titles give another barometer."
        )
    return (
        "No cause, and no trading signal: headlines often report the move of their own day, and costs, the hour of the "
        f"news and other predictors were not considered. The index is published at the start of its day, so news of "
        f"one {p.every} can show in the next index without leading anything. {market} The model learnt from "
        f"{', '.join(f.trained_on)} and errs, which blurs every correlation towards zero; one weaker than the band "
        "would have gone unseen. Circular shifts and the bootstrap take each series to keep its character over the "
        "whole time, which markets do not. P-values are corrected within each table, not over the page, and those of "
        "the second table only for lags."
    )


def _interval(r: LagCorrelation, at: int) -> str:
    return markdown.estimate(Estimate(r.value[at], r.low[at], r.high[at]), 1, 2)


def _bare(lags: Sequence[int]) -> str:
    return ", ".join(f"{lag:+d}" if lag else "0" for lag in lags) or "none"


def _number(p_value: float) -> str:
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.3f}" if p_value < 0.1 else f"{p_value:.2f}"


def _p(p_value: float) -> str:
    number = _number(p_value)
    return f"p {number}" if number.startswith("<") else f"p = {number}"
