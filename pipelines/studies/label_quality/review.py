"""Suspect labels in the forms that Label Studio imports: task data, and tasks with the suggestion filled in."""

from typing import Any

import pandas as pd

from barometer.labels import CLASS_NAMES
from barometer.live.annotation.label_studio import label_config, suggestion

LABEL_CONFIG = label_config(
    '<Header value="Its label is $current_label; the models would say $suggested_label" size="5"/>'
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
        {"data": row, "predictions": [suggestion("confident-learning", row["suggested_label"], 1 - row["quality"])]}
        for row in table.to_dict(orient="records")
    ]
