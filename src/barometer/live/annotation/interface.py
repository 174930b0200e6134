"""The labelling interface of Label Studio, headlines as its tasks, and suggestions for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from barometer.labels import CLASS_NAMES
from barometer.live.records import NOT_NEWS, ListedTitle

CHOICE, FLAGS, TEXT = "sentiment", "flags", "text"
HARD = "Hard"
NOT_NEWS_CHOICE = NOT_NEWS.capitalize()
FLAG_NAMES = (NOT_NEWS_CHOICE, HARD)
_ORIGIN = ('<Header size="5" value="$origin"/>',)  # `$source` would show the whole task


def label_config(*elements: str) -> str:
    """Return the labelling interface as XML: source and time beside the headline, a class, and what else is to be said.

    Args:
        elements: shown between the headline and the choices instead of source and time, such as a `<Header>`.
    """
    classes = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(CLASS_NAMES, start=1)]
    flags = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(FLAG_NAMES, start=len(classes) + 1)]
    return "\n".join(
        [
            "<View>",
            f'  <Text name="{TEXT}" value="$text"/>',
            *[f"  {element}" for element in elements or _ORIGIN],
            f'  <Choices name="{CHOICE}" toName="{TEXT}" choice="single" required="true" showInLine="true">',
            *[f"    {choice}" for choice in classes],
            "  </Choices>",
            f'  <Choices name="{FLAGS}" toName="{TEXT}" choice="multiple" showInLine="true">',
            *[f"    {choice}" for choice in flags],
            "  </Choices>",
            "</View>",
            "",
        ]
    )


def suggestion(source: str, choice: str, score: float) -> dict[str, Any]:
    """Return a prediction for a task: its source, the suggested choice and a score in [0, 1]."""
    result = {"from_name": CHOICE, "to_name": TEXT, "type": "choices", "value": {"choices": [choice]}}
    return {"model_version": source, "score": round(score, 4), "result": [result]}


def title_tasks(model_version: str, titles: Sequence[ListedTitle]) -> list[dict[str, Any]]:
    """Return headlines as tasks for `label_config()`, each with the prediction of a model version.

    The id is text, because it has more digits than a number in a browser can hold.
    """
    return [
        title_task(title.title_id, title.title, title.source, title.url, title.pub_time)
        | {"predictions": [suggestion(model_version, title.predicted.title, max(title.probabilities))]}
        for title in titles
    ]


def title_task(title_id: int, title: str, source: str, url: str, pub_time: datetime) -> dict[str, Any]:
    """Return a headline as a task for `label_config()`, without a prediction, which would sway the vote."""
    return {
        "data": {
            "text": title,
            "title_id": str(title_id),
            "source": source,
            "url": url,
            "pub_time": pub_time.isoformat(),
            "origin": f"{source}, {pub_time:%d %B %Y, %H:%M} UTC",
        }
    }
