"""Sentences about drift, made from the numbers of its comparisons."""

from collections.abc import Sequence

from scipy.stats import binom

from barometer.drift.auc import difference
from barometer.drift.measure import Measure
from barometer.stats import Estimate
from pipelines.markdown import estimate
from pipelines.studies.drift.analysis import SIGNIFICANT, Comparison
from pipelines.studies.drift.sides import WHOLE

SEEN = {"word": "words and pairs of words", "embedding": "sentence embeddings"}
_CHANCE = 0.5
# Bounds of Hosmer, Lemeshow and Sturdivant 2013, section 5.2.4, with words for two sets instead of a test.
_STRENGTH = ((0.9, "almost without fail"), (0.8, "well"), (0.7, "fairly well"), (0.6, "weakly"), (0.0, "barely"))
_WHY_LESS = "which a change in the mix of outlets would explain, or an outlet steadier than others"
_ALIKE = 0.1  # mixes of outlets nearer than this are called alike
_DISTRUST = 0.01  # so unlikely a number of controls off chance is no chance


def auc(figure: Estimate) -> str:
    """An AUC with its interval, two decimals."""
    return estimate(figure, 1, 2)


def told_apart(comparison: Comparison) -> bool:
    """Whether the summary's measure shows that the sets differ, counting how many comparisons were made."""
    return main_p_value(comparison) <= SIGNIFICANT and comparison.main.auc.low > _CHANCE


def main_p_value(comparison: Comparison) -> float:
    """The adjusted p-value of the summary's measure."""
    return comparison.adjusted[comparison.result.measures.index(comparison.main)]


def strength(value: float) -> str:
    """How well an AUC tells two sets apart, in words."""
    return next(words for bound, words in _STRENGTH if value >= bound)


def seen_by(measure: Measure) -> str:
    """What the classifier saw."""
    return f"{SEEN[measure.features]}{', numbers and dates masked' if measure.masked else ''}"


def drift_finding(of_interest: Sequence[Comparison]) -> str:
    """Whether the newer sets are told from the reference: one sentence for one set, a summary for several."""
    return _one(of_interest[0]) if len(of_interest) == 1 else _several(of_interest)


def _one(comparison: Comparison) -> str:
    measure = comparison.main
    group = "" if comparison.group == WHOLE else f" of {comparison.group}"
    figures = f"ROC AUC {auc(measure.auc)}, p = {main_p_value(comparison):.2g}"
    if told_apart(comparison):
        how = strength(measure.auc.value)
        return f"The newer headlines{group} are **told apart {how}** by a classifier of {seen_by(measure)}: {figures}."
    return (
        f"The newer headlines{group} are **not shown to differ** from the reference in {seen_by(measure)}: {figures}."
    )


def _several(comparisons: Sequence[Comparison]) -> str:
    apart = sum(told_apart(comparison) for comparison in comparisons)
    least, *_, most = sorted(comparisons, key=lambda comparison: comparison.main.auc.value)
    return (
        f"A classifier of {seen_by(most.main)} tells the headlines of a year from the reference in "
        f"**{apart} of {len(comparisons)} years**; the ROC AUC runs from {auc(least.main.auc)} in {least.group} to "
        f"{auc(most.main.auc)} in {most.group}."
    )


def outlet_finding(comparisons: Sequence[Comparison], outlet: str) -> str:
    """How much is left within one outlet, against as many headlines of all; empty if that was not measured."""
    matched = {c.group: c for c in comparisons if c.pair == "size_matched"}
    pairs = [(c, matched[c.group]) for c in comparisons if c.pair == "one_source" and c.group in matched]
    if not pairs:
        return ""
    if len(pairs) == 1:
        return _one_outlet(*pairs[0], outlet)
    apart = sum(told_apart(one) for one, _ in pairs)
    lower = sum(difference(all_.main.auc, one.main.auc).low > 0 for one, all_ in pairs)
    part = f"in {lower} less well than as many headlines of all outlets, {_WHY_LESS}"
    none = "in none is that shown to be less well than as many headlines of all outlets"
    least, *_, most = sorted((one for one, _ in pairs), key=lambda comparison: comparison.main.auc.value)
    return (
        f"Within one outlet ({outlet}) they are told apart in {apart} of {len(pairs)} years (AUC "
        f"{least.main.auc.value:.2f} to {most.main.auc.value:.2f}); {part if lower else none}."
    )


def _one_outlet(one: Comparison, matched: Comparison, outlet: str) -> str:
    gap = difference(matched.main.auc, one.main.auc)
    time = "they are told apart there too" if told_apart(one) else "they are not shown to differ there"
    figures = f"AUC {auc(one.main.auc)}, against {auc(matched.main.auc)} for as many headlines of all outlets"
    if gap.low > 0:
        share = f"{auc(gap)} more, {_WHY_LESS}"
    else:
        share = f"not shown to be more ({auc(gap)}), so nothing shows that the mix of outlets made the drift"
    return f"Within one outlet ({outlet}) {time}: {figures}, {share}."


def controls(comparisons: Sequence[Comparison]) -> list[Estimate]:
    """The AUC of random halves, for every comparison and kind of features."""
    return [measure.control for comparison in comparisons for measure in comparison.result.measures]


def control_finding(comparisons: Sequence[Comparison], confidence: float) -> str:
    """Whether random halves of the reference are told apart, which would tell against the method."""
    found = controls(comparisons)
    off = sum(not control.low <= _CHANCE <= control.high for control in found)
    values = [c.value for c in controls([c for c in comparisons if c.pair == "compared"])]
    span = f"AUC {min(values):.2f} to {max(values):.2f}" if len(values) > 1 else f"AUC {values[0]:.2f}"
    if not off:
        return f"Random halves of the reference set cannot be told apart, as it must be ({span})."
    counted = f"random halves of the reference set ({span}): {off} of {len(found)} intervals miss 0.5"
    if binom.sf(off - 1, len(found), 1 - confidence) >= _DISTRUST:
        return f"The control, {counted}, which chance explains."
    return f"The control, {counted}, **more than chance explains, so the figures must not be trusted**."


def confounding(comparisons: Sequence[Comparison]) -> str:
    """How far a change of outlets goes with the change of dates."""
    shifts = [c.outlet_shift for c in comparisons if c.pair == "compared" and c.outlet_shift is not None]
    if not shifts:
        return "No outlets are named on one side, so drift over time cannot be told from a change of outlets."
    low, high = f"{100 * min(shifts):.0f}", f"{100 * max(shifts):.0f}"
    span = low if low == high else f"{low} to {high}"
    degree = "hardly confounded: only" if max(shifts) < _ALIKE else "confounded:"
    return (
        f"Outlet and date are {degree} {span} % of the newer headlines would have to come from other outlets for "
        "the mix of the reference set."
    )


def masking_finding(effects: Sequence[tuple[str, Estimate]]) -> str:
    """What masking numbers and dates does to the AUC, from the paired effect in each group."""
    if len(effects) == 1:
        effect = effects[0][1]
        verdict = "they are not shown to matter"
        if effect.high < 0:
            verdict = "they give part of the difference away"
        elif effect.low > 0:
            verdict = "without them the sets are told apart better"
        return f"masking changes the AUC by {estimate(effect, 1, 3)}: {verdict}."
    lower = sum(effect.high < 0 for _, effect in effects)
    group, most = min(effects, key=lambda pair: pair[1].value)
    return (
        f"masking lowers the AUC in {lower} of {len(effects)} years by more than its interval; the greatest change is "
        f"{estimate(most, 1, 3)}, in {group}."
    )
