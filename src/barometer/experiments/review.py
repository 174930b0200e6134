"""Suspect labels in the forms that Label Studio imports: task data, and tasks with the suggestion filled in."""

from typing import Any

import pandas as pd

from barometer.labels import CLASS_NAMES

NOT_NEWS = "Not news"
_CHOICE, _TEXT = "sentiment", "text"

# The interface that the tasks are made for: paste it under Settings, Labeling Interface, Code.
LABEL_CONFIG = "\n".join(
    [
        "<View>",
        f'  <Text name="{_TEXT}" value="$text"/>',
        '  <Header value="Its label is $current_label; the models would say $suggested_label" size="5"/>',
        f'  <Choices name="{_CHOICE}" toName="{_TEXT}" choice="single" required="true" showInLine="true">',
        *[f'    <Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate([*CLASS_NAMES, NOT_NEWS], start=1)],
        "  </Choices>",
        "</View>",
        "",
    ]
)


def review_table(headlines: pd.DataFrame) -> pd.DataFrame:
    """The worst labels first, as columns of task data with class names instead of numbers.

    Args:
        headlines: `id`, `text`, `label`, `suggested`, `quality` (mean self-confidence), `suspected_by`, `corpus`,
            `date`; one row for each label in doubt.
    """
    worst = headlines.sort_values(["quality", "id"], kind="stable")
    return pd.DataFrame(
        {
            "id": worst["id"].astype(str),  # beyond the integers that a browser can hold
            "text": worst["text"],
            "current_label": [CLASS_NAMES[label] for label in worst["label"]],
            "suggested_label": [CLASS_NAMES[label] for label in worst["suggested"]],
            "quality": worst["quality"].round(4),
            "suspected_by": worst["suspected_by"],
            "corpus": worst["corpus"],
            "date": worst["date"],
        }
    ).reset_index(drop=True)


def review_tasks(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of `review_table` as tasks whose suggestion is a prediction, which the reviewer accepts or mends."""
    return [
        {"data": row, "predictions": [_prediction(row["suggested_label"], row["quality"])]}
        for row in table.to_dict(orient="records")
    ]


def _prediction(label: str, quality: float) -> dict[str, Any]:
    result = {"from_name": _CHOICE, "to_name": _TEXT, "type": "choices", "value": {"choices": [label]}}
    return {"model_version": "confident-learning", "score": round(1 - quality, 4), "result": [result]}
