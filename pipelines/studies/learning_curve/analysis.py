"""The numbers of the learning curve study, and the tables derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from barometer.stats import Censored, Estimate

POINT = 0.01
OUT_OF_REACH = 100  # times the available labels: no curve is trusted so far ahead
MAX_UNDETERMINED = 0.05  # share of fits beyond which a law counts as not identified


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Scores at one training size.

    Attributes:
        size: training headlines.
        accuracy, macro_f1: means over seeds.
        deviation: standard deviation of accuracy between seeds; None for a single run.
        lowest, highest: accuracy of the worst and the best run.
    """

    size: int
    accuracy: Estimate
    macro_f1: Estimate
    deviation: float | None
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The accuracy at full size as the smaller sizes predict it, against the one measured.

    Attributes:
        predicted: for a single run, so with the deviation between runs.
        measured: of the one model trained on everything.
        miss: predicted minus measured on the same resampled headlines.
    """

    predicted: Estimate
    measured: Estimate
    miss: Estimate

    @property
    def holds(self) -> bool:
        """Whether the measured accuracy lies within what the smaller sizes allow."""
        return self.miss.low <= 0 <= self.miss.high


@dataclass(frozen=True, slots=True)
class Ahead:
    """Accuracy at a multiple of the available labels, and its gain over them, on the fitted curve."""

    multiple: float
    accuracy: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Curve:
    """The learning curve of one model and its extrapolation.

    Attributes:
        points: the trained sizes, ascending; the full size is the last one where there is such a run.
        asymptote, exponent: a and c of error(n) = a + b n^-c.
        undetermined: share of the bootstrap's fits that are flat or end at a bound of the exponent.
        ahead: one for each multiple of the available labels, ascending.
        last_step: accuracy gained over the last trained step of the curve, without any law.
        more_labels: how many more labels for one more point of accuracy; None means more than OUT_OF_REACH times the
            available ones, or that no number suffices.
        reachable: share of the bootstrap's fits in which that number is within reach.
        backtest: None where there is no run on everything.
        grid: rows of training size, accuracy and its bounds, from the smallest size that every fit uses.
        resolution: accuracy that one test headline is worth; a smaller gain cannot be told from none.
    """

    points: Sequence[CurvePoint]
    asymptote: Estimate
    exponent: Estimate
    undetermined: float
    ahead: Sequence[Ahead]
    last_step: Estimate
    more_labels: Censored
    reachable: float
    backtest: Backtest | None
    grid: Sequence[tuple[float, float, float, float]]
    resolution: float

    @property
    def helps(self) -> bool:
        """Whether the smallest multiple of the labels is shown to gain more than one test headline."""
        return self.ahead[0].gain.low > self.resolution

    @property
    def identified(self) -> bool:
        """Whether the data determine the law, so that its parameters mean something by themselves."""
        return self.undetermined <= MAX_UNDETERMINED

    @property
    def has_ceiling(self) -> bool:
        """Whether some error is shown to remain however many labels there are."""
        return self.asymptote.low >= self.resolution


@dataclass(frozen=True, slots=True)
class Result:
    """All findings of the study.

    Attributes:
        curves: by model.
        seeds: by model.
        left_out: by model, the sizes in the parameters that the training part does not reach.
        available, tested: headlines of the training and the test part.
        auxiliary: whether the pipeline's own models also learn from other corpora.
        min_steps: of a model trained in steps.
        confidence: of all intervals.
    """

    curves: Mapping[str, Curve]
    seeds: Mapping[str, int]
    left_out: Mapping[str, Sequence[int]]
    available: int
    tested: int
    auxiliary: bool
    min_steps: int
    confidence: float

    @property
    def backtests(self) -> Mapping[str, Backtest]:
        """The backtests by model, where there are any."""
        return {name: curve.backtest for name, curve in self.curves.items() if curve.backtest}

    @property
    def failed(self) -> Sequence[str]:
        """The models whose backtest fails: their extrapolation is a rough guide at most."""
        return [name for name, test in self.backtests.items() if not test.holds]


def metrics(result: Result) -> dict[str, object]:
    """The figures of each model; what is out of reach is null."""
    return {
        name: {
            "accuracy_by_size": {point.size: point.accuracy.value for point in curve.points},
            "macro_f1_by_size": {point.size: point.macro_f1.value for point in curve.points},
            "gain": {f"{ahead.multiple:g}x": asdict(ahead.gain) for ahead in curve.ahead},
            "more_labels_for_a_point": asdict(curve.more_labels),
            "share_of_fits_in_reach": curve.reachable,
            "share_of_fits_undetermined": curve.undetermined,
            "asymptote": asdict(curve.asymptote),
            "exponent": asdict(curve.exponent),
            "backtest_miss": asdict(curve.backtest.miss) if curve.backtest else None,
        }
        for name, curve in result.curves.items()
    }


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """The trained sizes (`learning_curve.csv`), and the fitted laws at the sizes drawn (`fitted.csv`)."""
    points = [
        {"model": name, "size": point.size}
        | _columns("accuracy", point.accuracy)
        | _columns("macro_f1", point.macro_f1)
        for name, curve in result.curves.items()
        for point in curve.points
    ]
    laws = [(name, *row) for name, curve in result.curves.items() for row in curve.grid]
    return {
        "learning_curve.csv": pd.DataFrame(points).round(6),
        "fitted.csv": pd.DataFrame(laws, columns=["model", "size", "accuracy", "low", "high"]).round(6),
    }


def _columns(name: str, figure: Estimate) -> dict[str, float]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
