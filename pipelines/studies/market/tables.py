"""The tables of the report of the study of the market, and how it writes lags and p-values."""

from collections.abc import Sequence

from barometer.stats import Estimate
from pipelines import markdown
from pipelines.studies.market.analysis import PAIRINGS, Comparison, Measure
from pipelines.studies.market.findings import Findings
from pipelines.studies.market.lags import Coefficient, LagCorrelation


def correlations(f: Findings) -> list[str]:
    """The section of the barometer's correlations by pairing."""
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
        interval(r, same),
        interval(r, strongest),
        bare([int(r.lags[strongest])]),
        f"±{r.band:.2f}",
        bare(r.found),
        number(f.p_corrected(pairing)),
    ]


def other_measures(f: Findings) -> list[str]:
    """The section of other measures and coefficients."""
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
    return f"{r.value[r.strongest]:+.2f} at {bare([int(r.lags[r.strongest])])}, {p_words(c.p_value)}"


def predictions(f: Findings) -> list[str]:
    """The section of what predicts what, by lag."""
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
        cells = [[markdown.estimate(e.effect, 1, 2), str(e.rows), number(e.p_corrected)] for e in (forward, back)]
        rows.append([str(forward.lag), *cells[0], *cells[1]])
    return [
        "## Does one predict the other?",
        "",
        f"Effect of one standard deviation of the predictor some {every}s before, in a regression with a constant and "
        "the target's own last value; errors of Newey and West (1987); p corrected by Holm's method over the table.",
        "",
        *markdown.table(header, rows),
    ]


def interval(r: LagCorrelation, at: int) -> str:
    """A correlation at one position with its interval."""
    return markdown.estimate(Estimate(r.value[at], r.low[at], r.high[at]), 1, 2)


def bare(lags: Sequence[int]) -> str:
    """Lags with their signs, such as `-1, 0, +2`, or none."""
    return ", ".join(f"{lag:+d}" if lag else "0" for lag in lags) or "none"


def number(p_value: float) -> str:
    """A p-value to two or three decimals."""
    if p_value < 0.001:
        return "< 0.001"
    return f"{p_value:.3f}" if p_value < 0.1 else f"{p_value:.2f}"


def p_words(p_value: float) -> str:
    """A p-value as it stands in a sentence, such as `p = 0.03`."""
    shown = number(p_value)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"
