"""Makes the corpus of SEntFiN's headlines whose entities agree from the public file, which labels entities.

Sinha, Kedas, Kumar and Malo, "SEntFiN 1.0: Entity-aware sentiment analysis for financial news", JASIST 73 (9), 2022.
"""

import ast
import csv
import io

COLUMNS = ("text", "label", "date", "source", "n_entities", "entity_labels")
_LABELS = {"negative": -1, "neutral": 0, "positive": 1}


def agreeing_headlines(public: bytes) -> bytes:
    """A CSV file of the headlines of which all entities have one label, in the file's order.

    Args:
        public: `SEntFiN.csv`, with columns `Title` and `Decisions` (a dictionary from entity to label). Rows that
            quote an entity's apostrophe wrongly are left out.

    Raises:
        ValueError: if the file has no such columns.
    """
    rows = csv.DictReader(io.StringIO(public.decode("utf-8-sig"), newline=""))
    if not {"Title", "Decisions"} <= set(rows.fieldnames or ()):
        raise ValueError(f"columns {', '.join(rows.fieldnames or ())}; expected Title and Decisions")
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        labels = _entity_labels(row["Decisions"])
        if len(set(labels)) == 1:
            writer.writerow([" ".join(row["Title"].split()), _LABELS[labels[0]], "", "SEntFiN", len(labels), labels[0]])
    return target.getvalue().encode()


def _entity_labels(decisions: str) -> list[str]:
    try:
        found = ast.literal_eval(decisions)
    except (SyntaxError, ValueError):
        return []
    labels = list(found.values()) if isinstance(found, dict) else []
    return labels if all(label in _LABELS for label in labels) else []
