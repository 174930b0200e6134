"""Figures of learning curves: area, deficiency, labels needed, bands; and paired tests with a correction for many."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from scipy.stats import t as student

from barometer.query.diversity import Floats, Indices
from barometer.stats import Censored, Estimate, censored, holm, percentile_interval
from pipelines.studies.active_learning.analysis import BASELINE, Comparison, Curve, Verdict
from pipelines.studies.active_learning.methods.simulation import Runs


def normalised_area(runs: Runs) -> Floats:
    """Area under each of S accuracy curves by trapezoids over the range of labels, shape (S,).

    It is the mean accuracy over that range, so batch sizes that begin and end alike are comparable.
    """
    x = np.asarray(runs.labels, dtype=float)
    return np.asarray(np.trapezoid(runs.accuracy, x, axis=-1) / (x[-1] - x[0]))


def deficiency(full: float, scores: Floats, baseline: Floats) -> float:
    """What a strategy's curve lacks to `full`, over what the baseline's lacks; below 1 is better than the baseline.

    Baram, El-Yaniv and Luz (2004, section 5): sums over the checkpoints of mean curves of shape (T,); `full` is the
    score with every label of the pool. NaN where the baseline lacks nothing, so that there is nothing to gain.
    """
    lacking = float((full - baseline).sum())
    return float((full - scores).sum()) / lacking if lacking > 0 else float("nan")


def labels_needed(labels: Indices, scores: Floats, target: float) -> float:
    """Labels at which a mean curve of shape (T,) first reaches `target`, between checkpoints on a straight line.

    Infinite where it does not within the run: the number is censored.
    """
    x = np.asarray(labels, dtype=float)
    reached = np.flatnonzero(scores >= target)
    if len(reached) == 0:
        return float("inf")
    at = reached[0]
    if at == 0:
        return float(x[0])
    share = (target - scores[at - 1]) / (scores[at] - scores[at - 1])
    return float(x[at - 1] + share * (x[at] - x[at - 1]))


def band(values: Floats, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Mean of S values or curves, shape (S, ...), and the bounds of its pointwise interval by Student's t."""
    mean = values.mean(axis=0)
    half = student.ppf((1 + confidence) / 2, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return mean, mean - half, mean + half


def mean_estimate(values: Floats, confidence: float) -> Estimate:
    """Mean of S values with the interval of Student's t."""
    return Estimate(*(float(figure) for figure in band(values, confidence)))


def compare(pairs: Mapping[str, tuple[Floats, Floats]], confidence: float) -> dict[str, Comparison]:
    """Test each pair of figures of S replicates, A against B, as one family."""
    adjusted = holm([paired_p_value(a - b) for a, b in pairs.values()])
    found = {}
    for (name, (a, b)), p_value in zip(pairs.items(), adjusted, strict=True):
        difference = mean_estimate(a - b, confidence)
        shown: Verdict = "better" if difference.value > 0 else "worse"
        found[name] = Comparison(difference, p_value, shown if p_value < 1 - confidence else "open")
    return found


def paired_p_value(differences: Floats) -> float:
    """Two-sided p-value of the paired t-test of S differences, shape (S,); 1 if all are 0."""
    if not differences.any():
        return 1.0
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    if error == 0:
        return 0.0
    return float(2 * student.sf(abs(differences.mean()) / error, len(differences) - 1))


def bootstrap(
    statistic: Callable[..., float],
    curves: Sequence[Floats],
    rng: np.random.Generator,
    samples: int,
    confidence: float,
) -> Censored:
    """A figure of mean curves with a percentile interval that resamples replicates, the same of every curve.

    Args:
        statistic: takes the mean curves, each of shape (T,), and may return infinity.
        curves: arrays of shape (S, T) whose rows belong together.
        rng: draws the resamples.
        samples: how many.
        confidence: of the interval.
    """
    n = len(curves[0])
    value = statistic(*[curve.mean(axis=0) for curve in curves])
    draws = [statistic(*[c[rows].mean(axis=0) for c in curves]) for rows in rng.integers(0, n, size=(samples, n))]
    return censored(percentile_interval(value, np.array(draws), confidence, between=False))


def summarise(
    runs: Mapping[tuple[int, str], Runs],
    full: float,
    target: float,
    rng: np.random.Generator,
    *,
    samples: int,
    confidence: float,
) -> list[Curve]:
    """One curve for each key of `runs`, in their order; tests against random sampling form one family.

    Args:
        runs: of one learner, by (query size, strategy), with random sampling for every query size.
        full: accuracy with every label of the pool.
        target: accuracy that is to be reached.
        rng: draws the bootstrap.
        samples: resamples of the bootstrap.
        confidence: of all intervals.
    """
    areas = {key: normalised_area(run) for key, run in runs.items()}
    tests = compare(
        {f"{size} {name}": (areas[size, name], areas[size, BASELINE]) for size, name in runs if name != BASELINE},
        confidence,
    )
    estimate = partial(mean_estimate, confidence=confidence)
    spread = partial(bootstrap, rng=rng, samples=samples, confidence=confidence)
    curves = []
    for (size, strategy), run in runs.items():
        both = [run.accuracy, runs[size, BASELINE].accuracy]
        reach = partial(labels_needed, run.labels)
        curves.append(
            Curve(
                query_size=size,
                strategy=strategy,
                labels=run.labels.tolist(),
                accuracy=[Estimate(*point) for point in np.stack(band(run.accuracy, confidence), axis=1).tolist()],
                macro_f1=run.macro_f1.mean(axis=0).tolist(),
                areas=areas[size, strategy].tolist(),
                finals=run.accuracy[:, -1].tolist(),
                area=estimate(areas[size, strategy]),
                final=estimate(run.accuracy[:, -1]),
                final_macro_f1=estimate(run.macro_f1[:, -1]),
                against_random=tests.get(f"{size} {strategy}"),
                deficiency=spread(partial(deficiency, full), both),
                needed=spread(partial(reach, target=target), [run.accuracy]),
                matched=spread(lambda own, random, reach=reach: reach(own, float(random[-1])), both),
                balance=(run.queried.sum(axis=0) / run.queried.sum()).tolist(),
                milliseconds=1000 * float(np.median(run.seconds)),
            )
        )
    return curves


def against_chosen(
    curves: Sequence[Curve], chosen: str, rivals: Sequence[str], confidence: float
) -> dict[str, Comparison]:
    """Each rival's areas minus those of the chosen strategy, of curves of one batch size, as one family of tests."""
    areas = {curve.strategy: np.array(curve.areas) for curve in curves}
    return compare({name: (areas[name], areas[chosen]) for name in rivals}, confidence)
