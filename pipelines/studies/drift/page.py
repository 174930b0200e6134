"""The page of adversarial validation: its frame and its tables; its sentences are in `drift_findings`."""

from collections.abc import Iterator, Sequence

from pipelines.markdown import table
from pipelines.studies.drift import findings as find
from pipelines.studies.drift.analysis import SIGNIFICANT, Comparison, LeftOut
from pipelines.studies.drift.figures import line_name
from pipelines.studies.drift.sides import WHOLE, AdversarialValidationSettings, Side
from pipelines.studies.study import Page

AUCS, NGRAMS = "auc.png", "ngrams.png"
_LISTED = 6


def pair_titles(settings: AdversarialValidationSettings) -> dict[str, str]:
    """What each pair of sets is called, in the order of the report."""
    titles = {"compared": "all outlets"}
    if settings.one_source:
        titles["one_source"] = f"only {settings.one_source.outlet}"
        titles["size_matched"] = f"all outlets, as many as of {settings.one_source.outlet}"
    return titles


def newest(comparisons: Sequence[Comparison]) -> Comparison:
    """The comparison of interest whose newer set is the newest."""
    return max(_of_interest(comparisons), key=lambda comparison: comparison.group)


def build_page(
    comparisons: Sequence[Comparison], left_out: Sequence[LeftOut], settings: AdversarialValidationSettings
) -> Page:
    """Make the report of the comparisons that were made and of those that could not be."""
    outlet = settings.one_source.outlet if settings.one_source else ""
    sentences = [
        find.drift_finding(_of_interest(comparisons)),
        find.outlet_finding(comparisons, outlet),
        find.control_finding(comparisons, settings.confidence),
    ]
    masked = " Hollow: numbers and dates masked." if True in settings.masking else ""
    return Page(
        title="Adversarial validation: do newer headlines look like those that were learnt from?",
        question="Can a classifier tell the reference headlines from newer ones, and by what?",
        method=_method(settings),
        finding=" ".join(sentence for sentence in sentences if sentence),
        figure=AUCS,
        caption=(
            f"ROC AUC of telling newer from reference headlines, with {settings.confidence:.0%} intervals; grey: the "
            f"same for random halves of the reference set.{masked} {find.confounding(comparisons)}"
        ),
        body=[
            *_aucs(comparisons, settings),
            *_masking(comparisons, settings),
            *_words(comparisons, settings),
            *_left_out(left_out, settings),
        ],
        limits=(
            "That two sets can be told apart does not show that a model of sentiment errs on the newer one: topics and "
            "names may change and leave it as right as before; only labels of newer headlines tell. The classifier is "
            "linear and sees a sample, so its AUC is a lower bound on how different the sets are. "
            f"{find.confounding(comparisons)} Words that drifted describe these sets; they do not explain the drift."
        ),
    )


def _of_interest(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [comparison for comparison in comparisons if comparison.pair == "compared"]


def _method(settings: AdversarialValidationSettings) -> str:
    seen = " or ".join(find.SEEN[kind] for kind in settings.features)
    masks = ", numbers and dates masked" if True in settings.masking else ""
    masks += " or not" if len(set(settings.masking)) > 1 else ""
    years, holm = (", each year by itself", ", adjusted for the number of years (Holm)") if settings.by else ("", "")
    return (
        f"Up to {settings.sample:,} headlines a side: reference ({_side(settings.reference)}) and newer "
        f"({_side(settings.newer)}{years}); near-duplicates count once. A linear classifier (ridge regression) of "
        f"{seen}{masks} is judged by its ROC AUC in {settings.repeats} times {settings.folds}-fold stratified "
        "cross-validation, with the interval of Nadeau and Bengio (2003). Control: random halves of the reference set. "
        f"P-values refit under {settings.permutations:,} permutations of the labels (Ojala and Garriga 2010){holm}."
    )


def _side(side: Side) -> str:
    parts = [" + ".join(side.corpora)]
    if side.labelled is not None:
        parts.append("labelled" if side.labelled else "unlabelled")
    parts += [f"only {', '.join(side.sources)}"] if side.sources else []
    parts += [f"{word} {day}" for word, day in (("from", side.since), ("to", side.until)) if day is not None]
    return ", ".join(parts)


def _aucs(comparisons: Sequence[Comparison], settings: AdversarialValidationSettings) -> Iterator[str]:
    names = [line_name(measure) for measure in comparisons[0].result.measures]
    ordered = [(title, c) for pair, title in pair_titles(settings).items() for c in comparisons if c.pair == pair]
    header = ["sets", *(["year"] if settings.by else []), "headlines", *names, "controls"]
    yield from ["## ROC AUC", "", *table(header, [_row(title, c) for title, c in ordered]), ""]
    adjusted = ", adjusted for the number of years" if settings.by else ""
    yield (
        f"Headlines: reference / newer. `*`: p ≤ {SIGNIFICANT}{adjusted}; {settings.permutations:,} permutations "
        f"give no p-value below {1 / (1 + settings.permutations):.2g}. Controls: the lowest and the highest of the "
        "row. All intervals and p-values: `auc.csv`."
    )
    yield from ["", f"**{find.confounding(comparisons)}**", ""]


def _row(title: str, comparison: Comparison) -> list[str]:
    result = comparison.result
    aucs = [
        find.auc(measure.auc) + ("*" if p_value <= SIGNIFICANT else "")
        for measure, p_value in zip(result.measures, comparison.adjusted, strict=True)
    ]
    controls = [control.value for control in find.controls([comparison])]
    year = [] if comparison.group == WHOLE else [comparison.group]
    sizes = f"{result.reference:,} / {result.newer:,}"
    return [title, *year, sizes, *aucs, f"{min(controls):.2f} to {max(controls):.2f}"]


def _masking(comparisons: Sequence[Comparison], settings: AdversarialValidationSettings) -> Iterator[str]:
    if len(set(settings.masking)) < 2:
        return
    yield from ["## What numbers and dates give away", ""]
    for kind in settings.features:
        effects = [(c.group, c.masking_effect(kind, settings.confidence)) for c in _of_interest(comparisons)]
        found = [(group, effect) for group, effect in effects if effect is not None]
        yield f"- {find.SEEN[kind]}: {find.masking_finding(found)}"
    yield ""


def _words(comparisons: Sequence[Comparison], settings: AdversarialValidationSettings) -> Iterator[str]:
    caption = _ngram_caption(newest(comparisons))
    yield from ["## Words that drifted", "", f"![{caption}]({NGRAMS})", "", f"*{caption}*", ""]
    rows = [
        [title if c.group == WHOLE else f"{title}, {c.group}", _listed(c, newer=True), _listed(c, newer=False)]
        for pair, title in pair_titles(settings).items()
        for c in comparisons
        if c.pair == pair and pair != "size_matched"
    ]
    yield from table(["sets", "commoner in the newer headlines", "rarer"], rows)
    yield ""
    yield (
        "Weighted log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), z-scores in "
        f"brackets; an n-gram counts once a headline and stands in {settings.min_headlines} or more. The scores are "
        "not corrected for the number of n-grams, of which some pass 1.96 by chance. More of them: `ngrams.csv`."
    )


def _ngram_caption(comparison: Comparison) -> str:
    group = "" if comparison.group == WHOLE else f" of {comparison.group}"
    masked = ", numbers and dates masked (0 is any number)" if comparison.main.masked else ""
    return (
        f"Words and pairs of words that are commoner (blue) or rarer (brown) in the newer headlines{group} than in the "
        f"reference{masked}. {find.confounding([comparison])}"
    )


def _listed(comparison: Comparison, *, newer: bool) -> str:
    ngrams = comparison.result.ngrams[comparison.main.masked]
    chosen = [n for n in ngrams if n.z > 0] if newer else [n for n in reversed(ngrams) if n.z < 0]
    return ", ".join(f"{n.ngram} ({n.z:.1f})" for n in chosen[:_LISTED]) or "none"


def _left_out(left_out: Sequence[LeftOut], settings: AdversarialValidationSettings) -> Iterator[str]:
    if left_out:
        titles = pair_titles(settings)
        rows = [[titles[left.pair], left.group, left.reason] for left in left_out]
        yield from ["", "## Left out", "", *table(["sets", "newer", "why"], rows)]
