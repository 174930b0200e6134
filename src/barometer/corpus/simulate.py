"""What the demo corpus simulates: annotators, and a market that follows its news in a known way.

Annotators are a seeded noise model in the manner of Dawid and Skene (1979). Each has a confusion matrix: the row of the
intended label gives the chances of each vote. On headlines marked as hard, each row is blended with the annotator's
habit (the votes given when unsure). Votes are independent given the label, the mark and the annotator; real annotators
are not, which is one reason why agreement on this corpus says nothing about people.

Daily returns of the market are a GARCH(1,1) process (Bollerslev 1986) whose innovations carry what is surprising in the
mood of the day's headlines and, more weakly, in that of the day before. The Fear & Greed index is an autoregression on
the return of the day before, as the real one is published at the start of its day. So a study of lags has a right
answer here: NEWS_LAGS and FEAR_GREED_LAGS.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Votes = NDArray[np.int64]
Floats = NDArray[np.float64]

# Share of the innovation's standard deviation that the surprise of k days before contributes: far more than in any
# market, so that a study of few headlines a day, read by a model that errs, can see it.
NEWS_EFFECTS: Mapping[int, float] = {0: 0.6, 1: 0.45}
NEWS_LAGS = tuple(NEWS_EFFECTS)
FEAR_GREED_LAGS = tuple(lag + 1 for lag in NEWS_EFFECTS)

_VOLATILITY, _SHOCK, _MEMORY = 0.03, 0.08, 0.90  # long-run standard deviation a day, GARCH alpha and beta
_DRIFT, _FIRST_PRICE = 0.0005, 950.0
_INDEX_MEAN, _INDEX_MEMORY, _INDEX_SHOCK, _INDEX_NOISE = 50.0, 0.95, 3.0, 1.0
_NEIGHBOURS, _SHRINKAGE = 7, 3.0
_CLASSES = ((24, "Extreme Fear"), (46, "Fear"), (54, "Neutral"), (75, "Greed"), (100, "Extreme Greed"))


@dataclass(frozen=True, slots=True)
class SimulatedAnnotator:
    """One annotator's noise.

    Attributes:
        confusion: chances of each vote (column) for each intended label (row), class order.
        habit: chances of each vote when unsure.
        doubt: how far a hard headline moves a row towards the habit, in [0, 1].
    """

    confusion: tuple[tuple[float, float, float], ...]
    habit: tuple[float, float, float]
    doubt: float

    def chances(self, hard: bool) -> NDArray[np.float64]:
        """Matrix of shape (3, 3): row intended label, column vote."""
        rows = np.array(self.confusion)
        return (1 - self.doubt) * rows + self.doubt * np.array(self.habit) if hard else rows


ANNOTATORS: dict[str, SimulatedAnnotator] = {
    # careful, seldom wrong, unsure towards neutral
    "annotator_1": SimulatedAnnotator(
        ((0.95, 0.04, 0.01), (0.04, 0.92, 0.04), (0.01, 0.04, 0.95)), (0.2, 0.6, 0.2), 0.35
    ),
    # hasty, calls much neutral
    "annotator_2": SimulatedAnnotator(
        ((0.84, 0.13, 0.03), (0.05, 0.89, 0.06), (0.02, 0.14, 0.84)), (0.15, 0.7, 0.15), 0.45
    ),
    # an optimist, reads neutral launches as good news
    "annotator_3": SimulatedAnnotator(
        ((0.88, 0.07, 0.05), (0.05, 0.78, 0.17), (0.01, 0.04, 0.95)), (0.15, 0.25, 0.6), 0.45
    ),
}


def simulate_votes(labels: Votes, hard: NDArray[np.bool_], rng: np.random.Generator) -> dict[str, Votes]:
    """Draw the vote of every annotator for N intended labels; arrays of shape (N,), class order."""
    return {name: _draw(annotator, labels, hard, rng) for name, annotator in ANNOTATORS.items()}


def _draw(annotator: SimulatedAnnotator, labels: Votes, hard: NDArray[np.bool_], rng: np.random.Generator) -> Votes:
    chances = np.stack([annotator.chances(hard=False), annotator.chances(hard=True)])[hard.astype(int), labels]
    votes: Votes = (rng.random((len(labels), 1)) > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return votes


def daily_surprise(headlines: pd.DataFrame, days: pd.DatetimeIndex) -> Floats:
    """What the mood of each day's headlines (`date`, `label` in class order) does not share with its week; shape (N,).

    The mood is the mean label, shrunk towards the overall mean on days of few headlines (0 without any). The surprise
    is its residual on the moods of the seven days before and after, so it is uncorrelated with the mood of other days:
    an effect built in at one lag stays there, though the mood itself is autocorrelated. Its mean square over days with
    news is 1.
    """
    centred = headlines["label"] - headlines["label"].mean()
    by_day = centred.groupby(pd.to_datetime(headlines["date"])).agg(["sum", "size"]).reindex(days, fill_value=0)
    count = by_day["size"].to_numpy(dtype=float)
    mood = by_day["sum"].to_numpy(dtype=float) / (count + _SHRINKAGE)
    padded = np.pad(mood, _NEIGHBOURS)
    around = sliding_window_view(padded, 2 * _NEIGHBOURS + 1)
    neighbours = np.delete(around, _NEIGHBOURS, axis=1)
    weight = np.sqrt(count)[:, None]  # days with many headlines are those that a study can use
    coefficients = np.linalg.lstsq(weight * neighbours, weight[:, 0] * mood, rcond=None)[0]
    surprise = np.where(count > 0, mood - neighbours @ coefficients, 0.0)
    return np.asarray(surprise / np.sqrt(np.mean(surprise[count > 0] ** 2)))


def simulate_returns(surprise: Floats, rng: np.random.Generator) -> Floats:
    """Log returns of N days that follow the surprise (shape (N,), mean square 1) by NEWS_EFFECTS."""
    news = sum(effect * np.r_[np.zeros(lag), surprise[: len(surprise) - lag]] for lag, effect in NEWS_EFFECTS.items())
    own_share = 1 - sum(effect**2 for effect in NEWS_EFFECTS.values())
    innovations = np.sqrt(own_share) * rng.standard_normal(len(surprise)) + news
    returns = np.empty(len(surprise))
    variance = _VOLATILITY**2
    for t, innovation in enumerate(innovations):
        shock = np.sqrt(variance) * innovation
        returns[t] = _DRIFT + shock
        variance = (1 - _SHOCK - _MEMORY) * _VOLATILITY**2 + _SHOCK * shock**2 + _MEMORY * variance
    return returns


def simulate_fear_greed(returns: Floats, rng: np.random.Generator) -> Floats:
    """Index of N days in [0, 100]: day t knows the returns up to day t - 1."""
    noise = _INDEX_NOISE * rng.standard_normal(len(returns))
    index = np.empty(len(returns))
    level = _INDEX_MEAN
    for t, disturbance in enumerate(noise):
        known = returns[t - 1] / _VOLATILITY if t else 0.0
        level = _INDEX_MEAN + _INDEX_MEMORY * (level - _INDEX_MEAN) + _INDEX_SHOCK * known + disturbance
        level = index[t] = min(max(level, 0.0), 100.0)
    return np.round(index)


def price_table(days: pd.DatetimeIndex, returns: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Daily open, high, low, close (US dollars) and volume (bitcoins) whose closes have these log returns."""
    close = _FIRST_PRICE * np.exp(np.cumsum(returns))
    start = np.r_[_FIRST_PRICE, close[:-1]]
    reach = np.exp(np.abs(rng.normal(0.0, _VOLATILITY / 3, size=(2, len(days)))))
    columns = {
        "open": start,
        "high": np.maximum(start, close) * reach[0],
        "low": np.minimum(start, close) / reach[1],
        "close": close,
        "volume": 2000 * np.exp(10 * np.abs(returns) + rng.normal(0.0, 0.3, len(days))),
    }
    return pd.DataFrame({"date": days.strftime("%Y-%m-%d"), **{k: np.round(v, 2) for k, v in columns.items()}})


def fear_greed_table(days: pd.DatetimeIndex, index: Floats) -> pd.DataFrame:
    """The index with the names of its ranges, as its publisher gives them."""
    names = [next(name for most, name in _CLASSES if value <= most) for value in index]
    return pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "fng": index.astype(int), "class": names})
