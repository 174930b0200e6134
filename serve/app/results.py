"""What the model made of many headlines: a summary, a table, and a file to keep."""

import csv
import io
from base64 import b64encode
from html import escape

from barometer.labels import CLASS_NAMES, FIELD_NAMES, label_from_name
from serve.api.model_schemas import Prediction, Predictions
from serve.app.scores import class_badge, news_words, percents
from serve.app.titles import guarded

HEADER = ("text", *FIELD_NAMES, "news", "label", "model_version")


def results_csv(found: Predictions) -> str:
    """The results as CSV: `text,negative,neutral,positive,news,label,model_version`, probabilities to six places.

    A text that a spreadsheet would take for a formula has a quote before it, which `csv_titles` takes off again.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for row in found.predictions:
        numbers = (f"{p:.6f}" for p in (*_probabilities(row), row.news))
        writer.writerow([guarded(row.text), *numbers, row.label, found.model_version])
    return file.getvalue()


def results(found: Predictions) -> str:
    """Summary, link to the file and table; HTML."""
    rows = "".join(_row(number, row, found.news_threshold) for number, row in enumerate(found.predictions, 1))
    head = '<th scope="col">#</th><th scope="col" class="p-left">Headline</th><th scope="col" class="p-left">Class</th>'
    head += "".join(f'<th scope="col">{name}</th>' for name in CLASS_NAMES)
    return f"""<div class="p-card"><h3>Results</h3><div class="p-summary">{_summary(found)}{_link(found)}</div>
<div class="p-table" role="region" aria-label="Results" tabindex="0"><table><thead><tr>{head}</tr></thead>
<tbody>{rows}</tbody></table></div></div>"""


def _summary(found: Predictions) -> str:
    labels = [row.label for row in found.predictions]
    counts = ", ".join(f"{labels.count(name)} {name.lower()}" for name in CLASS_NAMES)
    mean = sum(row.positive for row in found.predictions) / len(labels)
    headlines = "headline" if len(labels) == 1 else "headlines"
    return (
        f'<p role="status"><b>{len(labels)} {headlines}</b>: {counts}. Mean positive probability {100 * mean:.0f} %. '
        f"Model {escape(found.model_version)}.</p>"
    )


def _link(found: Predictions) -> str:
    # Within the page, so that nothing that somebody uploads or asks is kept on the server.
    content = b64encode(results_csv(found).encode()).decode()
    return f'<a class="p-download" download="predictions.csv" href="data:text/csv;base64,{content}">Download CSV</a>'


def _row(number: int, row: Prediction, news_threshold: float | None) -> str:
    numbers = "".join(f"<td>{percent} %</td>" for percent in percents(_probabilities(row)))
    badge = class_badge(label_from_name(row.label))
    text = escape(row.text)
    if news_threshold is not None and row.news < news_threshold:
        text += f"<small>{news_words(row.news, news_threshold)}</small>"
    return f'<tr><td>{number}</td><th scope="row">{text}</th><td class="p-left">{badge}</td>{numbers}</tr>'


def _probabilities(row: Prediction) -> tuple[float, float, float]:
    return row.negative, row.neutral, row.positive
