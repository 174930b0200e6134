"""Probabilities as people read them: whole per cents that add up to 100, beside bars that only repeat them."""

from collections.abc import Sequence

from barometer.labels import CLASS_NAMES, FIELD_NAMES, Label


def percents(probabilities: Sequence[float]) -> list[int]:
    """Probabilities that sum to 1 as whole per cents that sum to 100: what rounding down leaves goes to those that
    lost most by it (the largest remainder method)."""
    exact = [100 * probability for probability in probabilities]
    whole = [int(value) for value in exact]
    by_loss = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for i in by_loss[: 100 - sum(whole)]:
        whole[i] += 1
    return whole


def news_words(news: float, threshold: float) -> str:
    """How sure the model is that a headline is news, and what follows where it is not.

    Args:
        news: the probability of being news.
        threshold: that from which a headline counts.
    """
    percent = f"{100 * news:.0f} %"
    return f"News: {percent}" if news >= threshold else f"Probably not news ({percent}): it is not counted"


def likeliest(probabilities: Sequence[float]) -> Label:
    """The class of the highest probability, the first of equals."""
    return Label(max(range(len(probabilities)), key=probabilities.__getitem__))


def stacked_bar(probabilities: Sequence[float]) -> str:
    """The classes side by side on one bar, and their names and numbers below it; HTML."""
    parts = "".join(
        f'<span class="s-{name}" style="width:{100 * p:.2f}%"></span>'
        for name, p in zip(FIELD_NAMES, probabilities, strict=True)
    )
    numbers = "".join(
        f'<li><span class="s-mark s-{field}" aria-hidden="true"></span>{name} {percent} %</li>'
        for field, name, percent in zip(FIELD_NAMES, CLASS_NAMES, percents(probabilities), strict=True)
    )
    return f'<div class="s-bar" aria-hidden="true">{parts}</div><ul class="s-numbers">{numbers}</ul>'


def class_bars(probabilities: Sequence[float]) -> str:
    """One row for each class: its name, a bar, its number; HTML."""
    rows = "".join(
        f'<div class="s-row"><dt>{name}</dt><dd><span class="s-track" aria-hidden="true">'
        f'<span class="s-{field}" style="width:{100 * p:.2f}%"></span></span><b>{percent} %</b></dd></div>'
        for field, name, p, percent in zip(
            FIELD_NAMES, CLASS_NAMES, probabilities, percents(probabilities), strict=True
        )
    )
    return f'<dl class="s-rows">{rows}</dl>'


def class_badge(label: Label) -> str:
    """The name of a class, marked with its colour; HTML."""
    return f'<span class="s-badge s-is-{FIELD_NAMES[label]}">{label.title}</span>'
