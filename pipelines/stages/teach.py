"""Trains the teacher, a large encoder, and writes what it thinks of every headline at hand, labelled or not, by id.

The probabilities are kept in the DVC remote, so that the student can be trained where the teacher cannot.
"""

from barometer.corpus.split import Split
from barometer.models.calibrate import apply_news_temperature, apply_temperature
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import (
    read_json,
    read_labelled,
    read_texts,
    to_examples,
    with_probabilities,
    write_table,
)
from pipelines.training import TEACHER, train_model

_DECIMALS = 4


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    table, split = read_labelled(), Split(**read_json(paths.SPLIT))
    auxiliary = to_examples(table, split.auxiliary) if split.auxiliary else None
    train, validation = to_examples(table, split.train), to_examples(table, split.validation)
    teacher = settings.teacher
    model, calibration = train_model(TEACHER, settings, teacher.model, teacher.backbone, train, validation, auxiliary)

    texts = read_texts()
    probabilities, news = model.predict_both(texts["text"].tolist())
    found = with_probabilities(texts[["id"]], apply_temperature(probabilities, calibration["temperature"]))
    found["news"] = apply_news_temperature(news, calibration["news_temperature"])
    write_table(paths.TEACHER, found.sort_values("id").round(_DECIMALS))
    print(f"{paths.TEACHER}: probabilities of {len(found):,} headlines")


if __name__ == "__main__":
    main()
