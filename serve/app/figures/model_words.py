"""What the model page says in words, as HTML: how often the model is right, and where it is not to be trusted."""

import re
from collections.abc import Mapping, Sequence
from html import escape

from serve.app.figures.model_tables import failure_rate
from serve.app.reports import BehaviouralTest, Compared, Interval, PartFigures

# Of what a corpus' figures speak; the figures of a made corpus would else be taken for those of the news.
_CORPORA = {"demo": "The corpus is synthetic, written for this project: on real headlines expect less."}
_CHANCE = 1 / 3
# Parts by what they are, the most telling first, and what the tiles say of them.
_SAID = {
    "yardstick": "real headlines that nothing was learnt from, labelled three times",
    "yardstick-written": "headlines written as a test, labelled twice",
    "test": "held-out headlines",
}
_OWN_PARTS = {"test"}
_TILES = {
    "yardstick": "right of 100 real headlines",
    "yardstick-written": "right of 100 headlines written as a test",
    "test": "right of 100 unseen headlines",
    "temporal_test": "right of 100 later headlines",
}


def headline(metrics: Mapping[str, PartFigures], results: Mapping[str, Compared] | None, corpus: str) -> str:
    """How often the model is right, and what guessing would reach."""
    name = leading_part(metrics)
    if name is None:
        return "<h2>How good is this model?</h2><p>Its card holds no figures on held-out headlines.</p>"
    part = metrics[name]
    majority = results[name].figures.get("majority class") if results and name in results else None
    guess = f"always naming the most frequent class on {_hundred(majority.accuracy.value)}, " if majority else ""
    return (
        f"<h2>Right on {_hundred(part.accuracy.value)} of 100 headlines it has not seen</h2>"
        f'<p class="m-lead">Measured on {part.headlines:,} {_SAID[name]}; the 95 % interval is '
        f"{_range(part.accuracy)}. For comparison, {guess}a coin toss among three classes on {_hundred(_CHANCE)}. "
        f"{_CORPORA.get(corpus, '') if name in _OWN_PARTS else ''}</p>"
    )


def leading_part(metrics: Mapping[str, PartFigures]) -> str | None:
    """The part that says most of how a model does on news; None where there are no figures of any."""
    return next((name for name in _SAID if name in metrics), None)


def tiles(metrics: Mapping[str, PartFigures], tests: Sequence[BehaviouralTest]) -> str:
    """The few figures that matter most, side by side; those that are not known are left out."""
    found = []
    shown = [(part, text) for part, text in _TILES.items() if part in metrics]
    for part, text in shown[:2]:
        accuracy = metrics[part].accuracy
        found.append((_hundred(accuracy.value), text, f"95 % interval {_range(accuracy)}"))
    if negated := negation(tests):
        cases = sum(test.cases for test in negated)
        found.append((_hundred(failure_rate(negated)), "failed of 100 tests of negation", f"{cases:,} cases"))
    if (leading := leading_part(metrics)) is not None:
        error = metrics[leading].calibration_error
        found.append(
            (f"{100 * error.value:.1f}", "points off in its confidence, on average", f"95 % interval {_range(error)}")
        )
    items = "".join(
        f"<li><strong>{value}</strong><span>{text}</span><small>{of}</small></li>" for value, text, of in found
    )
    return f'<ul class="m-tiles">{items}</ul>' if items else ""


def warning(tests: Sequence[BehaviouralTest]) -> str:
    """What to beware of with negated headlines; empty where the model was not tested or fails few tests."""
    rate = failure_rate(negated) if (negated := negation(tests)) else 0.0
    if rate < 0.1:
        return ""
    return (
        f'<p class="m-warning"><strong>Beware of negations.</strong> The model fails {_hundred(rate)} of 100 tests of '
        "negation: a headline such as “Bitcoin won't fall below $60,000” may well be called negative. "
        "Read the probabilities of such a headline, not its class.</p>"
    )


def negation(tests: Sequence[BehaviouralTest]) -> list[BehaviouralTest]:
    """The tests in which a negation decides the class."""
    return [test for test in tests if (test.capability, test.kind) == ("Negation", "MFT")]


def finding(text: str) -> str:
    """A study's finding as a paragraph; `**...**` is what matters, everything else is escaped."""
    return "<p>" + re.sub(r"[*][*](.+?)[*][*]", r"<strong>\1</strong>", escape(text)) + "</p>"


def _hundred(share: float) -> str:
    return f"{100 * share:.0f}"


def _range(figure: Interval) -> str:
    return f"{100 * figure.low:.0f} to {100 * figure.high:.0f}"
