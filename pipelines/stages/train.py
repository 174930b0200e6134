"""Trains one model and calibrates it on validation data: `python -m pipelines.stages.train MODEL`.

The transformer learns from the targets of the stage `distil`, tf-idf from the labels alone.
"""

import sys

from barometer.corpus.split import Split
from barometer.models.base import Examples
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_json, read_labelled, read_targets, to_examples
from pipelines.training import STUDENT, train_model


def learnt_from(name: str, split: Split) -> tuple[Examples, Examples | None]:
    """What a model learns from: examples of the training corpus with unlabelled ones, and of auxiliary corpora."""
    if name == STUDENT:
        targets = read_targets()
        train = targets["train"] + targets["unlabelled"] if "unlabelled" in targets else targets["train"]
        return train, targets.get("auxiliary")
    table = read_labelled()
    auxiliary = to_examples(table, split.auxiliary) if split.auxiliary else None
    return to_examples(table, split.train), auxiliary


def main(name: str) -> None:
    """Run the stage for the model called `name`."""
    settings = load_settings()
    split = Split(**read_json(paths.SPLIT))
    train, auxiliary = learnt_from(name, split)
    validation = to_examples(read_labelled(), split.validation)
    train_model(name, settings, settings.model[name], settings.backbone, train, validation, auxiliary)


if __name__ == "__main__":
    main(sys.argv[1])
