"""The labelling interface that tasks for Label Studio are made for: names, choices, and suggestions in its terms."""

from typing import Any

from barometer.labels import CLASS_NAMES

NOT_NEWS = "Not news"
CHOICE, TEXT = "sentiment", "text"


def label_config(*elements: str) -> str:
    """Return the interface as XML, to paste under Settings, Labeling Interface, Code.

    Args:
        elements: shown between the headline and the choices, such as a `<Header>`.
    """
    choices = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate([*CLASS_NAMES, NOT_NEWS], start=1)]
    return "\n".join(
        [
            "<View>",
            f'  <Text name="{TEXT}" value="$text"/>',
            *[f"  {element}" for element in elements],
            f'  <Choices name="{CHOICE}" toName="{TEXT}" choice="single" required="true" showInLine="true">',
            *[f"    {choice}" for choice in choices],
            "  </Choices>",
            "</View>",
            "",
        ]
    )


def suggestion(source: str, choice: str, score: float) -> dict[str, Any]:
    """Return a prediction of a task: who suggests which choice, and how sure it is, in [0, 1]."""
    result = {"from_name": CHOICE, "to_name": TEXT, "type": "choices", "value": {"choices": [choice]}}
    return {"model_version": source, "score": round(score, 4), "result": [result]}
