"""Trains the teacher, a large encoder, and writes its probabilities of every headline, labelled or not, by id.

The probabilities are kept in the DVC remote, so that the student can be trained where the teacher cannot.
"""

from barometer.models.base import model_kind
from barometer.models.calibrate import apply_news_temperature, apply_temperature
from barometer.settings import load_settings
from pipelines import paths
from pipelines.errors import one_line
from pipelines.stages.train import train_model
from pipelines.tables import labelled_examples, read_labelled, read_split, read_texts, with_probabilities, write_table

NAME, KIND = "teacher", "bert"  # a transformer, as its student is
_DECIMALS = 4


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    teacher, examples = settings.teacher, labelled_examples(read_labelled(), read_split())
    kind = model_kind(KIND)
    model, calibration = train_model(NAME, kind, settings, teacher.model, teacher.backbone, *examples)
    texts = read_texts()
    probabilities, news = model.predict_both(texts["text"].tolist())
    found = with_probabilities(texts[["id"]], apply_temperature(probabilities, calibration["temperature"]))
    found["news"] = apply_news_temperature(news, calibration["news_temperature"])
    write_table(paths.TEACHER, found.sort_values("id").round(_DECIMALS))
    print(f"{paths.TEACHER}: probabilities of {len(found):,} headlines")


if __name__ == "__main__":
    with one_line("teach"):
        main()
