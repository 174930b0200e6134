"""A prediction with the words that moved it, in numbers and as a picture of the headline."""

from dataclasses import dataclass
from html import escape

from barometer.explain import MAX_WORDS, WordEffect, erasures, word_effects
from barometer.labels import CLASS_NAMES, FIELD_NAMES, Label
from serve.api.switch import ModelSwitch
from serve.app.scores import class_badge, class_bars, likeliest, news_words, percents

_MINUS = "\N{MINUS SIGN}"
# Below half a point an effect is shown as none.
_SEEN = 0.005


@dataclass(frozen=True, slots=True)
class Explained:
    """A headline's probabilities, in class order, by one model version, and what its words did to them.

    `news` is the probability of being news, `news_threshold` that from which a headline counts, None where all do.
    """

    text: str
    probabilities: tuple[float, float, float]
    effects: tuple[WordEffect, ...]
    model_version: str
    news: float = 1.0
    news_threshold: float | None = None

    @property
    def label(self) -> Label:
        """The likeliest class."""
        return likeliest(self.probabilities)

    def without(self, effect: WordEffect) -> list[float]:
        """The probabilities of the headline without a word."""
        return [p - change for p, change in zip(self.probabilities, effect.effect, strict=True)]

    def strongest(self) -> WordEffect | None:
        """The word that the class depends on most: of those without which it is another one, if there are any."""
        turning = [effect for effect in self.effects if likeliest(self.without(effect)) != self.label]
        return max(turning or self.effects, key=lambda effect: abs(effect.effect[self.label]), default=None)


async def explain(model: ModelSwitch, text: str) -> Explained:
    """Score a headline and what is left of it without each word, all with one model version.

    Raises:
        NotReadyError: before a model is loaded, or where too many requests wait already.
    """
    scores = await model.score(erasures(text))
    negative, neutral, positive = scores.probabilities[0].tolist()
    effects = word_effects(text, scores.probabilities)
    news = float(scores.news[0])
    probabilities = (negative, neutral, positive)
    return Explained(text, probabilities, tuple(effects), scores.model_version, news, scores.news_threshold)


def as_record(found: Explained) -> dict[str, object]:
    """The numbers for programs: probabilities, label, version, and the effect of each word on each class."""
    words = [
        {"word": effect.word, "start": effect.start, "end": effect.end}
        | dict(zip(FIELD_NAMES, effect.effect, strict=True))
        for effect in found.effects
    ]
    named = dict(zip(FIELD_NAMES, found.probabilities, strict=True))
    return {
        "text": found.text,
        **named,
        "news": found.news,
        "label": found.label.title,
        "model_version": found.model_version,
        "words": words,
    }


def answer(found: Explained) -> str:
    """Class, probabilities and words; HTML."""
    return f"""<div class="p-card p-answer"><div class="p-scores" role="status">
<p class="p-class">{class_badge(found.label)}</p>
{class_bars(found.probabilities)}{_news(found)}<p class="p-version">Model {escape(found.model_version)}</p></div>
<div class="p-why"><h3>Which words moved it</h3>{_words(found)}{_sentence(found)}{_table(found)}</div></div>"""


def _news(found: Explained) -> str:
    if found.news_threshold is None:
        return ""
    return f'<p class="p-news">{news_words(found.news, found.news_threshold)}</p>'


def _words(found: Explained) -> str:
    largest = max([0.1, *(abs(effect.effect[found.label]) for effect in found.effects)])
    parts, end = [], 0
    for effect in found.effects:
        parts.append(escape(found.text[end : effect.start]) + _word(effect, found.label, largest))
        end = effect.end
    parts.append(escape(found.text[end:]))
    return f'<p class="p-words s-is-{FIELD_NAMES[found.label]}">{"".join(parts)}</p>'


def _word(effect: WordEffect, label: Label, largest: float) -> str:
    moved = effect.effect[label]
    side = "p-none" if abs(moved) < _SEEN else "p-for" if moved > 0 else "p-against"
    strength = f"--strength:{abs(moved) / largest:.2f}"
    return (
        f'<span class="p-word {side}" style="{strength}"><span>{escape(effect.word)}</span>'
        f"<small>{points(moved)}</small></span>"
    )


def points(effect: float) -> str:
    """An effect in percentage points with its sign, or 0."""
    rounded = round(100 * effect)
    return f"{'+' if rounded > 0 else _MINUS}{abs(rounded)}" if rounded else "0"


def _sentence(found: Explained) -> str:
    name = found.label.title
    legend = f"Below each word: the percentage points of {name} that it adds (underlined) or takes away (dashed)."
    strongest = found.strongest()
    if strongest is None:
        return ""
    if found.text[found.effects[-1].end :].strip():
        legend += f" Only the first {MAX_WORDS} words were tried."
    without = found.without(strongest)
    other, percent = likeliest(without), percents([max(p, 0.0) for p in without])
    share = f"{percent[other]}\N{NO-BREAK SPACE}%"
    turned = f"{other.title} ({share})" if other != found.label else f"{name} at {share}"
    return (
        f'<p class="p-without">Without <q>{escape(strongest.word)}</q> it would be <b>{turned}</b>.</p>'
        f'<p class="p-legend">{legend}</p>'
    )


def _table(found: Explained) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in CLASS_NAMES)
    rows = "".join(
        f'<tr><th scope="row">{escape(effect.word)}</th>{"".join(f"<td>{points(e)}</td>" for e in effect.effect)}</tr>'
        for effect in found.effects
    )
    return f"""<details><summary>Effect of each word in numbers</summary>
<p>Percentage points of each class that leaving the word out takes away; they need not add up:
words act together.</p>
<div class="p-table" role="region" aria-label="Effect of each word" tabindex="0"><table><thead><tr>
<th scope="col" class="p-left">Word</th>{head}</tr></thead>
<tbody>{rows}</tbody></table></div></details>"""
