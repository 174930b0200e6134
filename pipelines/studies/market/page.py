"""The report of the study of the market, in words that follow from its numbers."""

from collections.abc import Sequence

from barometer.corpus.simulate import FEAR_GREED_LAGS, NEWS_LAGS
from pipelines import markdown
from pipelines.studies.market.figures import caption
from pipelines.studies.market.findings import Findings
from pipelines.studies.market.tables import bare, correlations, interval, other_measures, p_words, predictions
from pipelines.studies.study import Page

MAIN = {"level_return": "BTC returns", "level_fear_greed_change": "changes of the Fear & Greed index"}
# What the simulation builds in: the right answer where the market is simulated.
BUILT_IN = {"level_return": NEWS_LAGS, "level_fear_greed_change": FEAR_GREED_LAGS}


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
        body=[*correlations(f), "", *other_measures(f), "", *predictions(f)],
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
    strongest = f"r = {interval(r, r.strongest)} at lag {bare([int(r.lags[r.strongest])])}"
    found, p_value = f.found(pairing), p_words(f.p_corrected(pairing))
    if not found:
        return (
            f"The barometer is **not shown to correlate** with {other} at any lag: the strongest is {strongest} "
            f"({p_value} after correction for lags and pairings); |r| up to {r.band:.2f} would not have shown."
        )
    each = ", ".join(f"{bare([lag])} (r = {r.value[r.at(lag)]:+.2f})" for lag in found)
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
        effects = (f"{markdown.estimate(e.effect, 1, 2)} % at lag {e.lag} ({p_words(e.p_corrected)})" for e in forward)
        said = f"past barometers **help to predict returns**: {', '.join(effects)} for one standard deviation"
    else:
        least = min(f.effects["news_first"], key=lambda e: e.p_corrected)
        said = f"past barometers are **not shown to help predict returns** (least {p_words(least.p_corrected)})"
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
            verdict = f"missed {bare(sorted(built - found))}, found besides {bare(sorted(found - built))}"
        said.append(f"{other} were made to follow the news at lags {bare(sorted(built))}: {verdict}")
    return f"This market is **simulated**, as a control of the method: {'; '.join(said)}."


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
