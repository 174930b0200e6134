"""What a learning curve says: scores by training size, the law through them, and what lies ahead."""

from collections.abc import Sequence
from dataclasses import dataclass

from barometer.models.base import Floats
from barometer.stats import Estimate

POINT = 0.01
OUT_OF_REACH = 100  # times the labels at hand: no curve is believed so far ahead


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Scores at one training size: means over seeds, their intervals, and the deviation of accuracy between seeds."""

    size: int
    accuracy: Estimate
    macro_f1: Estimate
    deviation: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The accuracy at full size as the smaller sizes foretell it, against what was seen there.

    Attributes:
        predicted: for a single run, so with the deviation between runs.
        seen: of the one model trained on everything.
        miss: predicted minus seen on the same resampled headlines; the curve holds if it may be 0.
    """

    predicted: Estimate
    seen: Estimate
    miss: Estimate

    @property
    def holds(self) -> bool:
        """Whether what was seen lies within what the smaller sizes allow."""
        return self.miss.low <= 0 <= self.miss.high


@dataclass(frozen=True, slots=True)
class Ahead:
    """Accuracy at a multiple of the labels at hand, and what it gains over them, on the fitted curve."""

    multiple: float
    accuracy: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """What one model's learning curve says.

    Attributes:
        points: the trained sizes, ascending; the full size is the last one where there is such a run.
        asymptote, exponent: a and c of error(n) = a + b n^-c.
        undetermined: share of the bootstrap's fits that are flat or end at a bound of the exponent.
        ahead: one for each multiple of the labels at hand, ascending.
        last_step: accuracy gained over the last step of the curve that was really trained, without any law.
        more_labels: how many more labels for one more point of accuracy; inf means more than OUT_OF_REACH times
            those at hand, or that no number suffices.
        reachable: share of the bootstrap's fits in which it is not inf.
        backtest: None where there is no run on everything.
        grid: training sizes from the smallest that every fit uses, with accuracy and its bounds, shape (G, 4).
        resolution: what one test headline is worth; a smaller gain cannot be told from none.
    """

    points: Sequence[CurvePoint]
    asymptote: Estimate
    exponent: Estimate
    undetermined: float
    ahead: Sequence[Ahead]
    last_step: Estimate
    more_labels: Estimate
    reachable: float
    backtest: Backtest | None
    grid: Floats
    resolution: float

    @property
    def helps(self) -> bool:
        """Whether twice (or the nearest multiple) the labels are shown to gain more than one test headline."""
        return self.ahead[0].gain.low > self.resolution
