"""The words of the augmentation report."""

from collections.abc import Mapping, Sequence

from pipelines.studies.augmentation.compare import FAILURE_RATE, NONE, Comparison
from pipelines.studies.augmentation.crossed import Effect
from pipelines.studies.augmentation.methods import REPEAT
from pipelines.studies.augmentation.tables import Conditions, body, is_shown, points
from pipelines.studies.study import Page

__all__ = ["Conditions", "augmentation_page"]


def augmentation_page(found: Comparison, conditions: Conditions) -> Page:
    """Make the page from what the methods do."""
    return Page(
        title="Does augmentation help?",
        question=f"Is {conditions.params.model} better when it also learns from altered copies of its headlines?",
        method=_method(conditions),
        finding=" ".join(filter(None, [_against_none(found), _against_repeat(found), _behaviour(found)])),
        figure="effects.png",
        caption=(
            f"Difference from training without copies, in percentage points, with {conditions.confidence:.0%} "
            "intervals. Left: accuracy and macro-F1 on the test headlines (right of the line is better). Right: "
            "failure rate of the behavioural tests (left of the line is better). Filled marks differ after correction "
            "over the methods."
        ),
        body=list(body(found, conditions)),
        limits=_limits(found, conditions),
    )


def _method(conditions: Conditions) -> str:
    params = conditions.params
    copies = "an altered copy" if params.copies == 1 else f"{params.copies} altered copies"
    return (
        f"In each of {params.seeds} seeds, {params.train_size:,} headlines are drawn from the training part, "
        f"stratified by class; {params.model} learns from them alone, and again with {copies} of each, which share the "
        f"weight of their original. All are scored on the same {conditions.tested:,} test headlines, which are never "
        f"altered, and on {conditions.behavioural_tests} behavioural tests of {conditions.behavioural_cases:,} cases. "
        "Copies that resemble a test or validation headline are refused. Accuracy and macro-F1 (by jackknife "
        "pseudo-values) are tested pairwise over seeds and headlines at once (quasi F, Clark 1973), failure rates by "
        "paired t over seeds; p-values are corrected over the methods (Holm 1979)."
    )


def _altered(effects: Mapping[str, Effect]) -> dict[str, Effect]:
    return {name: effect for name, effect in effects.items() if name != REPEAT}


def _named(effects: Mapping[str, Effect], names: Sequence[str]) -> str:
    return ", ".join(f"{name} ({points(effects[name])} points)" for name in names)


def _against_none(found: Comparison) -> str:
    effects = _altered(found.against_none["accuracy"])
    if not effects:
        return "No method that alters texts was run."
    better = [name for name, e in effects.items() if is_shown(e) and e.value > 0]
    worse = [name for name, e in effects.items() if is_shown(e) and e.value < 0]
    if not better and not worse:
        first = max(effects, key=lambda name: effects[name].value)
        return (
            f"**Augmentation is not shown to help**: none of {len(effects)} methods is shown to change the accuracy; "
            f"at best {first} differs by {points(effects[first])} points (p = {effects[first].p_adjusted:.2g})."
        )
    gain = f"Against `{NONE}`, accuracy rises with {_named(effects, better)}." if better else ""
    loss = f"**Augmentation does harm** to the accuracy: {_named(effects, worse)}." if worse else ""
    rest = len(effects) - len(better) - len(worse)
    unclear = f"The other {rest} are not shown to change it." if rest else ""
    plain = "" if better else "**Augmentation does not help**: no method is shown to raise the accuracy."
    return " ".join(filter(None, [gain, plain, loss, unclear]))


def _against_repeat(found: Comparison) -> str:
    if not found.against_repeat:
        return ""
    effects, control = found.against_repeat["accuracy"], found.against_none["accuracy"][REPEAT]
    better = [name for name, e in effects.items() if is_shown(e) and e.value > 0]
    worse = [name for name, e in effects.items() if is_shown(e) and e.value < 0]
    gains = f"Repeating the texts unaltered changes the accuracy by {points(control)} points"
    if better:
        return f"{gains}; **{_named(effects, better)} beat that control**, so the alterations themselves help."
    if is_shown(control) and control.value > 0 and not worse:
        return (
            f"{gains}, and no alteration is shown to add to that: **the gain comes of repetition, not of alteration**."
        )
    if worse:
        return f"{gains}; against that control, **alteration does harm**: {_named(effects, worse)}."
    return f"{gains}; against that control, **no alteration is shown to add anything**."


def _behaviour(found: Comparison) -> str:
    effects = found.against_none[FAILURE_RATE]
    better = [name for name, e in effects.items() if is_shown(e) and e.value < 0]
    worse = [name for name, e in effects.items() if is_shown(e) and e.value > 0]
    if not better and not worse:
        return "The failure rate of the behavioural tests is not shown to change with any method."
    falls = f"falls with {_named(effects, better)}" if better else ""
    rises = f"rises with {_named(effects, worse)}" if worse else ""
    return f"The failure rate of the behavioural tests {' and '.join(filter(None, [falls, rises]))}."


def _limits(found: Comparison, conditions: Conditions) -> str:
    params = conditions.params
    shared = params.train_size / conditions.pool
    missing = f" Nothing is known of what did not run: {', '.join(conditions.missing)}." if conditions.missing else ""
    control = "" if found.against_repeat else " Without the control, gains may be those of mere repetition."
    return (
        "One model, one training size, one strength of each method: other strengths, fewer labels or another model may "
        f"gain more. The samples of two seeds share on average {shared:.0%} of their headlines, so the spread between "
        "seeds understates that between independent training sets. A copy keeps the label of its original, though a "
        "lost or exchanged word may have changed it; nobody has checked. The behavioural tests are made from "
        f"templates: their intervals tell how seeds differ, not how other tests would.{control}{missing}"
    )
