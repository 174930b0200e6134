"""The numbers and verdicts of the study of drift, and the tables derived from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import binom

from barometer.drift.measure import Features, Measure
from barometer.stats import Estimate
from pipelines.studies.drift.methods.comparison import CHANCE, Comparison, LeftOut, difference
from pipelines.studies.drift.methods.sides import DriftStudySettings, PairName

_DISTRUST = 0.01  # chance does not explain a number of controls off 0.5 that is less likely than this
_LINES = {"word": "words", "embedding": "embedding"}


@dataclass(frozen=True)
class OutletGap:
    """One outlet beside the same number of headlines from all outlets; `gap` is the AUC of these minus the outlet's."""

    one: Comparison
    matched: Comparison

    @property
    def gap(self) -> Estimate:
        """Of the main measures."""
        return difference(self.matched.main.auc, self.one.main.auc)


@dataclass(frozen=True)
class Result:
    """All findings of the study.

    Attributes:
        settings: parameters of the run.
        comparisons: those that could be made, one or more of the pair `compared`.
        left_out: those that could not.
    """

    settings: DriftStudySettings
    comparisons: Sequence[Comparison]
    left_out: Sequence[LeftOut]

    @property
    def titles(self) -> Mapping[PairName, str]:
        """The name of each pair of sets, in the order of the report."""
        titles: dict[PairName, str] = {"compared": "all outlets"}
        if self.settings.one_source:
            outlet = self.settings.one_source.outlet
            titles |= {"one_source": f"only {outlet}", "size_matched": f"all outlets, as many as from {outlet}"}
        return titles

    @property
    def lines(self) -> Sequence[str]:
        """The name of each measure; all comparisons have the same ones."""
        measures = self.comparisons[0].drift.measures
        return [_LINES[m.features] + (", masked" if m.masked else "") for m in measures]

    @property
    def ordered(self) -> Sequence[Comparison]:
        """All comparisons, in the order of `titles`."""
        return [c for pair in self.titles for c in self.comparisons if c.pair == pair]

    @property
    def compared(self) -> Sequence[Comparison]:
        """The comparisons of interest."""
        return [c for c in self.comparisons if c.pair == "compared"]

    @property
    def newest(self) -> Comparison:
        """The comparison of interest whose newer set is the newest."""
        return max(self.compared, key=lambda comparison: comparison.group)

    @property
    def outlet_gaps(self) -> Sequence[OutletGap]:
        """Every comparison of one outlet that has a counterpart of the same size."""
        matched = {c.group: c for c in self.comparisons if c.pair == "size_matched"}
        return [
            OutletGap(c, matched[c.group]) for c in self.comparisons if c.pair == "one_source" and c.group in matched
        ]

    @property
    def controls(self) -> Sequence[Estimate]:
        """The controls of all comparisons."""
        return [control for comparison in self.comparisons for control in comparison.controls]

    @property
    def controls_off(self) -> int:
        """How many controls' intervals miss 0.5."""
        return sum(not control.low <= CHANCE <= control.high for control in self.controls)

    @property
    def controls_credible(self) -> bool:
        """Whether chance explains that many."""
        tail = binom.sf(self.controls_off - 1, len(self.controls), 1 - self.settings.confidence)
        return bool(tail >= _DISTRUST)

    @property
    def outlet_shifts(self) -> Sequence[float]:
        """Distances of the mixes of outlets in the comparisons of interest, where both sets name outlets."""
        return [c.outlet_shift for c in self.compared if c.outlet_shift is not None]

    @property
    def hardly_confounded(self) -> bool:
        """Whether the mixes of outlets are close in all comparisons of interest that name outlets."""
        return all(c.hardly_confounded for c in self.compared if c.outlet_shift is not None)

    @property
    def masking_effects(self) -> Mapping[Features, Mapping[str, Estimate]]:
        """What masking does to the AUC, by features and group of the comparisons of interest; empty if not measured."""
        found = {
            kind: {c.group: c.masking_effect(kind, self.settings.confidence) for c in self.compared}
            for kind in self.settings.features
        }
        both = {kind: {k: e for k, e in effects.items() if e is not None} for kind, effects in found.items()}
        return {kind: effects for kind, effects in both.items() if effects}


def metrics(result: Result) -> dict[str, Any]:
    """Figures by pair, group and kind of features."""
    found: dict[str, Any] = {}
    for comparison, measure, adjusted in _measures(result):
        lines = found.setdefault(comparison.pair, {}).setdefault(comparison.group, {})
        lines[f"{measure.features}_masked" if measure.masked else measure.features] = {
            "auc": measure.auc.value,
            "auc_low": measure.auc.low,
            "auc_high": measure.auc.high,
            "control": measure.control.value,
            "p_value": measure.p_value,
            "p_adjusted": adjusted,
        }
    return found


def tables(result: Result) -> dict[str, pd.DataFrame]:
    """Every measure (`auc.csv`) and every drifted n-gram (`ngrams.csv`), whose sets are shares of headlines."""
    aucs = [
        {
            "comparison": " ".join([c.pair, c.group, m.features, "masked" if m.masked else "whole"]),
            "pair": c.pair,
            "group": c.group,
            "features": m.features,
            "masked": m.masked,
            "reference_headlines": c.drift.reference,
            "newer_headlines": c.drift.newer,
            "auc": round(m.auc.value, 4),
            "low": round(m.auc.low, 4),
            "high": round(m.auc.high, 4),
            "control": round(m.control.value, 4),
            "control_low": round(m.control.low, 4),
            "control_high": round(m.control.high, 4),
            "p_value": round(m.p_value, 6),
            "p_adjusted": round(adjusted, 6),
        }
        for c, m, adjusted in _measures(result)
    ]
    ngrams = [
        {
            "pair": c.pair,
            "group": c.group,
            "masked": masked,
            "ngram": n.ngram,
            "z": round(n.z, 3),
            "reference": round(n.reference, 5),
            "newer": round(n.newer, 5),
        }
        for c in result.comparisons
        for masked, found in c.drift.ngrams.items()
        for n in found
    ]
    return {"auc.csv": pd.DataFrame(aucs), "ngrams.csv": pd.DataFrame(ngrams)}


def _measures(result: Result) -> Iterator[tuple[Comparison, Measure, float]]:
    for comparison in result.comparisons:
        for measure, adjusted in zip(comparison.drift.measures, comparison.adjusted, strict=True):
            yield comparison, measure, adjusted
